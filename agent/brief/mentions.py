"""What a request names, and what of it the request rules out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.brief.model import Mention
from agent.brief.scene import Scene
from agent.brief.words import NO_FEEDBACK

SHORT = 4
FALSE_BEFORE = re.compile(r"(?:\bbe|\b(?:house|home|stock|property|flight|ticket)|\bany|\bgive an?) $", re.IGNORECASE)
AFTER_THESE = re.compile(r"patient|pric(?:e|es|ing)|recommendations?", re.IGNORECASE)
# Words that begin like a name and are another thing.
FALSE = re.compile(
    r"trainium\w*|trains?et|(?:pre-?)?trained\b|training (?:data|sets?|examples|images|snapshots?|rows|tables?)\b|cloudfront|cloudflare|cloud-?(?:\w+-)?architect|spend (?:my|our|the|some|more|too|weeks|days|hours|time|a|two|three)\b"
    r"|pric(?:e|es|ing) (?:models?|predict\w*|elastic\w*|estimat\w*|forecast\w*)|recommendations? (?:on|please)\b|triton (?:kernel|matmul|lang)|patient (?:enough|with\b|users?|people)|patient(?:ly|ce)|pricel\w*|be patient|shadowy|containers? ship\w*|deployments?\.apps|servic(?:e|es)? ?now|costum\w*|torchvision|serves? as",
    re.IGNORECASE,
)
_BETWEEN = r"(?:(?!(?:problem|idea|doubt|issue|trouble|matter|only|longer than|reason|wonder|more than|less than|sure|just|but|because|worse|better|difference|need to worry|one|new|more|extra|additional|another|bigger|enough|on|in|at|for|with|from|to|of|by|behind|and|but|like)\b)[\w'/-]+\s+){0,2}?"
_DONE = r"(?:(?:want|use|using|have|having|need|like|run|afford|get|buy|touch|deploy|go|rely|know|accept|allow)\b\s+)"
NEGATION = re.compile(
    rf"(?:\b(?:no|without|w/o|avoid(?:ing)?|instead of|rather than|get rid of|getting rid of|move off|off of|lack(?:s|ing)?(?: of)?|neither|nor|no longer(?: use| have)?)\s+{_BETWEEN}"
    rf"|\b(?:don'?t|do not|doesn'?t|does not|can'?t|cant|cannot|can not|won'?t|will not|may not|must not|mustn'?t|not allowed to|not able to|not going to|never|shouldn'?t|should not|isn'?t|is not|not)\s+(?:(?:really|currently|yet|even|actually|be)\s+)?(?:{_DONE}(?:to\s+(?:use|have|run|touch|deploy|go)\s+)?)(?:(?:on|to|for|with)\s+)?(?:(?:any|a|an|the|our|own|more|extra|dedicated|managed|real|proper|external|public|this|that)\s+){{0,2}}"
    r"|\b(?:not|never)\s+(?:(?:on|in|with|using|via|a|an|the|any)\s+){0,2}"
    rf"|\b(?:no|without)\s+[\w-]+(?:,\s[\w-]+)?,?\s(?:or|nor)\s(?:any\s|a\s)?)$",
    re.IGNORECASE,
)
NOT_NEGATION = re.compile(
    r"\b(?:not only|not just|no problem|no issue|no idea|no doubt|not sure|not the|not a problem|no more than|no matter|not because|why not|no less|not to mention|no wonder|no need to worry|not without)\b[^.;]*$",
    re.IGNORECASE,
)
RULED_OUT = re.compile(
    r"\s*(?:is|are|was|were)?\s?(?:\b(?:not (?:allowed|possible|an option|available|wanted|permitted|needed|used)|impossible|forbidden|off the table|out of the question|ruled out|no option|unavailable|not in scope|out of scope|too expensive)\b|-free\b)",
    re.IGNORECASE,
)
CPU_ONLY = re.compile(
    r"\bcpu[\s-]?only\b|\bonly (?:on |have |has )?(?:a |the )?cpus?\b|\bno gpus?\b|\bjust cpus?\b", re.IGNORECASE
)
LOOK_BACK = 60


@dataclass(frozen=True)
class Hit:
    """A place where a table's name stands."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Table:
    """Names with the stems that give them away, compiled into one expression: the longest stem at a place wins."""

    names: Mapping[str, tuple[str, ...]]

    @cached_property
    def stems(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every stem with the names it stands for, the longest first."""
        found: dict[str, list[str]] = {}
        for name, stems in self.names.items():
            for stem in stems:
                found.setdefault(stem, []).append(name)
        return sorted(((stem, tuple(names)) for stem, names in found.items()), key=lambda pair: -len(pair[0]))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """One group a stem, in the order of `stems`."""
        words = [f"({_stem(stem)})" if stem[0].isalnum() else f"(?<!\\w)({_stem(stem)})" for stem, _ in self.stems]
        return re.compile(rf"(?:(?<!\w)|(?<=\d[xX])|(?=[$€£]))(?:{'|'.join(words)})", re.IGNORECASE)

    def hits(self, text: str) -> list[Hit]:
        """Return where the names stand, in order."""
        found: list[Hit] = []
        for match in self.pattern.finditer(text):
            assert match.lastindex is not None
            stem, names = self.stems[match.lastindex - 1]
            false = FALSE.match(text, match.start())
            if (false and false.end() > match.start() + len(stem)) or _other(text, match):
                continue
            found += [Hit(name, match.start(), match.end()) for name in names]
        return found


def _other(text: str, match: re.Match[str]) -> bool:
    """Whether what stands before a word, or its small letter, gives it another meaning: "be patient", "house prices", "evidently"."""
    if AFTER_THESE.fullmatch(match[0]) and FALSE_BEFORE.search(text[max(0, match.start() - 12) : match.start()]):
        return True
    return match[0] == "evidently" and not text[match.end() :].lower().startswith(" ai")


def _stem(stem: str) -> str:
    bare = stem.removesuffix("*")
    # A short name is a whole word or its plural ("ray" is no "array"); a longer one may be a word's beginning, and a
    # star says so of a short one.
    whole = len(stem) <= SHORT and stem.isalnum()
    edge = r"s?(?!\w)" if whole else (r"[\w-]*" if bare[-1].isalnum() else "")
    return re.escape(bare).replace(r"\ ", r"[\s-]{1,2}").replace(r"\-", r"[\s-]?") + edge


def mentions(scene: Scene, table: Table) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
    """Return what of `table` is named, and what is named only to be ruled out."""
    wanted: dict[str, Mention] = {}
    ruled: dict[str, Mention] = {}
    for hit in table.hits(scene.prose):
        into = ruled if negated(scene, hit) else wanted
        into.setdefault(hit.name, Mention(name=hit.name, words=scene.words(hit.start, hit.end)))
    order = list(table.names)
    named = sorted(wanted.values(), key=lambda mention: order.index(mention.name))
    excluded = [mention for name, mention in ruled.items() if name not in wanted]
    return tuple(named), tuple(sorted(excluded, key=lambda mention: order.index(mention.name)))


def negated(scene: Scene, hit: Hit) -> bool:
    """Whether a name is ruled out where it stands."""
    before = scene.before(hit.start, LOOK_BACK)
    if NEGATION.search(before) and not NOT_NEGATION.search(before):
        return True
    return bool(RULED_OUT.match(scene.after(hit.end, 40)))


def cpu_only(scene: Scene) -> Mention | None:
    """Return that there is no GPU, when the request says so by saying that there is only a CPU."""
    match = CPU_ONLY.search(scene.prose)
    return Mention(name="gpu", words=scene.words(*match.span())) if match else None


def no_feedback(scene: Scene) -> Mention | None:
    """Return that nothing tells whether predictions were right: no labels, no validation set."""
    match = re.search(NO_FEEDBACK, scene.prose, re.IGNORECASE)
    return Mention(name="feedback", words=scene.words(*match.span())) if match else None
