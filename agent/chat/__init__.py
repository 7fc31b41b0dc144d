"""Chat: one turn as an async generator of events."""
