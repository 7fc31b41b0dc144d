"""Responders: what writes the answer once everything it needs is known."""
