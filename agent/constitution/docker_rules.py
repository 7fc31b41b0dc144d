"""Rules about Dockerfiles: what ends up in the image, and who runs in it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from agent.constitution.dockerfile import (
    Dockerfile,
    Instruction,
    Stage,
    assignments,
    development,
    image_name,
    parse,
    substitute,
)
from agent.constitution.observation import Observation, doubt, fault, good, note
from agent.constitution.sources import Source

FULL_PYTHON = re.compile(r"(latest|\d+(\.\d+)*([a-z]+\d+)?)?(-(bookworm|bullseye|buster|trixie|stretch))?")
SLIM = re.compile(r"slim|alpine|distroless|chiseled|micro|minimal|static")
# Images whose user is root unless told otherwise, by their documentation.
ROOT_IMAGES = frozenset(
    {
        "python", "debian", "ubuntu", "alpine", "fedora", "centos", "amazonlinux", "rockylinux", "almalinux", "busybox", "node", "golang", "rust", "nvidia/cuda",
        "pytorch/pytorch", "tensorflow/tensorflow", "continuumio/miniconda3", "condaforge/miniforge3", "pypy", "scratch", "openjdk", "eclipse-temurin",
        "tiangolo/uvicorn-gunicorn-fastapi", "tiangolo/uvicorn-gunicorn",
    }
)  # fmt: skip
DROPPING = re.compile(r"\b(gosu|su-exec|setpriv|runuser|chroot --userspec|s6-setuidgid)\b")
# Small, and installed to install the rest.
INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm", "hatch"})
AGENTS = {"opentelemetry-instrument", "ddtrace-run", "newrelic-admin"}


@dataclass(frozen=True)
class Surroundings:
    """What the rest of the project says about its Dockerfiles: which .dockerignore files there are, and a script's text."""

    dockerignored: Callable[[str], bool]
    script: Callable[[str], str]


def docker(source: Source, around: Surroundings) -> Iterator[Observation]:
    """Judge one Dockerfile; one for development or tests is left alone."""
    if source.role == "test" or development(source.path):
        return
    parsed = parse(source.text)
    chain = parsed.shipped()
    if not chain:
        return
    for instruction in chain[0].instructions:
        if instruction.word in {"CMD", "ENTRYPOINT"} and any(agent in instruction.text for agent in AGENTS):
            yield note("metrics", instruction.line, "an agent in the start command")
    yield from _image(source, chain, around)
    yield from _user(source, parsed, chain, around)


def _image(source: Source, chain: list[Stage], around: Surroundings) -> Iterator[Observation]:
    checkpoint = "cost.image"
    faults = [*_base(chain[-1]), *_pip(chain), *_context(source, chain, around)]
    yield from faults
    base = chain[-1].base
    if faults:
        return
    if base is not None and (SLIM.search(base) or base == "scratch"):
        yield good(checkpoint, chain[-1].line, f"the image stands on {base}")
    else:
        yield doubt(checkpoint, chain[-1].line, f"whether {base or 'the base image'} is a small one is not known")


def _base(stage: Stage) -> Iterator[Observation]:
    checkpoint = "cost.image"
    if stage.base is None or stage.base == "scratch":
        return
    name, tag, pinned = image_name(stage.base)
    if name == "python" and not pinned and FULL_PYTHON.fullmatch(tag or ""):
        smaller = (
            "python:3.12-slim"
            if tag in {None, "latest"}
            else f"python:{tag}"
            if tag and "slim" in tag
            else f"python:{(tag or '').partition('-')[0]}-slim"
        )
        message = f"the image stands on {stage.base}, which carries compilers and headers that a service does not run"
        yield fault(checkpoint, stage.line, message, f"Build in one stage and ship on {smaller}.", stage.last)
    elif not pinned and tag in {None, "latest"}:
        yield fault(
            checkpoint,
            stage.line,
            f"{stage.base} is not pinned: every build may stand on another image",
            "Name a version tag, or a digest.",
            stage.last,
        )


def _pip(chain: list[Stage]) -> Iterator[Observation]:
    instructions = [instruction for stage in reversed(chain) for instruction in stage.instructions]
    settings = {name for item in instructions if item.word in {"ENV", "ARG"} for name, _ in assignments(item)}
    everything = "\n".join(item.text for item in instructions)
    if "PIP_NO_CACHE_DIR" in settings or "pip.conf" in everything or "no-cache-dir true" in everything:
        return
    for instruction in instructions:
        if instruction.word != "RUN" or any("type=cache" in flag for flag in instruction.flags):
            continue
        if "pip cache purge" in instruction.text or re.search(r"rm -\w+ .*\.cache", instruction.text):
            continue
        if any(_keeps_cache(words) for words in instruction.commands()):
            yield fault(
                "cost.image",
                instruction.line_with("pip", "install"),
                "pip install leaves its cache in the image",
                "Add --no-cache-dir, or set ENV PIP_NO_CACHE_DIR=1.",
                instruction.last,
            )


