"""A skill in a user's pack: the whole contract, and failures on request."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, Field

from agent.api import (
    Action,
    Evidence,
    MlwrightError,
    Plan,
    PlannedFile,
    Progress,
    Report,
    Task,
    machine,
    now,
    sha256_file,
)


class Greeting(BaseModel):
    """Whom to greet."""

    who: str = Field(default="world", min_length=1, description="whom to greet")
    mood: str = Field(default="plain", description="plain, slow, broken or refused")


class Greet:
    """Writes a greeting."""

    name = "greet"
    version = "1"
    actions = (Action("write", "Write a greeting to a file.", Greeting),)
    provides: Mapping[str, str] = {}

    def plan(self, task: Task, report: Report) -> Plan:
        """Plan one file."""
        assert isinstance(task.parameters, Greeting)
        report(Progress(step="thinking of a greeting", done=1, total=1))
        match task.parameters.mood:
            case "slow":
                time.sleep(60)
            case "broken":
                raise ZeroDivisionError("a fault of the skill")
            case "refused":
                raise MlwrightError("no greeting today", "ask tomorrow")
            case _:
                print("this goes to the log")
        text = f"Hello, {task.parameters.who}!\n"
        return Plan(
            skill=self.name,
            action=task.action,
            version=self.version,
            answers=task.parameters.model_dump(mode="json"),
            files=(PlannedFile(path="greeting.txt", text=text),),
        )

    def verify(self, task: Task, project: Path, report: Report) -> Iterator[Evidence]:
        """Read the greeting back."""
        assert isinstance(task.parameters, Greeting)
        path = project / "greeting.txt"
        found = path.read_text(encoding="utf-8")
        yield Evidence(
            claim="the greeting greets the right one",
            skill=self.name,
            check="greets",
            kind="deterministic",
            passed=task.parameters.who in found,
            command=("read", "greeting.txt"),
            exit_code=0 if task.parameters.who in found else 1,
            seconds=0.0,
            output_sha256=sha256_file(path),
            values={"characters": len(found), "files": sum(item.is_file() for item in project.rglob("*"))},
            machine=machine(),
            at=now(),
        )


skill = Greet()
