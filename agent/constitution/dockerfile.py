"""Dockerfiles: instructions with their lines, stages, and which of them end up in the image that ships."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::?-(?P<default>[^}]*))?\}|(?P<bare>\w+))")
HEREDOC = re.compile(r"<<-?\s*(?P<quote>[\"']?)(?P<word>\w+)(?P=quote)")
WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
OPERATORS = frozenset({"&&", "||", ";", "|", "&", "(", ")", ";;"})


@dataclass(frozen=True)
class Instruction:
    """An instruction: its upper-case word, its text on one line, and its physical lines with their numbers."""

    word: str
    text: str
    lines: tuple[tuple[int, str], ...]

    @property
    def line(self) -> int:
        """Return its first line."""
        return self.lines[0][0]

    @property
    def last(self) -> int:
        """Return its last line."""
        return self.lines[-1][0]

    def line_with(self, *words: str) -> int:
        """Return the first line that holds all of `words`, else its first line."""
        return next((number for number, text in self.lines if all(word in text for word in words)), self.line)

    @property
    def flags(self) -> list[str]:
        """Return the leading `--flags`."""
        found: list[str] = []
        for word in self.text.split():
            if not word.startswith("--"):
                break
            found.append(word)
        return found

    @property
    def rest(self) -> str:
        """Return the text after the flags."""
        text = self.text
        for flag in self.flags:
            text = text.strip().removeprefix(flag)
        return text.strip()

    def commands(self) -> Iterator[list[str]]:
        """Yield the commands of a RUN as words; none when the shell syntax is beyond reading."""
        if self.rest.startswith("["):
            try:
                yield [str(item) for item in json.loads(self.rest)]
            except (ValueError, RecursionError, TypeError):
                return
            return
        words: list[str] = []
        try:
            lexer = shlex.shlex(self.rest, posix=True, punctuation_chars=";&|()")
            lexer.whitespace_split = True
            lexer.commenters = ""
            for word in [*lexer, ";"]:
                if word in OPERATORS:
                    if words:
                        yield words
                    words = []
                else:
                    words.append(word)
        except ValueError:
            return


@dataclass
class Stage:
    """A build stage: the image or stage it starts from (None where that cannot be told), its name, its instructions."""

    base: str | None
    name: str
    line: int
    last: int
    instructions: list[Instruction] = field(default_factory=list[Instruction])


@dataclass
class Dockerfile:
    """A parsed Dockerfile."""

    stages: list[Stage]
    arguments: dict[str, str]

    def shipped(self) -> list[Stage]:
        """Return the final stage, then the stages it starts from; the last one stands on a real image."""
        if not self.stages:
            return []
        chain = [self.stages[-1]]
        for stage in reversed(self.stages[:-1]):
            below = chain[-1].base
            if (
                below is not None
                and below.lower() in {stage.name.lower(), str(self.stages.index(stage))}
                and (stage.name or below.isdigit())
            ):
                chain.append(stage)
        return chain


def parse(text: str) -> Dockerfile:
    """Parse a Dockerfile; what is no instruction is left out."""
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    for instruction in _instructions(text):
        if instruction.word == "FROM":
            stages.append(_stage(instruction, arguments))
        elif stages:
            stages[-1].instructions.append(instruction)
        elif instruction.word == "ARG":
            arguments |= dict(assignments(instruction))
    return Dockerfile(stages, arguments)


def assignments(instruction: Instruction) -> Iterator[tuple[str, str]]:
    """Yield the names and values an ENV or ARG sets, in either spelling."""
    try:
        words = shlex.split(instruction.rest)
    except ValueError:
        return
    if instruction.word == "ENV" and words and "=" not in words[0]:
        yield words[0], " ".join(words[1:])
        return
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            yield name, value


def substitute(text: str, values: dict[str, str]) -> str | None:
    """Return `text` with its variables filled in; None when one of them is not known."""
    # What cannot be filled in keeps its dollar sign.
    filled = VARIABLE.sub(lambda match: values.get(match["braced"] or match["bare"], match["default"] or "$"), text)
    return None if "$" in filled else filled


def image_name(base: str) -> tuple[str, str | None, bool]:
    """Return an image's name without Docker Hub's own prefixes, its tag, and whether a digest pins it."""
    name, _, digest = base.partition("@")
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        name = head
    else:
        tag = ""
    for prefix in ("docker.io/", "index.docker.io/", "library/", "public.ecr.aws/docker/library/"):
        name = name.removeprefix(prefix)
    return name, tag or None, bool(digest)


def development(path: str) -> bool:
    """Whether a Dockerfile's name or folder says that it is for development or tests, not for what ships."""
    words = {word for part in PurePosixPath(path.lower()).parts for word in re.split(r"[._-]", part)}
    return bool(
        words
        & {
            "dev",
            "develop",
            "development",
            "test",
            "tests",
            "testing",
            "ci",
            "debug",
            "devcontainer",
            "local",
            "lint",
            "docs",
        }
    )


def _instructions(text: str) -> Iterator[Instruction]:
    lines = list(enumerate(text.splitlines(), 1))
    held: list[tuple[int, str]] = []
    position = 0
    while position < len(lines):
        number, line = lines[position]
        position += 1
        if line.lstrip().startswith("#") or (not held and not line.strip()):
            continue
        held.append((number, line))
        if line.rstrip().endswith("\\"):
            continue
        first = held[0][1].split(maxsplit=1)
        word = first[0].upper() if first else ""
        if word in WITH_HEREDOC:
            position = _heredocs(lines, position, held)
        yield _instruction(word, held)
        held = []
    if held and held[0][1].split():
        yield _instruction(held[0][1].split(maxsplit=1)[0].upper(), held)


def _heredocs(lines: list[tuple[int, str]], position: int, held: list[tuple[int, str]]) -> int:
    for match in HEREDOC.finditer(" ".join(line for _, line in held)):
        ends = (index for index in range(position, len(lines)) if lines[index][1].strip() == match["word"])
        end = next(ends, len(lines) - 1)
        held += lines[position : end + 1]
        position = end + 1
    return position


def _instruction(word: str, held: list[tuple[int, str]]) -> Instruction:
    # A line of a heredoc ends a command; a continued line does not.
    joined = "".join(
        line.rstrip()[:-1] + " " if line.rstrip().endswith("\\") else line + " ; " for _, line in held
    ).removesuffix(" ; ")
    return Instruction(word, joined.strip()[len(word) :].strip(), tuple(held))


def _stage(instruction: Instruction, arguments: dict[str, str]) -> Stage:
    words = instruction.rest.split()
    base = substitute(words[0], arguments) if words else None
    match words[1:]:
        case [word, name, *_] if word.upper() == "AS":
            return Stage(base, name, instruction.line, instruction.last)
        case _:
            return Stage(base, "", instruction.line, instruction.last)