def _keeps_cache(words: list[str]) -> bool:
    """Whether a command is a pip install that keeps its downloads."""
    position = 0
    while position < len(words) and (
        re.fullmatch(r"\w+=.*", words[position]) or words[position] in {"sudo", "exec", "time"}
    ):
        if words[position].startswith("PIP_NO_CACHE_DIR="):
            return False
        position += 1
    program, *arguments = words[position:] or [""]
    name = PurePosixPath(program).name
    if re.fullmatch(r"python[\d.]*", name) and arguments[:2] == ["-m", "pip"]:
        arguments = arguments[2:]
    elif not re.fullmatch(r"pip[\d.]*", name):
        return False
    command, *packages = [item for item in arguments if not item.startswith("-")] or [""]
    installers = packages and all(re.split(r"[<>=~!\[]", item)[0] in INSTALLERS for item in packages)
    return command == "install" and not installers and not any(item.startswith("--no-cache") for item in arguments)


def _context(source: Source, chain: list[Stage], around: Surroundings) -> Iterator[Observation]:
    for stage in chain:
        for instruction in stage.instructions:
            whole = (
                instruction.word in {"COPY", "ADD"}
                and not any(flag.startswith("--from") for flag in instruction.flags)
                and instruction.rest.split()[:1] in (["."], ["./"])
            )
            if whole and not around.dockerignored(source.path):
                message = (
                    "the whole folder is copied and no .dockerignore keeps .git, data and virtual environments out"
                )
                yield fault(
                    "cost.image",
                    instruction.line,
                    message,
                    "Write a .dockerignore beside the Dockerfile, or copy only what runs.",
                    instruction.last,
                )


def _user(source: Source, parsed: Dockerfile, chain: list[Stage], around: Surroundings) -> Iterator[Observation]:
    checkpoint = "security.non-root"
    users = [
        instruction for stage in chain for instruction in reversed(stage.instructions) if instruction.word == "USER"
    ]
    if _drops(source, chain, around):
        yield doubt(checkpoint, chain[0].line, "the container starts as root and its start script gives that up")
    elif users:
        yield from _named_user(parsed, chain, users[0])
    elif chain[-1].base is None:
        yield doubt(checkpoint, chain[0].line, "the base image, whose user runs, is not known")
    else:
        name, tag, _ = image_name(chain[-1].base)
        if name in ROOT_IMAGES or (name.startswith("gcr.io/distroless/") and "nonroot" not in (tag or "")):
            yield fault(
                checkpoint, chain[0].line, f"the final stage sets no USER, and {name} runs as root", last=chain[0].last
            )
        elif "nonroot" in (tag or ""):
            yield good(checkpoint, chain[0].line, f"{chain[-1].base} runs as a user of its own")
        else:
            yield doubt(checkpoint, chain[0].line, f"no USER is set, and the user of {chain[-1].base} is not known")


def _named_user(parsed: Dockerfile, chain: list[Stage], last: Instruction) -> Iterator[Observation]:
    checkpoint = "security.non-root"
    values = {**parsed.arguments}
    for stage in reversed(chain):
        for instruction in stage.instructions:
            if instruction.word in {"ARG", "ENV"}:
                values |= dict(assignments(instruction))
    user = substitute(last.rest, values)
    if user is None:
        yield doubt(checkpoint, last.line, f"who USER {last.rest} is depends on the build")
    elif user.partition(":")[0].strip().lower() in {"root", "0"}:
        yield fault(checkpoint, last.line, f"USER {user} runs the container as root", last=last.last)
    else:
        yield good(checkpoint, last.line, f"USER {user}")


def _drops(source: Source, chain: list[Stage], around: Surroundings) -> bool:
    """Whether something in the image gives root up at the start: then USER is not what decides."""
    for stage in chain:
        for instruction in stage.instructions:
            if instruction.word in {"RUN", "ENTRYPOINT", "CMD"} and DROPPING.search(instruction.text):
                return True
            if instruction.word in {"ENTRYPOINT", "CMD"}:
                scripts = re.findall(r"[\w./-]+\.sh\b", instruction.text)
                if any(DROPPING.search(around.script(PurePosixPath(script).name)) for script in scripts):
                    return True
    return False
