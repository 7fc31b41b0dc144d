"""security.secrets: literals whose form leaves no doubt that they are credentials. What is found is never repeated."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent.constitution.dockerfile import assignments, parse
from agent.constitution.observation import Observation, fault
from agent.constitution.sources import Source

CHECKPOINT = "security.secrets"


@dataclass(frozen=True)
class Form:
    """The form of a credential: what it is called, how it starts (shown), and how random its rest must be, in bits a character."""

    name: str
    shown: str
    pattern: re.Pattern[str]
    bits: float


# The lengths are those of the issuers; the entropy keeps counted-up and repeated samples out.
FORMS = (
    Form("an AWS access key", "AKIA", re.compile(r"(?<![A-Za-z0-9/+])(?:AKIA|ASIA)(?P<rest>[A-Z2-7]{16})(?![A-Za-z0-9/+=])"), 3.0),
    Form("a GitHub token", "gh", re.compile(r"(?<![A-Za-z0-9_])gh[pousr]_(?P<rest>[A-Za-z0-9]{36})(?![A-Za-z0-9])"), 3.8),
    Form("a GitHub token", "github_pat_", re.compile(r"(?<![A-Za-z0-9_])github_pat_(?P<rest>[A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?![A-Za-z0-9])"), 4.2),
    Form("a Slack token", "xox", re.compile(r"(?<![A-Za-z0-9])xox[abeprs]-(?P<rest>\d{10,}-\d{10,}-[A-Za-z0-9-]{20,})"), 3.2),
    Form("a Slack webhook", "https://hooks.slack.com/", re.compile(r"https://hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/(?P<rest>[A-Za-z0-9]{24})(?![A-Za-z0-9])"), 3.6),
    Form("an Anthropic key", "sk-ant-", re.compile(r"(?<![A-Za-z0-9])sk-ant-[a-z]+\d\d-(?P<rest>[A-Za-z0-9_-]{80,})"), 4.2),
    Form("an OpenAI key", "sk-", re.compile(r"(?<![A-Za-z0-9])sk-(?:proj-|svcacct-)?(?P<rest>[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,})"), 4.0),
    Form("a Google API key", "AIza", re.compile(r"(?<![A-Za-z0-9_-])AIza(?P<rest>[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])"), 4.0),
    Form("a Hugging Face token", "hf_", re.compile(r"(?<![A-Za-z0-9_])hf_(?P<rest>[A-Za-z]{34})(?![A-Za-z0-9])"), 3.8),
    Form("a Stripe live key", "sk_live_", re.compile(r"(?<![A-Za-z0-9_])[rs]k_live_(?P<rest>[A-Za-z0-9]{24,})"), 3.8),
)  # fmt: skip
# One pass over a text decides whether any form need be tried.
HINT = re.compile(
    r"AKIA|ASIA|gh[pousr]_|github_pat_|xox[abeprs]-|hooks\.slack\.com|sk-|AIza|hf_|k_live_|PRIVATE KEY-----|://[^\s/@:]+:[^\s/@]+@"
)
KEY_BLOCK = re.compile(
    r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----(?P<rest>(?:\\[nr]|[\s\"',]|[A-Za-z0-9/+=])*)"
)
MIN_KEY = 120
KEY_BITS = 4.5
URL = re.compile(
    r"\b(?P<scheme>postgres(?:ql)?(?:\+\w+)?|mysql(?:\+\w+)?|mongodb(?:\+srv)?|rediss?|amqps?|https?|ftp|mssql(?:\+\w+)?|snowflake)://(?P<user>[^\s/:@\"'`<>{}$]*):(?P<rest>[^\s/@\"'`<>]{8,})@(?P<host>[\w.-]+)"
)
NOT_REAL = re.compile(
    r"example|sample|change.?me|replace|your|dummy|fake|xxx|\*\*|\.\.\.|placeholder|redacted|test|todo|secret|passw|token|key|admin|user|root|guest|demo|local|dev|abc|123|foo|bar|hunter2|<|\$|\{|%\(|%s",
    re.IGNORECASE,
)
LOCAL_HOST = re.compile(
    r"localhost|127\.|0\.0\.0\.0|.*\.?example(\.|$)|.*\.(test|invalid|local)$|host$|hostname|myhost|server$|proxy"
)
DOCKER_NAME = re.compile(
    r"(?:.*_)?(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY)", re.IGNORECASE
)
MIN_VALUE = 8
URL_BITS = 2.8


Prose = Callable[[], frozenset[int]]


def secrets(source: Source, prose: Prose = frozenset) -> Iterator[Observation]:
    """Judge the text of any file; `prose` returns the lines of docstrings, in which an address is an illustration."""
    if source.role == "test":
        return
    text = source.text
    if HINT.search(text):
        yield from _forms(text)
        yield from _key_blocks(text)
        if source.kind != "text" or not source.path.endswith((".md", ".rst", ".txt", ".html", ".ipynb")):
            yield from _addresses(text, prose)
    if source.kind == "docker":
        yield from _docker(text)


def entropy(text: str) -> float:
    """Return the Shannon entropy of a text's characters, in bits a character."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if total else 0.0


