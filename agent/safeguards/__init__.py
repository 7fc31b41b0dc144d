"""Safeguards: what may run, and who said so."""
