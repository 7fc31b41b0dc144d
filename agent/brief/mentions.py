"""What a request names, and what of it the request rules out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.brief.model import Mention
from agent.brief.pattern import Pattern
from agent.brief.scene import Scene
from agent.brief.words import NO_FEEDBACK

SHORT = 4
# Where a name may start: at a word, behind "2x", or at a sign of money.
STARTS = Pattern(r"(?:(?<!\w)|(?<=\d[xX]))[a-zA-Z0-9]|[$€£]")
FALSE_BEFORE = Pattern(r"(?:\bbe|\b(?:house|home|stock|property|flight|ticket)|\bany|\bgive an?) $", re.IGNORECASE)
# "Evidently" is a tool after these words, and a ray of light or a scan is none.
TOOL_BEFORE = Pattern(
    r"\b(?:with|use|using|import|from|install|module named|and|or|vs\.?|versus|via|like|try)\s['\"`]?$|['\"`]$",
    re.IGNORECASE,
)
RAY_BEFORE = Pattern(r"(?:\b(?:x|gamma|cosmic|manta|blu|of)[\s-]|\ba )$", re.IGNORECASE)
AFTER_THESE = Pattern(r"patient|pric(?:e|es|ing)|recommendations?", re.IGNORECASE)
# Words that begin like a name and are another thing.
FALSE = Pattern(
    r"trainium\w*|prefectur\w*|chromat\w*|chromos\w*|trains?et|(?:pre-?)?trained\b|training (?:data|sets?|examples|images|snapshots?|rows|tables?)\b|cloudfront|cloudflare|cloud-?(?:\w+-)?architect|spend (?:my|our|the|some|more|too|weeks|days|hours|time|a|two|three)\b"
    r"|pric(?:e|es|ing) (?:models?|predict\w*|elastic\w*|estimat\w*|forecast\w*)|recommendations? (?:on|please)\b|triton (?:kernel|matmul|lang)|patient (?:enough|with\b|users?|people)|patient(?:ly|ce)|pricel\w*|be patient|shadowy|containers? ship\w*|deployments?\.apps|servic(?:e|es)? ?now|costum\w*|torchvision|serves? as",
    re.IGNORECASE,
)
_BETWEEN = r"(?:(?!(?:problem|idea|doubt|issue|trouble|matter|only|longer than|reason|wonder|more than|less than|sure|just|but|because|worse|better|difference|need to worry|one|new|more|extra|additional|another|bigger|enough|on|in|at|for|with|from|to|of|by|behind|and|but|like)\b)[\w'/-]+\s+){0,2}?"
_DONE = r"(?:(?:want|use|using|have|having|need|like|run|afford|get|buy|touch|deploy|go|rely|know|accept|allow)\b\s+)"
NEGATION = Pattern(
    rf"(?:\b(?:no|without|w/o|avoid(?:ing)?|instead of|rather than|get rid of|getting rid of|move off|off of|(?:any|every)thing (?:but|except)|except(?: for)?|stay(?:ing)? away from|keep away from|steer clear of|fed up with|tired of|sick of|lack(?:s|ing)?(?: of)?|neither|nor|no longer(?: use| have)?)\s+{_BETWEEN}"
    rf"|\b(?:don'?t|do not|doesn'?t|does not|can'?t|cant|cannot|can not|won'?t|will not|may not|must not|mustn'?t|not allowed to|not able to|not going to|never|shouldn'?t|should not|isn'?t|is not|not)\s+(?:(?:really|currently|yet|even|actually|be)\s+)?(?:{_DONE}(?:to\s+(?:use|have|run|touch|deploy|go|see|hear of|go back to)\s+)?)(?:(?:on|to|for|with)\s+)?(?:(?:any|a|an|the|our|own|more|extra|dedicated|managed|real|proper|external|public|this|that|automatic|automated|fully|hosted|separate|such|another|single)\s+){{0,2}}"
    r"|\b(?:not|never)\s+(?:(?:on|in|with|using|via|a|an|the|any)\s+){0,2}"
    rf"|\b(?:no|without)\s+[\w-]+(?:,\s[\w-]+)?,?\s(?:or|nor)\s(?:any\s|a\s)?)$",
    re.IGNORECASE,
)
NOT_NEGATION = Pattern(
    r"\b(?:not only|not just|no problem|no issue|no idea|no doubt|not sure|not the|not a problem|no more than|no matter|not because|why not|no less|not to mention|no wonder|no need to worry|not without)\b[^.;]*$",
    re.IGNORECASE,
)
RULED_OUT = Pattern(
    r"\s*(?:(?:is|are|was|were)?\s?\b(?:not (?:allowed|possible|an option|available|wanted|permitted|needed|used)|impossible|forbidden|off the table|out of the question|ruled out|no option|unavailable|not in scope|out of scope|too expensive)\b"
    r"|\b(?:isn't|aren't) (?:allowed|possible|an option|available|wanted|permitted|needed)\b|-free\b|,? neither\s*(?:[.,;!?]|$))",
    re.IGNORECASE,
)
# Said of a thing for good: whatever else is said of it, it is not wanted.
FOR_GOOD = Pattern(
    r"\s*(?:[:,-]\s?)?(?:(?:and|but)\s)?(?:(?:we|i|they|you)\s)?(?:(?:please\s)?leave (?:it|them|that) out\b|never again\b|(?:will |would )?never (?:want|use|touch|go back)\b|no,? thanks?\b)",
    re.IGNORECASE,
)
LEFT, OUT = (
    Pattern(r"\b(?:leave|leaving|keep|left) (?:the )?$", re.IGNORECASE),
    Pattern(r"\sout\b(?!\sof the box)", re.IGNORECASE),
)
# "No rollback has ever worked" wants one; "no cloud budget" says nothing of the cloud, and "no budget" not that cost is no matter.
WANTED = Pattern(
    r"\s(?:has|have|had) (?:ever|yet)\b|\s(?:ever )?(?:works|worked)\b|\s(?:budget|bill|money|credits)\b", re.IGNORECASE
)
POOR = Pattern(r"\b(?:no|without|not)\s(?:[\w-]+\s){0,2}$", re.IGNORECASE)
# "We can't use AWS or GCP".
LIST = Pattern(r"(?:,|,?\s(?:or|nor))\s(?:the\s|any\s|an?\s|on\s)?", re.IGNORECASE)
LAST = Pattern(r",?\s(?:or|nor)\s", re.IGNORECASE)
CPU_ONLY = Pattern(
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
    def heads(self) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """The stems by their first two letters; one whose second sign is no letter or digit stands under its first."""
        found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for stem, names in self.stems:
            found.setdefault(stem[:2] if stem[1:2].isalnum() else stem[:1], []).append((stem, names))
        return found

    def at(self, head: str) -> tuple[re.Pattern[str] | None, list[tuple[str, tuple[str, ...]]]]:
        """Return what matches the stems that may start with two signs, compiled when first met: most never are."""
        if head not in self.compiled:
            stems = [*self.heads.get(head, []), *self.heads.get(head[:1], [])]
            stems.sort(key=lambda pair: -len(pair[0]))
            pattern = re.compile("|".join(f"({_stem(stem)})" for stem, _ in stems), re.IGNORECASE) if stems else None
            self.compiled[head] = (pattern, stems)
        return self.compiled[head]

    @cached_property
    def compiled(self) -> dict[str, tuple[re.Pattern[str] | None, list[tuple[str, tuple[str, ...]]]]]:
        """What `at` has compiled."""
        return {}

    def hits(self, text: str) -> list[Hit]:
        """Return where the names stand, in order."""
        found: list[Hit] = []
        end = 0
        for start in STARTS.finditer(text):
            if start.start() < end:
                continue
            pattern, stems = self.at(text[start.start() : start.start() + 2].lower())
            match = pattern.match(text, start.start()) if pattern else None
            if match is None or match.lastindex is None:
                continue
            stem, names = stems[match.lastindex - 1]
            end = match.end()
            false = FALSE.match(text, match.start())
            if (false and false.end() > match.start() + len(stem)) or _other(text, match):
                continue
            found += [Hit(name, match.start(), match.end()) for name in names]
        return found


def _other(text: str, match: re.Match[str]) -> bool:
    """Whether what stands before a word, or its small letter, gives it another meaning: "be patient", "house prices", "evidently"."""
    if AFTER_THESE.fullmatch(match[0]) and FALSE_BEFORE.search(text[max(0, match.start() - 12) : match.start()]):
        return True
    before, after = text[max(0, match.start() - 20) : match.start()], text[match.end() : match.end() + 12].lower()
    if match[0] == "evidently":
        return not (TOOL_BEFORE.search(before) or re.match(r" ai\b|\.\w|'| report|$", after))
    if match[0].lower() in {"ray", "rays"}:
        return bool(match[0][-1] == "s" or RAY_BEFORE.search(before))
    return False


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
    gone: set[str] = set()
    for hit, out in _judged(scene, table):
        into = ruled if out else wanted
        into.setdefault(hit.name, Mention(name=hit.name, words=scene.words(hit.start, hit.end)))
        if out and _for_good(scene, hit):
            gone.add(hit.name)
    order = list(table.names)
    named = sorted(
        (mention for name, mention in wanted.items() if name not in gone), key=lambda mention: order.index(mention.name)
    )
    excluded = [mention for name, mention in ruled.items() if name not in wanted or name in gone]
    return tuple(named), tuple(sorted(excluded, key=lambda mention: order.index(mention.name)))


def _judged(scene: Scene, table: Table) -> Iterator[tuple[Hit, bool]]:
    """Every hit and whether it is ruled out: by itself, or as the next of a list that is."""
    last, out = -1, False
    for hit in table.hits(scene.prose):
        joined = LIST.fullmatch(scene.prose, last, hit.start) if out and last >= 0 else None
        linked = joined and (joined[0] != ", " or LAST.match(scene.prose, hit.end))
        out = bool(linked) or (out and last == hit.end) or negated(scene, hit)
        last = hit.end
        yield hit, out


def negated(scene: Scene, hit: Hit) -> bool:
    """Whether a name is ruled out where it stands."""
    before, after = scene.before(hit.start, LOOK_BACK), scene.after(hit.end, 40)
    if NEGATION.search(before) and not NOT_NEGATION.search(before):
        poor = hit.name == "cost" and POOR.search(before)
        return not (poor or WANTED.match(after))
    return bool(RULED_OUT.match(after)) or _for_good(scene, hit)


def _for_good(scene: Scene, hit: Hit) -> bool:
    before, after = scene.before(hit.start, 20), scene.after(hit.end, 40)
    return bool(FOR_GOOD.match(after) or (LEFT.search(before) and OUT.match(after)))


def cpu_only(scene: Scene) -> Mention | None:
    """Return that there is no GPU, when the request says so by saying that there is only a CPU."""
    match = CPU_ONLY.search(scene.prose)
    return Mention(name="gpu", words=scene.words(*match.span())) if match else None


def no_feedback(scene: Scene) -> Mention | None:
    """Return that nothing tells whether predictions were right: no labels, no validation set."""
    match = re.search(NO_FEEDBACK, scene.prose, re.IGNORECASE)
    return Mention(name="feedback", words=scene.words(*match.span())) if match else None