def _forms(text: str) -> Iterator[Observation]:
    for form in FORMS:
        for match in form.pattern.finditer(text):
            rest = match["rest"]
            if entropy(rest) >= form.bits and not re.search(
                r"EXAMPLE|example|XXXX|xxxx|(.)\1{5}|0123456|1234567|abcdefg|ABCDEFG", rest
            ):
                yield _fault(text, match, f"{form.name} stands here: {form.shown}{'*' * 8}")


def _key_blocks(text: str) -> Iterator[Observation]:
    for match in KEY_BLOCK.finditer(text):
        body = re.sub(r"\\[nr]|[^A-Za-z0-9/+]", "", match["rest"])
        if len(body) >= MIN_KEY and entropy(body) > KEY_BITS:
            yield _fault(text, match, "a private key stands here: -----BEGIN PRIVATE KEY----- ********")


def _addresses(text: str, prose: Prose) -> Iterator[Observation]:
    for match in URL.finditer(text):
        password, user = match["rest"], match["user"].lower()
        illustration = (
            NOT_REAL.search(password)
            or LOCAL_HOST.match(match["host"].lower())
            or (user and user in password.lower())
            or entropy(password) < URL_BITS
        )
        mixed = any(character.isdigit() for character in password) and any(
            character.isalpha() for character in password
        )
        if mixed and not illustration and _line(text, match) not in prose() and not _commented(text, match):
            yield _fault(
                text, match, f"a password stands in this address: {match['scheme']}://********@{match['host']}"
            )


def _docker(text: str) -> Iterator[Observation]:
    for stage in parse(text).stages:
        for instruction in stage.instructions:
            if instruction.word not in {"ENV", "ARG"}:
                continue
            for name, value in assignments(instruction):
                plain = (
                    len(value) >= MIN_VALUE
                    and not NOT_REAL.search(value)
                    and not value.startswith("/")
                    and not value.isalpha()
                )
                if DOCKER_NAME.fullmatch(name) and plain:
                    fix = "Revoke it, and pass it when the container starts, or as a build secret (RUN --mount=type=secret)."
                    yield fault(
                        CHECKPOINT,
                        instruction.line_with(name),
                        f"{instruction.word} {name} holds a literal: ********",
                        fix,
                        instruction.last,
                    )


def _fault(text: str, match: re.Match[str], message: str) -> Observation:
    return fault(CHECKPOINT, _line(text, match), message, last=_line(text, match))


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1


def _commented(text: str, match: re.Match[str]) -> bool:
    """Whether the line is a comment up to the match."""
    start = text.rfind("\n", 0, match.start()) + 1
    return text[start : match.start()].lstrip().startswith(("#", "//", "*"))
