"""Secrets in a request: taken out before anything reads it, so that none reaches an answer, a record, a log or a model.

The forms are wider than those that `check` reports in a project: a word too many that is taken out of a request costs
nothing, a key that is passed on does.
"""

import re
from typing import NamedTuple

# Short and without a word of its own: what is left of the request must read as it would without.
MARK = "[...]"
VALUE = r"[^\s\"'`<>,;]"
# What each is called, and the pattern; what the group `secret` matches is taken out, or else all of it.
FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----(?:.{20,8000}?-----END [A-Z ]*PRIVATE KEY[A-Z ]*-----|(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{20,})+)", re.S)),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}(?![a-z])")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}")),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{10,}")),
    ("a Slack token", re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/\S+")),
    ("an API key", re.compile(r"\b(?:sk|pk|rk)[-_](?:ant-|proj-|live_|test_|or-|svcacct-)?[A-Za-z0-9_-]{16,}")),
    ("a Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{20,}|\bya29\.[A-Za-z0-9_-]{20,}")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{16,}")),
    ("a package registry token", re.compile(r"\b(?:pypi-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{20,})")),
    ("a signed token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")),
    ("the password of an address", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"']*:(?P<secret>[^\s@\"']+)@(?=[\w.\[-])", re.I)),
    ("a signed address", re.compile(r"(?<=[?&])(?:X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-(?:Signature|Credential)|sig|se?sig|token|api[_-]?key|access[_-]?token|AWSAccessKeyId|Signature)=(?P<secret>[^\s&#\"'<>]+)", re.I)),
    ("a bearer token", re.compile(r"\b(?:bearer|basic)\s+(?P<secret>[A-Za-z0-9+/_.~-]{12,}=*)", re.I)),
    ("a password or key", re.compile(
        r"\b(?P<name>[\w-]*(?:passwor[dt]|passwd|pwd|passphrase|secret|api[ _-]?key|access[ _-]?key|account[ _-]?key|auth[ _-]?token|access[ _-]?token)[\w-]*)\"?'?"
        rf"\s*(?:=|:|:=|=>|\bis\b|\blautet\b)\s*[\"'`]?(?P<secret>(?=\S*[0-9!#$%&*+/?@^~-]){VALUE}{{8,}})", re.I)),
    ("a password or key", re.compile(r"(?<![A-Za-z0-9/+_-])(?=[A-Za-z0-9/+]*[0-9])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])")),
)  # fmt: skip


class Redacted(NamedTuple):
    """A text without its secrets, and what they were, each named once."""

    text: str
    removed: tuple[str, ...]


def redacted(text: str) -> Redacted:
    """Take the secrets out of a text; where each was it says so."""
    removed: dict[str, None] = {}
    for name, pattern in FORMS:
        text = pattern.sub(lambda found, name=name: _without(found, name, removed), text)
    return Redacted(text, tuple(removed))


def _without(found: re.Match[str], name: str, removed: dict[str, None]) -> str:
    removed[name] = None
    whole = found[0]
    if "secret" not in found.re.groupindex:
        return MARK
    start, end = found.start("secret") - found.start(), found.end("secret") - found.start()
    return f"{whole[:start]}{MARK}{whole[end:]}"
