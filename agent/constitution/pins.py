"""Which releases of a package a project asks for, where that changes what its code does."""

import re
from collections.abc import Iterator

from agent.constitution.observation import Observation, note
from agent.constitution.sources import Source

FILES = re.compile(
    r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*|constraints[\w.-]*|requirements/[\w.-]+)\.(?:txt|in)"
    r"|(?:.*/)?(?:pyproject\.toml|pipfile|setup\.cfg|poetry\.lock|uv\.lock|pdm\.lock)"
)
# `redis==5.0.1`, `redis[hiredis]>=4,<6`, `redis~=7.1`, and Poetry's `redis = "^5.0"`.
REDIS = re.compile(
    r"""(?:^|["'\s])redis(?:\[[\w,-]+\])?(?![\w.-])\s*(?:=\s*["']\^?|[^"'\n#;]*?(?:==|~=|<=?)\s*)v?(?P<major>\d+)(?P<dot>[.\d]*)""",
    re.MULTILINE,
)
LOCKED = re.compile(r'name = "redis"\nversion = "(?P<major>\d+)')
FIRST_BOUNDED = 8


def pins(source: Source) -> Iterator[Observation]:
    """Note a redis-py that is held before 8, whose sockets have no timeout of their own."""
    if not FILES.fullmatch(source.path.lower()):
        return
    content = source.text
    for pattern in (REDIS, LOCKED):
        for match in pattern.finditer(content):
            below = re.search(r"<\s*v?\d", match[0]) is not None and not match[0].rstrip("0123456789.").endswith("<=")
            if int(match["major"]) < FIRST_BOUNDED + below:
                yield note("redis before 8", content.count("\n", 0, match.start("major")) + 1, match[0].strip())
