"""What kind of answer a request asks for, and the words that say so."""

import re

from agent.brief.mentions import Table
from agent.brief.model import Kind
from agent.brief.names import FRAMEWORKS
from agent.brief.pattern import Pattern
from agent.brief.scene import Scene

POLITE = r"(?:(?:please|pls|plz|can|could|would|will|you|kindly|hi|hello|hey|all|someone|anyone|somebody|i need (?:you|someone) to|help me|quick|just|and|so)[,!.]?\s+){0,5}"
START = rf"(?:^|(?<=[.!?:\n]\s)|(?<=\n))\s{{0,3}}{POLITE}"
REVIEW = Pattern(
    rf"{START}(?:review|audit|critique|look over|proofread|sanity[- ]check)\b(?!s|\s(?:is|was|logs?|trail)\b)"
    r"|\b(?:review|audit|critique|look over|look at|check|roast) (?:of )?(?:my|our|these|this)\s(?!customers?|users?)(?:\w+\s){0,3}?(?:dockerfile|code|plan|design|config\w*|yaml|manifest|notebook|approach|setup|set-up|architecture|pipeline|script|helm|chart|deployment|settings|model server|service|sql|framing|proposal|repo\w*|train\.py|file|model card|query|schema|runbook)\b"
    r"|\b(?:read|go|look|have a look) (?:through|over|at) (?:the|my|our|this|these|that)\s(?:\w+\s){0,3}?(?:plan|design|config\w*|manifest|notebook|proposal|draft|document|runbook|dockerfile|yaml|pull request|model card|pr)\b"
    r"|\bsay what(?:'s| is) wrong with\b|\btell (?:me|us) what(?:'s| is) wrong with (?:this|my|our|the (?:plan|design|config|proposal))\b"
    r"|\bis (?:this|my|our|the following)\s(?:\w+\s){0,3}?(?:ok|okay|right|correct|fine|sane|reasonable|sound|good enough|production[- ]ready)\b"
    r"|\bwhat(?:'s| is) wrong with (?:this|my|our|the following)\b|\bwhat did i (?:mess up|miss)\b(?=\s*$)|\bpoke holes\b|\bfeedback on (?:my|our|this)\b|\bsecond opinion on\b|\bdoes (?:this|my|our) (?:plan|design|approach|setup|config\w*) (?:make sense|look)",
    re.IGNORECASE,
)
NOT_A_TERM = r"(?!(?:a\s|an\s|the\s)?(?:\w+\s)?(?:best|better|good|wrong|right|correct|going|happening|cause|reason|point|way|problem|issue|plan|our|my|your|this|that|it|we|needed|missing|next|a good|sane|usual|typical|least|simplest|simple|reasonable|sensible|fair|decent|principled|robust|realistic|\w{3,}est)\b)"
DEFINITION = Pattern(
    rf"{START}what(?:'?s| is| are| exactly is)\s+{NOT_A_TERM}(?:(?:a|an|the)\s)?[\w/&@.-]+(?:\s(?!for\b|with\b|when\b|if\b|to\b|of our\b)[\w/&-]+){{0,3}}\s*(?:\?|$)"
    r"|\bwhat (?:does|do|is meant by)\s[^?.\n]{1,60}?\smean\b(?!\sfor (?:our|my))|\bwhat is meant by\b|\bmeaning of\b|\bdefinition of\b"
    rf"|{START}(?:define|explain)\b(?!\s(?:why|how (?:to|we|i)))(?:\s(?:to me|simply|briefly|me))*|\bdifferences? between\b|\bin (?:simple|plain) (?:words|terms|english),? what\b",
    re.IGNORECASE,
)
DIFFERENCE = Pattern(r"\bdifferences? between\s", re.IGNORECASE)
# An order in one short sentence: "deploy my model".
ORDER = Pattern(
    rf"\A\s{{0,3}}{POLITE}(?:deploy|serve|host|ship|build|create|set ?up|make|train|fine-?tune|monitor|retrain|design|implement|put)\s(?:my|our|a|an|the|this|these|it|us)\b[^?\n.;:]{{0,80}}[.!]?\s*\Z",
    re.IGNORECASE,
)
DESIGN = Pattern(
    r"\b(?:please|pls|kindly) (?:propose|design|plan|outline|draft|sketch|suggest)|\b(?:design doc|write an? (?:\w+\s)?(?:plan|proposal))|\bi(?:'d| would)? (?:want|need|like) (?:to see )?an? (?:\w+\s)?(?:proposal|plan|design|concept|blueprint|architecture)\b|\bwritten proposal\b",
    re.IGNORECASE,
)
BROKEN = Pattern(
    r"^[ \t]*(?-i:Traceback|[\w.]*(?:Error|Exception)\b:|ERROR\b|panic:|Warning\s+Failed)|(?-i:\b\w*(?:Error|Exception):)|\bCrashLoopBackOff\b|\bOOMKilled\b|\bImagePullBackOff\b|\bout of memory\b|\bexit code \d|\bsegfault\w*|\bOOMs?\b|\bFailed to [a-z]+|\breturns? (?:5\d\d|4\d\d|nan|null)\b|\b(?:answers? with|responds? with|throws|gives (?:me )?an?) (?:5\d\d|4\d\d)\b|\banswers (?:50[1-4]|4(?:0\d|13|22|29))\b|\b(?:returns|gives|throws|raises) (?:me )?an? (?:\w+\s)?(?:error|exception)\b(?!\s(?:rates?|budgets?|bars?|analys\w+))|^[ \t]*[45]\d\d\b",
    re.IGNORECASE | re.MULTILINE,
)
# What happened: it is said of a system that runs.
WORSE = Pattern(
    r"\bwhy (?:is|are|does|do|did|was|were|has|have|would|my|our|the|it)\b|\bwhy\s*\??\s*$|\bsuddenly\b|\ball of a sudden\b|\b(?:went|goes|gone|jumped|rose|grew|grown|climbed|dropped|drops|fell|falls|increased|degraded|slipped)\s(?:up |down )?(?:sharply )?from\b"
    r"|\b(?:went|goes|gone) (?:up|down|nan|mad)\b|\bsince (?:the|yesterday|last|monday|tuesday|wednesday|thursday|friday|saturday|sunday|this|(?:we|i|our \w+|it) (?:moved?|switched|upgraded|updated|added|deployed|changed|released))\b"
    r"|\bused to (?:take|be|run|cost|work|answer|need|finish|return|fit)\b[^.;?!]{1,60}?\b(?:now|today|since|but)\b|\b(?:takes?|needs?|costs?) (?:twice|three times|four times|ten times|\d+ times|far|much) (?:as long|longer|more|slower)\b"
    r"|\bkeeps (?:on )?(?:\w+ing|getting)\b|\bkeep getting\b|\b(?:dropped|dropping|degraded|degrading|doubled|tripled|halved|halves|worsened|got (?:slow\w*|worse)|awful|flaps?)\b"
    r"|\bafter (?:the|a|an|our|we|my)\s(?:\w+\s)?(?:upgrade|update|deploy\w*|release|migration|switch\w*|rollout|conversion)\b|\bwhat (?:is going on|happened|could cause|causes)\b|\bdisagrees? with\b|\bfind (?:out )?(?:why|where)\b|\broot cause\b|\bdebug\b|\btroubleshoot\w*",
    re.IGNORECASE,
)
# Words of trouble that also stand in plans: they count in a short request, or in the first sentence of a long one.
TROUBLE = Pattern(
    r"\b(?:crash(?:es|ing|ed)?|fail(?:s|ing|ed)|broke(?:n)?|breaks?|stuck|hangs?|hanging|times? out|timing out|blows? up|explodes?|falls over|dies|died|diverg\w+|collapses?|spikes|stalls?|slower than|worse than|too slow|is slow|gets slow\w*|very slow|ignores|leak(?:s|ing)|saturated|deadlock\w*)\b"
    r"|\b(?:doesn'?t|does not|don't|isn't|is not|not) (?:work|start|converge|match|fit|load|scale|connect|restor|show)\w*|\bwrong (?:labels?|results?|predictions?|answers?)\b",
    re.IGNORECASE,
)
CONDITION = Pattern(
    r"\b(?:if|when|whenever|in case|unless|until|so that|would|could|will|may|might|should|must|can|what happens|without|before|never|a)\b[^.;,]{0,40}$",
    re.IGNORECASE,
)
VERSUS = Pattern(
    r"(?<![\w.+/#-])[\w.+/#-]{1,40}(?:\s[\w.+/#-]{1,40})?,?\s(?:vs\.?|versus)\s[\w.+/#-]{1,40}", re.IGNORECASE
)
BETTER = Pattern(
    r"\b(?:which|what)(?: one| of (?:the two|these|them|both))?(?: is|'s| would be)? (?:the )?better\b|\bwhich (?:one )?(?:should|would|do) (?:i|we|you) (?:use|choose|pick|take|prefer)\b|(?<![\w.+-])[\w.+-]{1,40} (?:better|faster|cheaper) than [\w.+-]{1,40}\s?\?|\bpros and cons\b|\bstay with \S+ or\b",
    re.IGNORECASE,
)
COMPARE = Pattern(
    rf"{START}compare\b|\bplease compare\b|\bcomparison (?:of|between)\b|\bcompared? (?:\w+\s)?(?:against|with|to)\b(?=[^.]*\?)",
    re.IGNORECASE,
)
CHOICE = Pattern(
    r"(?<![\w-])(?P<left>[\w.+/#-]{1,40})(?:,?\sor\s)(?:(?:on|a|an|the|plain|use|simply|just|stay with|stick with|self-hosted)\s)?(?P<right>[\w.+/#-]{1,40})",
    re.IGNORECASE,
)
NEITHER = Pattern(
    r"\b(?:can'?t|cannot|can not|don'?t|do not|won'?t|must not|mustn't|no|not|without|never|neither|either|instead of|rather than|except)\s(?:[\w'-]+,?\s){0,4}$",
    re.IGNORECASE,
)
SHOULD = Pattern(
    r"\bshould (?:i|we) (?:\w+\s)?(?:use|choose|pick|take|go with|deploy on|switch|stay|keep|build|run)\b[^.?\n]{0,60}?\sor\s",
    re.IGNORECASE,
)
HOW_TO = Pattern(
    r"\bhow (?:do|can|to|could|would i|does one|should i|must i|shall i)\b(?!\s(?:you|people|others|they|much|many|it|this)\b)|\bhow (?:i|we) can\b|\bsteps (?:to|for)\b|\bstep[- ]by[- ]step\b|\bwalk me through\b|\bwhat(?:'s| is) the (?:correct|proper|right|best|easiest|simplest|cleanest|recommended) way (?:to|of)\b|\bguide (?:me|to|for)\b|\btutorial\b|\bplease guide\b|\bhow\s*$",
    re.IGNORECASE,
)
TECHNICAL = frozenset({"hnsw", "ivfflat", "lora", "qlora", "grpc", "rest", "postgres", "kafka", "cpu", "gpu", "spot", "gptq", "awq", "gguf", "dpo", "ppo", "batch", "streaming", "polars", "duckdb", "pandas", "ecs", "eks", "lambda", "sagemaker", "vertex", "parquet", "webdataset", "taint", "affinity", "mysql", "mongodb", "protobuf", "json"})  # fmt: skip
TOOLS = Table(FRAMEWORKS)
# Beyond this length a request is a brief: what it mentions on the way is not what it asks.
LONG = 250
SOON = 60


