"""routing.yaml: the decision tree, what each leaf owns, and the rules; read whole, checked whole, every fault told with its line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from agent.errors import ContentError, Problem

if TYPE_CHECKING:
    from networkx import DiGraph

OUT_OF_SCOPE = "domain-specialist"
# Who owns what is disputed between sources: under the first, an ml-engineer begins where a model answers requests.
DEFAULT_PROFILE = "serving"
PROFILES = (DEFAULT_PROFILE, "full-lifecycle")


@dataclass(frozen=True)
class Node:
    """A question of the tree, and the node or persona that each answer leads to."""

    question: str
    yes: str
    no: str


class Tree(Protocol):
    """Questions by name, from a root; a name that is no question is a leaf."""

    @property
    def root(self) -> str:
        """Return the name of the first question."""
        ...

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Return the questions."""
        ...


@dataclass(frozen=True)
class Scenario:
    """A golden case: a request, whose it is, and who helps."""

    text: str
    primary: str
    secondary: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Company:
    """A rule: a request that goes to `when` and holds one of `words` (any request, when there are none) also concerns `adds`."""

    when: str
    adds: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Tie:
    """A subject that two personas claim, the words that give it away, and who has it under each profile."""

    id: str
    subject: str
    between: tuple[str, ...]
    winner: Mapping[str, str]
    reason: str
    words: tuple[str, ...]
    question: str = ""
    if_yes: str = ""


@dataclass(frozen=True)
class Helper:
    """Who helps with a request that is out of scope, by the words that give it away."""

    who: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Routing:
    """Everything routing.yaml says."""

    root: str
    nodes: Mapping[str, Node]
    leaves: Mapping[str, str]
    scenarios: tuple[Scenario, ...]
    company: tuple[Company, ...]
    colleagues: Mapping[str, Mapping[str, int]]
    ties: tuple[Tie, ...]
    helpers: tuple[Helper, ...]

    def path(self, leaf: str) -> tuple[tuple[str, bool], ...]:
        """Return the way from the root to a leaf: each node, and whether its answer is yes."""
        return next(way for found, way in self._ways(self.root, ()) if found == leaf)

    def _ways(self, name: str, way: tuple[tuple[str, bool], ...]) -> Iterator[tuple[str, tuple[tuple[str, bool], ...]]]:
        if name not in self.nodes:
            yield name, way
            return
        node = self.nodes[name]
        yield from self._ways(node.yes, (*way, (name, True)))
        yield from self._ways(node.no, (*way, (name, False)))


