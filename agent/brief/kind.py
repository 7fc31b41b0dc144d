"""What kind of answer a request asks for, and the words that say so."""

import re

from agent.brief.mentions import Table
from agent.brief.model import Kind
from agent.brief.names import FRAMEWORKS
from agent.brief.scene import Scene

POLITE = r"(?:(?:please|pls|plz|can|could|would|will|you|kindly|hi|hello|hey|all|someone|anyone|somebody|i need (?:you|someone) to|help me|quick|just|and|so)[,!.]?\s+){0,5}"
START = rf"(?:^|(?<=[.!?:\n]\s)|(?<=\n))\s*{POLITE}"
REVIEW = re.compile(
    rf"{START}(?:review|audit|critique|look over|proofread|sanity[- ]check)\b(?!s)"
    r"|\b(?:review|audit|critique|look over|look at|check|roast) (?:of )?(?:my|our|these|this)\s(?!customers?|users?)(?:\w+\s){0,3}?(?:dockerfile|code|plan|design|config\w*|yaml|manifest|notebook|approach|setup|set-up|architecture|pipeline|script|helm|chart|deployment|settings|model server|service|sql|framing|proposal|repo\w*|train\.py|file|model card|query|schema|runbook)\b"
    r"|\bis (?:this|my|our|the following)\s(?:\w+\s){0,3}?(?:ok|okay|right|correct|fine|sane|reasonable|sound|good enough|production[- ]ready)\b"
    r"|\bwhat(?:['’]s| is) wrong with (?:this|my|our|the following)\b|\bwhat did i (?:mess up|miss)\b(?=\s*$)|\bpoke holes\b|\bfeedback on (?:my|our|this)\b|\bsecond opinion on\b|\bdoes (?:this|my|our) (?:plan|design|approach|setup|config\w*) (?:make sense|look)",
    re.IGNORECASE,
)
NOT_A_TERM = r"(?!(?:a\s|an\s|the\s)?(?:\w+\s)?(?:best|better|good|wrong|right|correct|going|happening|cause|reason|point|way|problem|issue|plan|our|my|your|this|that|it|we|needed|missing|next|a good|sane|usual|typical|least|simplest|\w{3,}est)\b)"
DEFINITION = re.compile(
    rf"{START}what(?:['’]?s| is| are| exactly is)\s+{NOT_A_TERM}(?:(?:a|an|the)\s)?[\w/&@.-]+(?:\s(?!for\b|with\b|when\b|if\b|to\b|of our\b)[\w/&-]+){{0,3}}\s*(?:\?|$)"
    r"|\bwhat (?:does|do|is meant by)\s[^?.\n]{1,60}?\smean\b(?!\sfor (?:our|my))|\bwhat is meant by\b|\bmeaning of\b|\bdefinition of\b"
    rf"|{START}(?:define|explain)\b(?!\s(?:why|how (?:to|we|i)))(?:\s(?:to me|simply|briefly|me))*|\bdifferences? between\b|\bin (?:simple|plain) (?:words|terms|english),? what\b",
    re.IGNORECASE,
)
DIFFERENCE = re.compile(r"\bdifferences? between\s", re.IGNORECASE)
DESIGN = re.compile(
    r"\b(?:please|pls|kindly) (?:propose|design|plan|outline|draft|sketch|suggest)|\b(?:design doc|write an? (?:\w+\s)?(?:plan|proposal))|\bi(?:['’]d| would)? (?:want|need|like) (?:to see )?an? (?:\w+\s)?(?:proposal|plan|design|concept|blueprint|architecture)\b|\bwritten proposal\b",
    re.IGNORECASE,
)
BROKEN = re.compile(
    r"^[ \t]*(?:Traceback|[\w.]*(?:Error|Exception)\b|ERROR\b|panic:|Warning\s+Failed)|\b\w+(?:Error|Exception):|\bCrashLoopBackOff\b|\bOOMKilled\b|\bImagePullBackOff\b|\bout of memory\b|\bexit code \d|\bsegfault\w*|\bOOMs?\b|\bFailed to [a-z]+|\breturns? (?:5\d\d|4\d\d|nan|null)\b|^\s*[45]\d\d\b",
    re.IGNORECASE | re.MULTILINE,
)
WORSE = re.compile(
    r"\bwhy (?:is|are|does|do|did|was|were|has|have|would|my|our|the|it)\b|\bsuddenly\b|\ball of a sudden\b|\b(?:went|goes|gone|jumped|rose|grew|grown|climbed|dropped|drops|fell|falls|increased|degraded|slipped)\s(?:up |down )?(?:sharply )?from\b"
    r"|\b(?:went|goes|gone) (?:up|down|nan|mad)\b|\bsince (?:the|we|i|our|yesterday|last|monday|tuesday|wednesday|thursday|friday|saturday|sunday|this)\b"
    r"|\bkeeps? (?:on )?(?:\w+ing|getting|dropping)\b|\b(?:crash(?:es|ing|ed)?|fail(?:s|ing|ed)|broke(?:n)?|breaks?|stuck|hangs?|hanging|times? out|timing out|blows? up|explodes?|falls over|dies|died|diverg\w+|collapses?|spikes|stalls?)\b"
    r"|\b(?:dropped|dropping|degraded|degrading|doubled|tripled|halved|halves|worsened|slower than|worse than|too slow|got (?:slow\w*|worse)|is slow|gets slow\w*|very slow|awful|flaps?)\b|\b(?:doesn['’]?t|does not|don['’]t|isn['’]t|is not|not) (?:work|start|converge|match|fit|load|scale|connect|restor|show)\w*"
    r"|\bafter (?:the|a|an|our|we|my)\s(?:\w+\s)?(?:upgrade|update|deploy\w*|release|migration|switch\w*|rollout|conversion)\b|\bwhat (?:is going on|happened|could cause|causes|did i miss)\b|\bdisagrees? with\b|\bwrong (?:labels?|results?|predictions?|answers?)\b|\bfind (?:out )?(?:why|where)\b|\broot cause\b|\bdebug\b|\btroubleshoot\w*",
    re.IGNORECASE,
)
VERSUS = re.compile(r"(?<!\w)[\w.+/#-]+(?:\s[\w.+/#-]+)?,?\s(?:vs\.?|versus)\s[\w.+/#-]+", re.IGNORECASE)
BETTER = re.compile(
    r"\b(?:which|what)(?: one| of (?:the two|these|them|both))?(?: is|['’]s| would be)? (?:the )?better\b|\bwhich (?:one )?(?:should|would|do) (?:i|we|you) (?:use|choose|pick|take|prefer)\b|\b[\w.+-]+ (?:better|faster|cheaper) than [\w.+-]+\s?\?|\bpros and cons\b|\bstay with \S+ or\b",
    re.IGNORECASE,
)
COMPARE = re.compile(
    rf"{START}compare\b|\bplease compare\b|\bcomparison (?:of|between)\b|\bcompared? (?:\w+\s)?(?:against|with|to)\b(?=[^.]*\?)",
    re.IGNORECASE,
)
CHOICE = re.compile(
    r"(?<![\w-])(?P<left>[\w.+/#-]+)(?:,?\sor\s)(?:(?:on|a|an|the|use|simply|just|stay with|stick with|self-hosted)\s)?(?P<right>[\w.+/#-]+)",
    re.IGNORECASE,
)
SHOULD = re.compile(
    r"\bshould (?:i|we) (?:\w+\s)?(?:use|choose|pick|take|go with|deploy on|switch|stay|keep|build|run)\b[^.?\n]{0,60}?\sor\s",
    re.IGNORECASE,
)
HOW_TO = re.compile(
    r"\bhow (?:do|can|to|could|would i|does one|should i|must i|shall i)\b(?!\s(?:you|people|others|they|much|many|it|this)\b)|\bhow (?:i|we) can\b|\bsteps (?:to|for)\b|\bstep[- ]by[- ]step\b|\bwalk me through\b|\bwhat(?:['’]s| is) the (?:correct|proper|right|best|easiest|simplest|cleanest|recommended) way (?:to|of)\b|\bguide (?:me|to|for)\b|\btutorial\b|\bplease guide\b|\bhow\s*$",
    re.IGNORECASE,
)
TECHNICAL = frozenset({"hnsw", "ivfflat", "lora", "qlora", "grpc", "rest", "postgres", "kafka", "cpu", "gpu", "spot", "gptq", "awq", "gguf", "dpo", "ppo", "batch", "streaming", "polars", "duckdb", "pandas", "ecs", "eks", "lambda", "sagemaker", "vertex", "parquet", "webdataset", "taint", "affinity", "mysql", "mongodb", "protobuf", "json"})  # fmt: skip
TOOLS = Table(FRAMEWORKS)


