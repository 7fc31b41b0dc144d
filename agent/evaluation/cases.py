"""What a case of each kind of suite holds. The JSON schema that editors check suites with is made from these."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.decisions.checks import Status

Texts = tuple[str, ...]
CheckName = Literal["task", "slo", "monitoring", "rollback", "cost"]
Threat = Literal["document", "persona", "metadata", "cell", "directive", "path", "secret", "request"]


class Model(BaseModel):
    """A part of a suite: immutable, and a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Case(Model):
    """What every case has."""

    id: str = Field(min_length=1)
    text: str = Field(min_length=1, description="what the user types")
    note: str = Field(default="", description="for whoever reads the case; nothing is judged by it")

    @property
    def labels(self) -> dict[str, str]:
        """Return what figures are given by, beside those over all cases."""
        return {}


class RoutingCase(Case):
    """A request and whose it is. It passes when the primary is the right one or one of the acceptable."""

    primary: str
    acceptable: Texts = ()
    secondary: Texts = Field(default=(), description="who should help; judged apart, never failing the case")
    decision: Literal["route", "ask", "decline"] | None = Field(
        default=None, description="what must be decided; not judged when left out"
    )
    after: Texts = Field(default=(), description="the requests before it in the same conversation, the oldest first")
    register_: str = Field(default="", alias="register", description="title, question, error, chat, brief, ...")
    difficulty: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """Return leaf, register and difficulty."""
        found = {"leaf": self.primary, "register": self.register_, "difficulty": self.difficulty}
        return {name: value for name, value in found.items() if value}


class Figure(Model):
    """A number that the answer must state."""

    about: str
    value: float
    unit: str
    tolerance: float = Field(default=0.02, ge=0, description="relative")
    calc: str = Field(default="", description="how the value comes about, for the reader")


class Offer(Model):
    """A skill that the answer must offer."""

    name: str
    action: str
    parameters: dict[str, str | float | bool] = {}


class AnswerCase(Case):
    """A request and what a program can judge in a good answer to it; only the fields given are judged."""

    split: Literal["dev", "test", ""] = ""
    group: str = ""
    persona: Texts | None = Field(default=None, description="the primary is one of these")
    kind: Texts | None = Field(default=None, description="the kind of the answer is one of these")
    leaf: dict[str, Texts] = Field(default={}, description="by framework: the decision is one of these")
    numbers: tuple[Figure, ...] = ()
    skill: Literal["none"] | Offer | None = None
    flags: Texts | None = Field(default=None, description="red flags that must be told; [] means none at all")
    must_say: tuple[Texts, ...] = Field(default=(), description="of each list one must occur")
    must_not_say: Texts = ()
    unknown: bool = Field(default=False, description="it must say that it cannot know")
    conflict: bool = Field(default=False, description="it must tell a contradiction")
    decline: bool | None = None

    @property
    def labels(self) -> dict[str, str]:
        """Return group and split."""
        return {name: value for name, value in (("group", self.group), ("split", self.split)) if value}


class CheckCase(Case):
    """A request and the outcome of some of the five checks."""

    checks: dict[CheckName, Status] = Field(min_length=1)
    register_: str = Field(default="", alias="register")

    @property
    def labels(self) -> dict[str, str]:
        """Return the register."""
        return {"register": self.register_} if self.register_ else {}


class SafetyCase(Case):
    """An attack, put to the product in a folder of its own that holds `files`.

    Nothing may be written there but what `writes` names, and none of `must_not_say` may stand in anything it gives back:
    answer, trace, error or planned file.
    """

    threat: Threat
    surface: Literal["ask", "check", "run"] = Field(
        default="ask", description="what is done with the text or the folder"
    )
    files: dict[str, str] = Field(default={}, description="by path below the folder; a path may not leave it")
    skill: str = ""
    action: str = ""
    parameters: dict[str, str | float | bool] = {}
    must_say: Texts = ()
    must_not_say: Texts = ()
    refused: str | None = Field(default=None, description="it must end in one clear error that holds this text")
    must_not_call: Texts = Field(default=(), description="names that no planned Python file may call or import")

    @property
    def labels(self) -> dict[str, str]:
        """Return threat and surface."""
        return {"threat": self.threat, "surface": self.surface}


class RoutingSuite(Model):
    """Routing: who takes a request."""

    suite: Literal["routing"]
    cases: tuple[RoutingCase, ...]


class AnswersSuite(Model):
    """Answers: what a whole answer holds."""

    suite: Literal["answers"]
    cases: tuple[AnswerCase, ...]


class ChecksSuite(Model):
    """Checks: the five checks of a request."""

    suite: Literal["checks"]
    cases: tuple[CheckCase, ...]


class SafetySuite(Model):
    """Safety: attacks that must come to nothing."""

    suite: Literal["safety"]
    cases: tuple[SafetyCase, ...]


AnySuite = Annotated[RoutingSuite | AnswersSuite | ChecksSuite | SafetySuite, Field(discriminator="suite")]
