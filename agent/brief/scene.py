"""The text of a request as the readers see it: code and traces blanked out, sentences marked, nothing moved."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from agent.brief.numbers import Figure, figures
from agent.brief.pattern import Pattern

# How far a reader looks from a figure: a bound, so that hostile text costs no more than its length.
REACH = 140

FENCE = Pattern(r"```.*?(?:```|\Z)", re.DOTALL)
# A line of a trace or a log: its numbers are line numbers, codes and addresses, not what somebody wishes for.
TRACE = Pattern(
    r"^[ \t]*(?:Traceback \(most recent|File \"|at [A-Za-z_$][\w$]*\.[\w.$<>]+ ?\(|Caused by:|\.\.\. \d+ more"
    # "Error rate was 2 %" is prose, "Error: 2" and "ERROR worker 2" are not.
    r"|(?:\[\w+\]:?\s?)?(?:[\w.]*(?:Error|Exception|Warning)(?::|\b(?=\s{2,}|\n))|[\w.]*(?:ERROR|WARN|WARNING|FATAL|INFO|DEBUG)\b[:\s])"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d)[^\n]*",
    re.MULTILINE,
)
# A full stop behind an abbreviation ends nothing.
BOUNDARY = Pattern(
    r"(?:(?<!e\.g)(?<!i\.e)(?<!incl)(?<!approx)(?<!max)(?<!min)(?<!vs)(?<!etc)(?<!a\.m)(?<!p\.m)(?<!p\.a)(?<!\bca)(?<!\bno)\.|[!?;])\s+"
    r"|\n\s*\n|\n\s*[-*\u2022]\s|\s//\s",
    re.IGNORECASE,
)
# Typographic signs as plain ones, each of one character, so that places stay.
PLAIN = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\u03bc": "\u00b5",
    }
)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


@dataclass(frozen=True)
class Scene:
    """A request. `prose` has the length of `text`, so that a place in one is a place in the other."""

    text: str

    @cached_property
    def prose(self) -> str:
        """The text with code blocks and traces blanked out, and typographic signs made plain."""
        return TRACE.sub(_blank, FENCE.sub(_blank, self.text.translate(PLAIN)))

    @cached_property
    def traces(self) -> str:
        """What the prose leaves out: the code blocks and traces."""
        plain = self.text.translate(PLAIN)
        return "".join(sign if sign != said else " " for sign, said in zip(plain, self.prose, strict=True))

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The numbers of the prose, in order."""
        return figures(self.prose)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in BOUNDARY.finditer(self.prose))]

    def sentence(self, place: int) -> tuple[int, int]:
        """Return where the sentence at `place` starts and ends."""
        index = bisect_right(self._starts, place)
        end = self._starts[index] if index < len(self._starts) else len(self.prose)
        return self._starts[index - 1], end

    def before(self, place: int, reach: int = REACH) -> str:
        """Return what stands before `place` in its sentence."""
        return self.prose[max(self.sentence(place)[0], place - reach) : place]

    def after(self, place: int, reach: int = REACH) -> str:
        """Return what stands behind `place` in its sentence."""
        return self.prose[place : min(self.sentence(max(0, place - 1))[1], place + reach)]

    def words(self, start: int, end: int) -> str:
        """Return the request's own words."""
        return self.text[start:end].strip()
