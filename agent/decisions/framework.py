"""Decision frameworks: small trees of questions put to a brief, with a recommendation at every leaf; read from YAML.

knowledge/frameworks/*.yaml of every pack; a later pack's file replaces an earlier one's of the same id. A tree is a
node, or a list of questions in which no leads to the next and the last item stands for all that is left.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief, Task
from agent.decisions.catalogue import Catalogue, ToolStatus, load_catalogue
from agent.decisions.conditions import Case, Condition, Some, condition
from agent.decisions.content import Place, document, told
from agent.errors import Problem
from agent.resources import Pack

TASKS: frozenset[str] = frozenset(get_args(Task)) - {"unknown"}


@dataclass(frozen=True)
class Leaf:
    """A recommendation: what to do and why, what would change it, its tools, its sources, and what follows from it."""

    id: str
    choose: str
    reason: str
    changes: tuple[str, ...]
    tools: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A node. When the request does not answer it, `otherwise` is taken and the answer says so."""

    ask: str
    when: Condition
    yes: "Question | Leaf"
    no: "Question | Leaf"
    otherwise: bool = False


@dataclass(frozen=True)
class Framework:
    """A named tree, the tasks it is for, a condition under which it applies to others, and its rank among those that do."""

    id: str
    title: str
    tasks: tuple[str, ...]
    root: Question | Leaf
    also: Condition | None = None
    order: float = 50.0

    def leaves(self) -> Iterator[Leaf]:
        """Return every recommendation of the tree."""
        yield from _leaves(self.root)


class Answered(BaseModel):
    """A question of the walk, its answer, and whether the request gave it."""

    model_config = ConfigDict(frozen=True)

    question: str
    answer: bool
    known: bool
    likely: float | None = Field(
        default=None,
        description="the share of requests like this one for which the answer is yes, when nothing said it",
    )


class Decision(BaseModel):
    """What a framework recommends for a brief; `instead` are tools often expected here that it leaves out, and why."""

    model_config = ConfigDict(frozen=True)

    id: str
    framework: str
    title: str
    leaf: str
    choice: str
    reason: str
    changes: tuple[str, ...]
    tools: tuple[ToolStatus, ...]
    instead: tuple[ToolStatus, ...] = ()
    read: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    walk: tuple[Answered, ...]


def case_of(brief: Brief, catalogue: Catalogue) -> Case:
    """Return a request as conditions see it."""
    return Case(brief, brief.text.lower(), frozenset(tool.name for tool in catalogue.named(brief.text)))


# From this share on an answer that nothing in the request gives is taken from requests like it. Over the 2,466 requests of
# the likes, each left out, the walk ends in the right leaf in 0.42 of cases by conditions alone, in 0.85 with this.
SURE = 0.55


def decide(
    framework: Framework, brief: Brief, catalogue: Catalogue, shares: Mapping[str, float] | None = None
) -> Decision:
    """Walk a framework with a brief.

    A question that the request does not answer is answered by `shares`, the share of each leaf among requests like this
    one: P(yes) is the mass of the leaves below yes over the mass below the question. Else its `otherwise` is taken.
    """
    case = case_of(brief, catalogue)
    walk: list[Answered] = []
    place = framework.root
    while isinstance(place, Question):
        answer = place.when.holds(case)
        likely = _likely(place, shares) if answer is None and shares else None
        taken = answer if answer is not None else place.otherwise
        if likely is not None and max(likely, 1 - likely) >= SURE:
            taken = likely >= SURE
        walk.append(Answered(question=place.ask, answer=taken, known=answer is not None, likely=likely))
        place = place.yes if taken else place.no
    return Decision(
        id=framework.id,
        framework=framework.title,
        title=framework.title,
        leaf=place.id,
        choice=place.choose,
        reason=place.reason,
        changes=place.changes,
        tools=tuple(catalogue.get(name) for name in place.tools),
        instead=tuple(catalogue.get(name) for name in place.instead),
        read=place.read,
        steps=place.steps,
        risks=place.risks,
        walk=tuple(walk),
    )


def _likely(question: Question, shares: Mapping[str, float]) -> float | None:
    yes, no = (sum(shares.get(leaf.id, 0.0) for leaf in _leaves(side)) for side in (question.yes, question.no))
    return yes / (yes + no) if yes + no > 0 else None


