"""What goes wrong in retrieval, told as a sentence and a hint."""

REPAIR = "repair the index: what can still be read is not encoded again"


class RetrievalError(Exception):
    """An error a user can act on."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Locked(RetrievalError):
    """Another process is writing the index."""


class Damaged(RetrievalError):
    """A file of the index is not what was written."""