def kind(scene: Scene) -> tuple[Kind, str]:
    """Return the kind of a request and its words; a request that shows no other kind asks for a design."""
    text = scene.text
    # The order is that of how plainly the words speak: who says "review my" or "what is" means it.
    if found := REVIEW.search(scene.prose):
        return "review", found[0].strip()
    if found := DEFINITION.search(scene.prose):
        named = DIFFERENCE.search(scene.prose)
        tools = len({hit.name for hit in TOOLS.hits(scene.after(named.end(), 80))}) if named else 0
        return ("comparison" if tools > 1 else "definition"), found[0].strip()
    if DESIGN.search(scene.prose):
        return "design", ""
    broken, how = BROKEN.search(text), HOW_TO.search(scene.prose)
    if broken and how:
        return "how-to", how[0].strip()
    if broken:
        return "diagnosis", broken[0].strip()
    if found := _comparison(scene):
        return "comparison", found[0].strip()
    worse = WORSE.search(scene.prose)
    # "How do I find out why" is about what got worse; "how do I deploy it without it crashing" is not.
    if worse and (how is None or worse.start() < how.start()):
        return "diagnosis", worse[0].strip()
    if how:
        return "how-to", how[0].strip()
    return "design", ""


def _comparison(scene: Scene) -> re.Match[str] | None:
    for pattern in (VERSUS, BETTER, COMPARE, SHOULD):
        if found := pattern.search(scene.prose):
            return found
    for found in CHOICE.finditer(scene.prose):
        if _technical(scene, found, "left") and _technical(scene, found, "right"):
            return found
    return None


def _technical(scene: Scene, match: re.Match[str], side: str) -> bool:
    """Whether a side of "X or Y" is the name of a technique or tool, by the tables or by how it is written."""
    word = match[side].strip(".")
    first = match.start(side) == scene.sentence(match.start(side))[0]
    if word.lower() in TECHNICAL or TOOLS.hits(word):
        return True
    return any(letter.isupper() for letter in (word[1:] if first else word)) and len(word) > 1
