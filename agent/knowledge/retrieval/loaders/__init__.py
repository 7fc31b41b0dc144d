"""A folder of somebody's documents, read into titled sections that can be cited with their place."""

import os
import stat
from pathlib import Path

from .discovery import Discovery, Found, discover
from .documents import DEFAULT, Document, Limits, Section, Skipped, Unreadable, document
from .encodings import NotText, decode
from .formats import PACKED, parse_text, suffix

__all__ = ["Discovery", "Document", "Found", "Limits", "Section", "Skipped", "Unreadable", "discover", "read"]


def read(path: Path, name: str, limits: Limits = DEFAULT) -> Document:
    """Read one file under a name that says its format; raises Unreadable, with a reason, and nothing else."""
    try:
        data = _bytes(path, limits.file_bytes if suffix(name) in PACKED else limits.text_bytes)
        if suffix(name) in PACKED:
            return document(PACKED[suffix(name)](data, limits), name, limits)
        return document(parse_text(decode(data), name), name, limits)
    except Unreadable:
        raise
    except NotText as error:
        raise Unreadable(str(error)) from error
    except RecursionError as error:
        raise Unreadable("is nested too deeply") from error
    except MemoryError as error:
        raise Unreadable("needs more memory than there is") from error
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror or type(error).__name__}") from error
    except Exception as error:
        # Whatever a stranger's file brings about, one file must not stop the reading of a folder.
        raise Unreadable(f"cannot be read ({type(error).__name__})") from error


def _bytes(path: Path, limit: int) -> bytes:
    """Return a regular file's bytes; a pipe or device is not opened, even one put there a moment ago."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unreadable("is not a regular file")
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is not a regular file")
        if not status.st_size:
            raise Unreadable("is empty")
        # One byte more than allowed tells of a file that has grown.
        data = stream.read(limit + 1) if status.st_size <= limit else b""
    if status.st_size > limit or len(data) > limit:
        raise Unreadable(f"is larger than {limit / 1e6:g} MB")
    return data