def load_frameworks(packs: Iterable[Pack], catalogue: Catalogue | None = None) -> dict[str, Framework]:
    """Read and check every framework of the packs, by id; raises ContentError with every fault and its line."""
    sources = tuple(packs)
    tools = catalogue or load_catalogue(sources)
    problems: list[Problem] = []
    found: dict[str, Framework] = {}
    for pack in sources:
        here: dict[str, str] = {}
        for path in sorted((pack.folder("knowledge") / "frameworks").glob("*.yaml")):
            top = document(path, problems)
            framework = _framework(top, tools) if top is not None else None
            if top is None or framework is None:
                continue
            if framework.id in here:
                top.fault(f"the id {framework.id!r} is also that of {here[framework.id]}")
            here[framework.id] = path.name
            found[framework.id] = framework
    told(problems)
    return found


def _framework(top: Place, catalogue: Catalogue) -> Framework | None:
    fields = top.fields(("id", "title", "tasks", "tree"), ("also", "order"))
    if not {"id", "title", "tasks", "tree"} <= fields.keys():
        return None
    tasks = fields["tasks"].texts()
    for task in sorted(set(tasks) - TASKS):
        fields["tasks"].fault(f"{task!r} is not a task; there are: {', '.join(sorted(TASKS))}")
    leaves: dict[str, Place] = {}
    root = _node(fields["tree"], lambda place: _leaf(place, catalogue, leaves))
    framework = Framework(
        fields["id"].text(),
        fields["title"].text(),
        tasks,
        root,
        condition(fields["also"]) if "also" in fields else None,
        (fields["order"].number() or 0.0) if "order" in fields else 50.0,
    )
    for leaf in leaves.keys() - {leaf.id for leaf in _reached(root, ())}:
        leaves[leaf].fault(f"the leaf {leaf!r} is never reached: a question above it is asked again below")
    return framework


def _node(place: Place, leaf: Callable[[Place], Leaf]) -> Question | Leaf:
    if place.node is not None and place.node.id == "sequence":
        return _chain(place, place.items(), leaf)
    if place.has("leaf"):
        return leaf(place)
    fields = place.fields(("ask", "when", "yes", "no"), ("otherwise",))
    return _question(fields, leaf, lambda: _node(fields["no"], leaf) if "no" in fields else NOTHING)


def _chain(place: Place, items: list[Place], leaf: Callable[[Place], Leaf]) -> Question | Leaf:
    if not items:
        place.fault(f"{place.name} is empty")
        return NOTHING
    if len(items) == 1:
        return _node(items[0], leaf)
    fields = items[0].fields(("ask", "when", "yes"), ("otherwise",))
    return _question(fields, leaf, lambda: _chain(place, items[1:], leaf))


def _question(
    fields: Mapping[str, Place], leaf: Callable[[Place], Leaf], no: Callable[[], Question | Leaf]
) -> Question | Leaf:
    return Question(
        fields["ask"].text() if "ask" in fields else "",
        condition(fields["when"]) if "when" in fields else Some(()),
        _node(fields["yes"], leaf) if "yes" in fields else NOTHING,
        no(),
        "otherwise" in fields and fields["otherwise"].truth(),
    )


NOTHING = Leaf("", "", "", ())
LISTS: tuple[Literal["changes", "tools", "instead", "read", "steps", "risks"], ...] = (
    "changes",
    "tools",
    "instead",
    "read",
    "steps",
    "risks",
)


def _leaf(place: Place, catalogue: Catalogue, leaves: dict[str, Place]) -> Leaf:
    fields = place.fields(("leaf", "choose", "reason", "changes"), LISTS)
    lists = {key: fields[key].texts() if key in fields else () for key in LISTS}
    for key in ("tools", "instead"):
        for name in lists[key]:
            if name not in catalogue.tools:
                fields[key].fault(f"{name!r} is not in the catalogue")
    name, choose, reason = (fields[key].text() if key in fields else "" for key in ("leaf", "choose", "reason"))
    if name in leaves:
        place.fault(f"the leaf {name!r} is there twice")
    leaves[name] = place
    return Leaf(name, choose, reason, **lists)


def _leaves(place: Question | Leaf) -> Iterator[Leaf]:
    if isinstance(place, Leaf):
        yield place
        return
    yield from _leaves(place.yes)
    yield from _leaves(place.no)


def _reached(place: Question | Leaf, way: tuple[tuple[Condition, bool, bool], ...]) -> Iterator[Leaf]:
    """Yield the leaves that no repeated question cuts off: asked twice, it is answered the same."""
    if isinstance(place, Leaf):
        yield place
        return
    for answer, then in ((True, place.yes), (False, place.no)):
        settled = any(
            asked == place.when and given is not answer and not (unsaid is given and place.otherwise is answer)
            for asked, given, unsaid in way
        )
        if not settled:
            yield from _reached(then, (*way, (place.when, answer, place.otherwise)))
