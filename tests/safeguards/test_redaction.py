"""Secrets are taken out of a request, and nothing else is."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.chat.gathered import gather
from agent.engine import Engine
from agent.safeguards.redaction import redacted

# Put together here, so that no scanner takes them for real.
SECRETS = {
    "an AWS access key": "AKIA" + "Q7ZPX3LMWN4RKTC2",
    "a GitHub token": "ghp_" + "V7kQ2mZx9RtB4nLw8YcJ3dHf6GsP1aUe5oWi",
    "a GitLab token": "glpat-" + "Xw7Rb3Tn9Kd2",
    "a Slack token": "xoxb-" + "7431298765-9Zk2Lm4Qw8Rt",
    "an API key": "sk-" + "proj-q8Vn2Mz7Xc4Wb9Lk3Tp",
    "a Google API key": "AIza" + "SyZt7Lm2Qx9Wv4Rb8Nc3Kd6Hf1Jg5",
    "a Hugging Face token": "hf_" + "qWzLmTxRvBnKcJdPsYgH",
    "a package registry token": "pypi-" + "AgEIcHlwaS5vcmcCJDk2Zm",
    "a signed token": "eyJ" + "hbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
    "a bearer token": "Authorization: Bearer " + "7Zx1Bk6Nd3Hj9Gf5Qp",
    "the password of an address": "postgres://scorer:" + "Vh7tLq93Zr@db.acme.io/ml",
    "a signed address": "https://x.io/m.onnx?" + "X-Amz-Signature=9f8e27c4b1a6d350",
    "a password or key": "password: " + "Sommer26!Kx9",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAYt2Ws8Pq4Vm7\n-----END RSA PRIVATE KEY-----",
}
PARTS = {
    "a bearer token": "7Zx1Bk6Nd3Hj9Gf5Qp",
    "the password of an address": "Vh7tLq93Zr",
    "a signed address": "9f8e27c4b1a6d350",
    "a password or key": "Sommer26!Kx9",
    "a private key": "MIIEowIBAAKC",
}
REQUEST = "Deploy our XGBoost model from {} behind an API, p99 under 50 ms at 800 rps"


@pytest.mark.parametrize("kind", SECRETS)
def test_each_form_is_taken_out_and_named(kind: str) -> None:
    found = redacted(REQUEST.format(SECRETS[kind]))
    assert PARTS.get(kind, SECRETS[kind]) not in found.text
    assert kind in found.removed
    assert found.text.endswith("p99 under 50 ms at 800 rps")


@pytest.mark.parametrize(
    "text",
    [
        "the secret is to batch requests",
        "our API key rotation takes 3 days and the token budget is 4096 tokens",
        "password hashing with argon2id, which parameters?",
        "p99-50ms-800rps at https://api.acme.io/v1/score?model=fraud-v2",
        "ssh-keygen asks for a passphrase: how long should it be?",
        "commit 9f8e27c4b1a6d3509f8e27c4b1a6d3509f8e27c4 broke the training run",
    ],
)
def test_what_only_talks_of_secrets_is_left_alone(text: str) -> None:
    assert redacted(text) == (text, ())


@given(st.text(max_size=300))
def test_taking_out_twice_changes_nothing_more(text: str) -> None:
    once = redacted(text).text
    assert redacted(once).text == once


def test_no_example_of_the_router_is_taken_for_a_secret(engine: Engine) -> None:
    assert [example.text for example in engine.examples() if redacted(example.text).removed] == []


def test_no_secret_of_a_request_stands_in_anything_that_comes_of_it(lexical_engine: Engine) -> None:
    text = REQUEST.format(" and ".join(SECRETS.values()))
    turn = asyncio.run(gather(lexical_engine.turn(text, "ml-engineer")))
    said = turn.answered().model_dump_json() + lexical_engine.route(text).model_dump_json()
    assert [kind for kind, secret in SECRETS.items() if PARTS.get(kind, secret) in said] == []
    assert "was removed before anything read it" in turn.answer