def kind(scene: Scene) -> tuple[Kind, str]:
    """Return the kind of a request and its words; a request that shows no other kind asks for a design."""
    # The order is that of how plainly the words speak: who says "review my" or "what is" means it.
    if found := REVIEW.search(scene.prose):
        return "review", _words(scene, found)
    found = DEFINITION.search(scene.prose)
    if found and (found.start() < SOON or len(scene.prose) < LONG):
        named = DIFFERENCE.search(scene.prose)
        tools = len({hit.name for hit in TOOLS.hits(scene.after(named.end(), 80))}) if named else 0
        return ("comparison" if tools > 1 else "definition"), _words(scene, found)
    if found := ORDER.search(scene.prose):
        return "design", _words(scene, found)
    if DESIGN.search(scene.prose):
        return "design", ""
    broken, how = BROKEN.search(scene.text), HOW_TO.search(scene.prose)
    if broken and how:
        return "how-to", _words(scene, how)
    if broken:
        return "diagnosis", _words(scene, broken)
    worse, compared = _worse(scene), _comparison(scene)
    if compared and not _later(scene, compared, worse, how):
        return "comparison", _words(scene, compared)
    # "How do I find out why" is about what got worse; "how do I deploy it without it crashing" is not.
    if worse and (how is None or worse.start() < how.start()):
        return "diagnosis", _words(scene, worse)
    return ("how-to", _words(scene, how)) if how else ("design", "")


