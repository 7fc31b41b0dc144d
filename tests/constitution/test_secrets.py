"""security.secrets: credentials are found by their form, never shown, and samples are not taken for them."""

import hashlib
import string
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.constitution.model import Scan, Score
from agent.constitution.secret_rules import entropy

Judged = Callable[[str, Mapping[str, str]], Score]
Scanned = Callable[[Mapping[str, str]], Scan]
CHECKPOINT = "security.secrets"
ALNUM = string.ascii_letters + string.digits


def drawn(alphabet: str, length: int) -> str:
    """Return characters that no issuer gave out, so that nothing that looks like a key stands in this file."""
    digest = hashlib.shake_256(f"{alphabet}{length}".encode()).digest(length)
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


SECRETS = {
    "AWS": "AKIA" + drawn("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "AWS, temporary": "ASIA" + drawn("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "GitHub": "ghp_" + drawn(ALNUM, 36),
    "GitHub, fine-grained": "github_pat_" + drawn(ALNUM, 22) + "_" + drawn(ALNUM, 59),
    "Slack": "xoxb-" + drawn(string.digits, 12) + "-" + drawn(string.digits, 13) + "-" + drawn(ALNUM, 24),
    "Slack webhook": "https://hooks.slack.com/services/T0" + drawn(string.digits, 8) + "/B0" + drawn(string.digits, 8) + "/" + drawn(ALNUM, 24),
    "OpenAI": "sk-" + drawn(ALNUM, 20) + "T3Blbk" + "FJ" + drawn(ALNUM, 20),
    "Anthropic": "sk-ant-" + "api03-" + drawn(ALNUM + "_-", 93),
    "Google": "AIza" + drawn(ALNUM + "_-", 35),
    "Hugging Face": "hf_" + drawn(string.ascii_letters, 34),
    "Stripe": "sk_live_" + drawn(ALNUM, 24),
    "password": "postgresql://scorer:" + "Qz7" + drawn(ALNUM, 9) + "@db.prod.internal:5432/features",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "\n".join(drawn(ALNUM, 63 + i) for i in range(4)) + "\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("file", ["settings.py", "config.yaml", "deploy.sh", ".env"])
def test_a_secret_is_found_and_not_shown(name: str, file: str, scanned: Scanned) -> None:
    secret = SECRETS[name]
    quoted = f'KEY = """{secret}"""' if file.endswith(".py") else f"KEY: {secret}"
    scan = scanned({file: f"# line one\n{quoted}\n"})
    score = next(item for item in scan.scores if item.checkpoint == CHECKPOINT)
    assert [(finding.path, finding.line) for finding in score.findings] == [(file, 2)]
    told = scan.model_dump_json()
    assert secret not in told
    assert secret.strip()[-12:] not in told
    assert secret.partition("@")[0][-9:] not in told


NOT_SECRETS = {
    "the sample key of AWS's own documentation": "key = 'AKIAIOSFODNN7EXAMPLE'",
    "a key of one letter": "token = 'ghp_" + "x" * 36 + "'",
    "counted up": "token = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'",
    "part of something longer": "blob = 'Zz" + "AKIA" + drawn("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 30) + "'",
    "from the environment": "url = f'postgres://app:{password}@db.prod.internal/x'",
    "a shell variable": "url = 'postgres://app:${DB_PASSWORD_1}@db.prod.internal/x'",
    "a placeholder": "url = 'postgres://user:<password1>@db.prod.internal/x'",
    "changeme": "url = 'postgres://app:changeme123@db.prod.internal/x'",
    "a local database": "url = 'postgres://app:Zq81kfPw22@localhost/x'",
    "the header of a key alone": "if text.startswith('-----BEGIN RSA PRIVATE KEY-----'): pass",
    "a comment": "# postgres://app:Zq81kfPw22@db.prod.internal/x",
    "a docstring": "def f():\n    '''Connect to https://me:Zq81kfPw22@db.prod.internal/x.'''",
    "a port": "url = 'https://service.prod.internal:8080/a@b'",
    "a word that starts with sk-": "name = 'sk-learn-compatible-estimators-and-transformers-for-time-series'",
}


@pytest.mark.parametrize("name", NOT_SECRETS)
def test_no_secret_is(name: str, judged: Judged) -> None:
    score = judged(CHECKPOINT, {"settings.py": NOT_SECRETS[name] + "\n"})
    assert (score.status, score.findings) == ("PASS", ())


def test_an_address_in_prose_is_an_illustration(judged: Judged) -> None:
    assert judged(CHECKPOINT, {"README.md": SECRETS["password"]}).status == "PASS"


def test_tests_may_hold_what_looks_like_a_secret(judged: Judged) -> None:
    assert judged(CHECKPOINT, {"tests/data.py": f"x = '{SECRETS['GitHub']}'\n"}).status == "PASS"


def test_an_environment_file_that_git_ignores_is_where_a_secret_belongs(judged: Judged) -> None:
    files = {".env": SECRETS["GitHub"], "app/.env.local": SECRETS["GitHub"]}
    assert len(judged(CHECKPOINT, files).findings) == 2
    assert judged(CHECKPOINT, {**files, ".gitignore": "# secrets\n.env*\n"}).findings == ()


def test_a_literal_in_a_dockerfile(judged: Judged) -> None:
    text = """
        FROM python:3.12-slim
        ARG BUILD=1
        ENV DB_PASSWORD=Zq81kfPw22 \\
            API_KEY=Kp93mmXw41
        ENV MODEL_TOKEN Lw02qqZr77
        ENV DB_PASSWORD_FILE=/run/1secret/db SECRET=/run/secrets/a1 TOKENIZERS_PARALLELISM=false0
        ENV HF_TOKEN= ACCESS_KEY=$KEY1234 API_KEY=changeme99 PASSWORD=short1
        USER 1000
        """
    score = judged(CHECKPOINT, {"Dockerfile": text})
    assert [finding.line for finding in score.findings] == [3, 4, 5]
    assert not any("Zq81kfPw22" in finding.message for finding in score.findings)


def test_a_secret_in_a_file_that_does_not_parse_is_found(judged: Judged) -> None:
    files = {"broken.py": f"def (\nx = '{SECRETS['GitHub']}'\n", "broken.yaml": f"a: [\nb: {SECRETS['GitHub']}\n"}
    found = [(finding.path, finding.line) for finding in judged(CHECKPOINT, files).findings]
    assert sorted(found) == [("broken.py", 2), ("broken.yaml", 2)]


@given(st.text(alphabet="ab", min_size=1))
def test_entropy_lies_between_nothing_and_one_bit_for_two_characters(text: str) -> None:
    assert 0 <= entropy(text) <= 1
    assert entropy("") == 0
    assert entropy("abcd") == pytest.approx(2)
