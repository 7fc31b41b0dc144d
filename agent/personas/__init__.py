"""Personas: what each does, refuses, hands over and must check."""