def load(path: Path, personas: Iterable[str]) -> Routing:
    """Read and check routing.yaml against the names of the personas; raises ContentError with every fault."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        lines = _lines(yaml.CSafeLoader(text).get_single_node(), ())
        content: object = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ContentError([Problem(path, line, f"not YAML: {error.problem}")]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(path, 0, str(error))]) from error
    reader = _Reader(path, lines)
    routing = reader.routing(content)
    if not reader.problems:
        reader.check(routing, set(personas))
    if reader.problems:
        raise ContentError(sorted(reader.problems, key=lambda problem: problem.line))
    return routing


def graph(routing: Routing) -> "DiGraph[str]":
    """Return the tree as a networkx DiGraph: node attribute `question`, edge attribute `answer` ('yes' or 'no')."""
    import networkx

    found: DiGraph[str] = networkx.DiGraph()
    for name, node in routing.nodes.items():
        found.add_node(name, question=node.question)
        found.add_edge(name, node.yes, answer="yes")
        found.add_edge(name, node.no, answer="no")
    return found


Where = tuple[str | int, ...]


def _lines(node: object, where: Where) -> dict[Where, int]:
    import yaml

    found: dict[Where, int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*where, str(key.value))
            found[place] = key.start_mark.line + 1
            found |= _lines(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found[(*where, index)] = value.start_mark.line + 1
            found |= _lines(value, (*where, index))
    return found


class _Reader:
    """Reads a parsed file into a Routing, collecting what is wrong instead of stopping at it."""

    def __init__(self, path: Path, lines: Mapping[Where, int]) -> None:
        self.path = path
        self.lines = lines
        self.problems: list[Problem] = []

    def fault(self, where: Where, message: str) -> None:
        place = where
        while place and place not in self.lines:
            place = place[:-1]
        self.problems.append(Problem(self.path, self.lines.get(place, 1), message))

    def mapping(self, value: object, where: Where, needed: tuple[str, ...] = ()) -> Mapping[str, object]:
        if not isinstance(value, dict):
            self.fault(where, f"{'.'.join(map(str, where)) or 'the file'} must be a mapping")
            return dict.fromkeys(needed)
        found = {str(key): item for key, item in cast("dict[object, object]", value).items()}
        for key in needed:
            if key not in found:
                self.fault(where, f"{'.'.join(map(str, where)) or 'the file'} lacks {key!r}")
        return dict.fromkeys(needed) | found

    def items(self, value: object, where: Where) -> list[object]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(where, f"{'.'.join(map(str, where))} must be a list")
            return []
        return cast("list[object]", value)

    def text(self, value: object, where: Where) -> str:
        if isinstance(value, bool) and where and where[-1] in {"yes", "no"}:
            self.fault(where, "an unquoted yes or no is a truth value in YAML; quote the name")
        elif not isinstance(value, str) or not value.strip():
            self.fault(where, f"{'.'.join(map(str, where))} must be a text that is not empty")
        else:
            return value
        return ""

    def texts(self, value: object, where: Where) -> tuple[str, ...]:
        return tuple(self.text(item, (*where, index)) for index, item in enumerate(self.items(value, where)))

    def routing(self, content: object) -> Routing:
        top = self.mapping(_unboolean(content), (), ("tree", "leaves"))
        tree = self.mapping(top["tree"], ("tree",), ("root", "nodes"))
        nodes = {
            name: self.node(value, ("tree", "nodes", name))
            for name, value in self.mapping(tree["nodes"], ("tree", "nodes")).items()
        }
        leaves = {
            name: self.text(value, ("leaves", name)) for name, value in self.mapping(top["leaves"], ("leaves",)).items()
        }
        each = {
            key: list(enumerate(self.items(top.get(key), (key,))))
            for key in ("scenarios", "cooccurrence", "ties", "helpers")
        }
        return Routing(
            root=self.text(tree["root"], ("tree", "root")),
            nodes=nodes,
            leaves=leaves,
            scenarios=tuple(self.scenario(value, ("scenarios", index)) for index, value in each["scenarios"]),
            company=tuple(self.company(value, ("cooccurrence", index)) for index, value in each["cooccurrence"]),
            colleagues=self.colleagues(top.get("colleagues"), ("colleagues",)),
            ties=tuple(self.tie(value, ("ties", index)) for index, value in each["ties"]),
            helpers=tuple(self.helper(value, ("helpers", index)) for index, value in each["helpers"]),
        )

    def node(self, value: object, where: Where) -> Node:
        found = self.mapping(value, where, ("question", "yes", "no"))
        return Node(*(self.text(found[key], (*where, key)) for key in ("question", "yes", "no")))

    def scenario(self, value: object, where: Where) -> Scenario:
        found = self.mapping(value, where, ("text", "primary", "source"))
        text, primary, source = (self.text(found[key], (*where, key)) for key in ("text", "primary", "source"))
        return Scenario(text, primary, self.texts(found.get("secondary"), (*where, "secondary")), source)

    def company(self, value: object, where: Where) -> Company:
        found = self.mapping(value, where, ("when", "adds"))
        words = self.texts(found.get("if_words"), (*where, "if_words"))
        return Company(self.text(found["when"], (*where, "when")), self.texts(found["adds"], (*where, "adds")), words)

    def colleagues(self, value: object, where: Where) -> Mapping[str, Mapping[str, int]]:
        found: Mapping[str, object] = {} if value is None else self.mapping(value, where)
        return {name: self.counts(row, (*where, name)) for name, row in found.items()}

    def counts(self, value: object, where: Where) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for name, count in self.mapping(value, where).items():
            if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
                counts[name] = count
            else:
                self.fault((*where, name), f"{'.'.join(map(str, (*where, name)))} must be a count")
        return counts

    def tie(self, value: object, where: Where) -> Tie:
        keys = ("id", "subject", "winner", "winner_full_lifecycle", "reason")
        found = self.mapping(value, where, (*keys, "between"))
        name, subject, winner, other, reason = (self.text(found[key], (*where, key)) for key in keys)
        between = self.texts(found["between"], (*where, "between"))
        stems = self.texts(found.get("if_words"), (*where, "if_words"))
        asked, taker = (self.text(found[key], (*where, key)) if key in found else "" for key in ("question", "if_yes"))
        if asked and taker not in between:
            self.fault((*where, "if_yes"), "a question needs an if_yes that is one of `between`")
        winners: dict[str, str] = dict(zip(PROFILES, (winner, other), strict=True))
        return Tie(name, subject, between, winners, reason, stems, asked, taker)

    def helper(self, value: object, where: Where) -> Helper:
        found = self.mapping(value, where, ("who", "words"))
        return Helper(self.text(found["who"], (*where, "who")), self.texts(found["words"], (*where, "words")))

    def check(self, routing: Routing, personas: set[str]) -> None:
        """Check what only the whole shows: the tree's shape, and that every name is a persona's."""
        known = set(routing.leaves)
        for name in sorted(known - personas):
            self.fault(("leaves", name), f"leaf {name!r} has no persona file")
        for name in sorted(personas - known):
            self.fault(("leaves",), f"persona {name!r} is no leaf, so no request can reach it")
        self.check_tree(routing)
        for name, row in routing.colleagues.items():
            for other in sorted({name, *row} - known):
                self.fault(("colleagues", name), f"{other!r} is not a leaf")
        for key, rows in (("scenarios", routing.scenarios), ("cooccurrence", routing.company), ("ties", routing.ties)):
            for index, row in enumerate(rows):
                for name in sorted(_names(row) - known):
                    self.fault((key, index), f"{name!r} is not a leaf")

    def check_tree(self, routing: Routing) -> None:
        import networkx

        if routing.root not in routing.nodes:
            self.fault(("tree", "root"), f"the root {routing.root!r} is not a node")
            return
        tree = graph(routing)
        for name, node in routing.nodes.items():
            for answer, target in (("yes", node.yes), ("no", node.no)):
                if target not in routing.nodes and target not in routing.leaves:
                    self.fault(("tree", "nodes", name, answer), f"{target!r} is neither a node nor a leaf")
        if not networkx.is_directed_acyclic_graph(tree):
            cycle = " -> ".join(edge[0] for edge in networkx.find_cycle(tree))
            self.fault(("tree", "nodes"), f"the tree goes in a circle: {cycle}")
            return
        reached = networkx.descendants(tree, routing.root) | {routing.root}
        for name in sorted((set(routing.nodes) | set(routing.leaves)) - reached):
            section = ("tree", "nodes", name) if name in routing.nodes else ("leaves", name)
            self.fault(section, f"{name!r} is not reached from the root")
        for name in sorted(reached):
            if len(list(tree.predecessors(name))) > 1:
                self.fault(("tree", "nodes"), f"{name!r} is reached in more than one way")


def _names(row: Scenario | Company | Tie) -> set[str]:
    match row:
        case Scenario():
            return {row.primary, *row.secondary}
        case Company():
            return {row.when, *row.adds}
        case Tie():
            return {*row.between, *row.winner.values()}


def _unboolean(value: object) -> object:
    """Give the keys `yes` and `no`, which YAML reads as truth values, their names back."""
    if isinstance(value, dict):
        names = {True: "yes", False: "no"}
        pairs = cast("dict[object, object]", value).items()
        return {names[key] if isinstance(key, bool) else key: _unboolean(item) for key, item in pairs}
    if isinstance(value, list):
        return [_unboolean(item) for item in cast("list[object]", value)]
    return value
