"""The child process a skill runs in: `python -I -m agent.skills.child FD`, where FD takes the messages.

One line of JSON comes on stdin, and stdin then stays open for as long as the parent lives: its end means that the
parent is gone, and ends this process and every server it started.
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ValidationError

from agent.errors import BadRequest, MlwrightError, Refused, UnknownName
from agent.proof.progress import Progress
from agent.skills.contract import Action, ActionDescription, Description, Message, Request, Skill, Task
from agent.skills.discovery import load

Send = Callable[[str, BaseModel | None], None]


def main() -> None:
    """Serve one request and exit: 0 after `done`, 1 after `failed`."""
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    request = Request.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with os.fdopen(descriptor, "w", encoding="utf-8", buffering=1) as stream:

        def send(kind: str, data: BaseModel | None = None) -> None:
            message = Message.model_validate({"type": kind, "data": data.model_dump(mode="json") if data else {}})
            stream.write(message.model_dump_json() + "\n")

        sys.exit(_guarded(request, send))


def _end_with_parent() -> None:
    # Not through sys.stdin: a thread inside its buffer would hold up the interpreter's end by a second.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


class Failure(BaseModel):
    """Why a request failed, in a shape that can cross the process border."""

    error: str
    message: str
    hint: str = ""


def _guarded(request: Request, send: Send) -> int:
    try:
        _serve(request, send)
    except MlwrightError as error:
        send("failed", Failure(error=type(error).__name__, message=error.message, hint=error.hint))
        return 1
    except OSError as error:
        send("failed", Failure(error="ConfigurationError", message=f"{request.phase}: {error}"))
        return 1
    except Exception as error:
        # The skill's own fault: its log has the traceback, the user gets one line.
        logging.getLogger("mlwright").exception("the skill failed")
        send(
            "failed",
            Failure(
                error="MlwrightError",
                message=f"the skill failed: {type(error).__name__}: {error}",
                hint="--verbose shows its log",
            ),
        )
        return 1
    send("done", None)
    return 0


def _serve(request: Request, send: Send) -> None:
    skill = load(Path(request.folder), request.pack)
    if request.phase == "describe":
        send("described", describe(skill))
        return
    action = _action(skill, request.action)
    task = Task(
        action=action.name,
        parameters=_parameters(action, request.parameters),
        base=Path(request.base),
        scratch=Path(request.scratch),
        trusted=frozenset(request.trusted),
    )

    def report(progress: Progress) -> None:
        send("progressed", progress)

    if request.phase == "plan":
        send("planned", skill.plan(task, report))
        return
    if request.project is None:
        raise BadRequest("verify needs a project folder")
    for evidence in skill.verify(task, Path(request.project), report):
        send("proved", evidence)


def describe(skill: Skill) -> Description:
    """Return what a face shows of a skill."""
    actions = tuple(
        ActionDescription(
            name=action.name,
            summary=action.summary,
            writes=action.writes,
            parameters=action.parameters.model_json_schema(),
        )
        for action in skill.actions
    )
    return Description(name=skill.name, version=skill.version, actions=actions, provides=dict(skill.provides))


def _action(skill: Skill, name: str) -> Action:
    known = {action.name: action for action in skill.actions}
    if not known:
        raise Refused(f"the skill {skill.name} has no actions")
    if name and name not in known:
        raise UnknownName.of("action", name, known, f"mlwright skills show {skill.name}")
    return known[name] if name else skill.actions[0]


def _parameters(action: Action, given: dict[str, object]) -> BaseModel:
    try:
        return action.parameters.model_validate(json.loads(json.dumps(given)), strict=False)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'parameters'}: {fault['msg']}" for fault in error.errors()
        )
        names = ", ".join(action.parameters.model_fields)
        raise BadRequest(f"{action.name}: {faults}", f"parameters: {names}") from error


if __name__ == "__main__":
    main()