def _worse(scene: Scene) -> re.Match[str] | None:
    """The words that tell of something that got worse or fails, unless they tell of what might."""
    if worse := WORSE.search(scene.prose):
        return worse
    first = scene.sentence(0)[1] if len(scene.prose) > LONG else len(scene.prose)
    for trouble in TROUBLE.finditer(scene.prose, 0, first):
        if not CONDITION.search(scene.before(trouble.start(), 60)):
            return trouble
    return None


def _later(scene: Scene, compared: re.Match[str], worse: re.Match[str] | None, how: re.Match[str] | None) -> bool:
    """Whether a choice is named only on the way: behind what is wrong, or inside a "how do I"."""
    if worse and worse.start() < compared.start() and len(scene.prose) > LONG:
        return True
    return how is not None and how.start() < compared.start() < scene.sentence(how.start())[1]


def _comparison(scene: Scene) -> re.Match[str] | None:
    for pattern in (VERSUS, BETTER, COMPARE, SHOULD):
        found = pattern.search(scene.prose)
        if found and (pattern is not VERSUS or len(scene.prose) < LONG or _sides(scene, found)):
            return found
    for found in CHOICE.finditer(scene.prose):
        left, right = (
            _technical(scene, found["left"], found.start()),
            _technical(scene, found["right"], found.start("right")),
        )
        chosen = (left and right) or ((left or right) and found.start() == 0)
        # "We can't use AWS or GCP" leaves nothing to choose between.
        if chosen and not NEITHER.search(scene.before(found.start(), 40)):
            return found
    return None


def _sides(scene: Scene, found: re.Match[str]) -> bool:
    """Whether a side of "X vs Y" is the name of something."""
    words = found[0].split()
    return any(_technical(scene, word, found.start()) for word in (words[0], words[-1]))


def _technical(scene: Scene, word: str, place: int) -> bool:
    """Whether a word is the name of a technique or tool, by the tables or by how it is written."""
    word = word.strip(".,")
    first = place == scene.sentence(place)[0]
    if word.lower() in TECHNICAL or TOOLS.hits(word):
        return True
    return any(letter.isupper() for letter in (word[1:] if first else word)) and len(word) > 1


def _words(scene: Scene, match: re.Match[str]) -> str:
    return scene.words(*match.span())
