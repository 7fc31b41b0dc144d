"""Routing: which persona a request belongs to, how sure that is, and why."""
