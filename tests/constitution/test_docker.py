"""cost.image and security.non-root on Dockerfiles, and the reading of Dockerfiles itself."""

from collections.abc import Callable, Mapping
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.constitution.dockerfile import image_name, parse
from agent.constitution.model import Score

Judged = Callable[[str, Mapping[str, str]], Score]


def lines(score: Score) -> list[int]:
    return [finding.line for finding in score.findings]


IMAGES: dict[str, tuple[str, list[int]]] = {
    "a full python image": ("FROM python:3.12\n", [1]),
    "a full python image by release and distribution": ("FROM docker.io/library/python:3.12.1-bookworm\n", [1]),
    "python without a tag": ("FROM python\n", [1]),
    "no tag": ("FROM ubuntu\n", [1]),
    "latest": ("# syntax=docker/dockerfile:1\nFROM ghcr.io/a/b:latest\n", [2]),
    "a slim one": ("FROM python:3.12-slim\n", []),
    "a digest": ("FROM ubuntu@sha256:" + "a" * 64 + "\n", []),
    "a registry with a port and no tag": ("FROM registry:5000/a/b\n", [1]),
    "an argument with a default": ("ARG TAG=3.12\nFROM python:${TAG}\n", [2]),
    "an argument without one": ("ARG BASE\nFROM $BASE\n", []),
    "a full image that only builds": (
        "FROM python:3.12 AS build\nFROM python:3.12-slim\nCOPY --from=build /v /v\n",
        [],
    ),
    "a stage on a full image": ("FROM python:3.12 AS base\nRUN true\nFROM base\n", [1]),
    "pip's cache": ("FROM python:3.12-slim\nRUN pip install -r requirements.txt\n", [2]),
    "pip's cache on a later line": (
        "FROM python:3.12-slim\nRUN apt-get update && \\\n    # tools\n    python3 -m pip install numpy\n",
        [4],
    ),
    "pip's cache in exec form": ('FROM python:3.12-slim\nRUN ["pip", "install", "numpy"]\n', [2]),
    "pip's cache in a heredoc": ("FROM python:3.12-slim\nRUN <<EOF\nset -e\npip install numpy\nEOF\nUSER 1\n", [4]),
    "no cache": ("FROM python:3.12-slim\nRUN /venv/bin/pip install --no-cache-dir numpy\n", []),
    "no cache by the environment": ("FROM python:3.12-slim\nENV PIP_NO_CACHE_DIR=1\nRUN pip install numpy\n", []),
    "no cache by a variable": ("FROM python:3.12-slim\nRUN PIP_NO_CACHE_DIR=1 pip install numpy\n", []),
    "a cache mount": ("FROM python:3.12-slim\nRUN --mount=type=cache,target=/root/.cache pip install numpy\n", []),
    "a cache that is removed": ("FROM python:3.12-slim\nRUN pip install numpy && rm -rf /root/.cache\n", []),
    "pip that installs installers": ("FROM python:3.12-slim\nRUN pip install --upgrade pip 'uv>=0.5'\n", []),
    "pip in a stage that does not ship": (
        "FROM python:3.12-slim AS build\nRUN pip install numpy\nFROM python:3.12-slim\n",
        [],
    ),
    "another installer": ("FROM python:3.12-slim\nRUN uv pip install numpy && echo 'pip install'\n", []),
    "the whole folder": ("FROM python:3.12-slim\nCOPY . /app\n", [2]),
    "the whole folder in a stage that does not ship": (
        "FROM python:3.12-slim AS build\nCOPY . .\nFROM python:3.12-slim\nCOPY --from=build . .\n",
        [],
    ),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_holds_what_runs(name: str, judged: Judged) -> None:
    text, expected = IMAGES[name]
    assert lines(judged("cost.image", {"Dockerfile": text})) == expected


@pytest.mark.parametrize("ignore", [".dockerignore", "docker/.dockerignore", "docker/api.dockerfile.dockerignore"])
def test_a_dockerignore_that_may_cover_the_context_is_enough(ignore: str, judged: Judged) -> None:
    files = {"docker/api.dockerfile": "FROM python:3.12-slim\nCOPY . .\n", ignore: ".git\n"}
    assert judged("cost.image", files).findings == ()


def test_a_small_pinned_base_passes_and_an_unknown_one_does_not(judged: Judged) -> None:
    assert judged("cost.image", {"Dockerfile": "FROM python:3.12-slim\n"}).status == "PASS"
    assert judged("cost.image", {"Dockerfile": "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n"}).status == "UNKNOWN"
    assert judged("cost.image", {"a.py": "x = 1\n"}).status == "UNKNOWN"


USERS: dict[str, tuple[str, str, list[int]]] = {
    "no user": ("FROM python:3.12-slim\nRUN true\n", "FAIL", [1]),
    "no user in the final stage": ("FROM python:3.12-slim AS a\nUSER 1\nFROM python:3.12-slim\n", "FAIL", [3]),
    "root": ("FROM python:3.12-slim\nUSER app\nUSER root\n", "FAIL", [3]),
    "number 0": ("FROM ubuntu:24.04\nUSER 0:0\n", "FAIL", [2]),
    "root by an argument": ("FROM ubuntu:24.04\nARG WHO=root\nUSER $WHO\n", "FAIL", [3]),
    "a user": ("FROM python:3.12-slim\nUSER root\nRUN true\nUSER 10001\n", "PASS", []),
    "a user by an argument": ("FROM python:3.12-slim\nARG UID=1000\nUSER ${UID}\n", "PASS", []),
    "a user from an earlier stage": ("FROM python:3.12-slim AS base\nUSER app\nFROM base\n", "PASS", []),
    "a user that depends on the build": ("FROM python:3.12-slim\nARG WHO\nUSER $WHO\n", "UNKNOWN", []),
    "an image with a user of its own": ("FROM gcr.io/distroless/python3-debian12:nonroot\n", "PASS", []),
    "distroless with root": ("FROM gcr.io/distroless/python3-debian12\n", "FAIL", [1]),
    "an image nobody knows": ("FROM ghcr.io/a/b:1\n", "UNKNOWN", []),
    "a start script that gives root up": ('FROM debian:12\nRUN apt-get install -y gosu\nCMD ["a"]\n', "UNKNOWN", []),
}


@pytest.mark.parametrize("name", USERS)
def test_who_runs(name: str, judged: Judged) -> None:
    text, status, expected = USERS[name]
    score = judged("security.non-root", {"Dockerfile": text})
    assert (score.status, lines(score)) == (status, expected)


def test_an_entrypoint_script_of_the_project_is_read(judged: Judged) -> None:
    docker = 'FROM debian:12\nCOPY start.sh /\nENTRYPOINT ["/start.sh"]\n'
    files = {"Dockerfile": docker, "start.sh": '#!/bin/sh\nexec setpriv --reuid=1000 "$@"\n'}
    assert judged("security.non-root", files).status == "UNKNOWN"
    assert judged("security.non-root", {**files, "start.sh": 'exec "$@"\n'}).status == "FAIL"


@pytest.mark.parametrize(
    "path", ["Dockerfile.dev", "docker/test/Dockerfile", "tests/Dockerfile", "ci.dockerfile", "Dockerfile.j2"]
)
def test_what_does_not_ship_is_left_alone(path: str, judged: Judged) -> None:
    text = "FROM python:latest\nRUN pip install x\n"
    assert judged("security.non-root", {path: text}).status == "UNKNOWN"
    assert judged("cost.image", {path: text}).status == "UNKNOWN"


@pytest.mark.parametrize("path", ["Containerfile", "deploy/Dockerfile.api", "api.Dockerfile"])
def test_dockerfiles_by_other_names(path: str, judged: Judged) -> None:
    assert judged("security.non-root", {path: "FROM python:3.12-slim\n"}).status == "FAIL"


def test_instructions_keep_their_lines() -> None:
    text = dedent("""
        ARG BASE=python:3.12-slim
        from --platform=linux/amd64 ${BASE} as build
        env A=1 \\
            B="two words"

        RUN --mount=type=cache,target=/x echo "a && b" && \\
            # a comment
            make; ls
        """).lstrip("\n")
    (stage,) = parse(text).stages
    env, run = stage.instructions
    assert (stage.base, stage.name, stage.line) == ("python:3.12-slim", "build", 2)
    assert (env.word, env.line, env.last) == ("ENV", 3, 4)
    assert list(run.commands()) == [["echo", "a && b"], ["make"], ["ls"]]
    assert run.flags == ["--mount=type=cache,target=/x"]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("python", ("python", None, False)),
        ("docker.io/library/python:3.12", ("python", "3.12", False)),
        ("registry:5000/a/b", ("registry:5000/a/b", None, False)),
        ("registry:5000/a/b:2@sha256:abc", ("registry:5000/a/b", "2", True)),
    ],
)
def test_the_parts_of_an_image_name(base: str, expected: tuple[str, str | None, bool]) -> None:
    assert image_name(base) == expected


@given(
    st.lists(st.sampled_from(["FROM a", "RUN <<E", "E", "\\", "RUN a \\", "#", "", "COPY . .", 'RUN ["a', "USER $"]))
)
def test_any_lines_parse(parts: list[str]) -> None:
    for stage in parse("\n".join(parts)).stages:
        for instruction in stage.instructions:
            assert 1 <= instruction.line <= instruction.last <= len(parts)
            assert all(words for words in instruction.commands())
