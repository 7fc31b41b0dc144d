"""The engine: builds each room once, when it is first needed, and hands it down. Every face talks to this and no other."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agent.encoder import Kept
from agent.errors import ConfigurationError, MlwrightError
from agent.proof.command import clean_environment
from agent.proof.progress import Report, silent
from agent.resources import PROJECT_FOLDER, Pack, builtin_pack, packs, project_root, visible
from agent.settings import Loaded, load

if TYPE_CHECKING:
    from agent.chat.turn import Tools
    from agent.constitution.scan import Scan
    from agent.decisions.plan import AnswerPlan
    from agent.decisions.rules import Rules
    from agent.decisions.settled import Shares
    from agent.encoder import Encoder
    from agent.evaluation.evaluate import Product, Told, Wanted
    from agent.evaluation.record import Run
    from agent.events import Event
    from agent.knowledge.citation import Citation
    from agent.knowledge.encoders import WordEncoder
    from agent.knowledge.index import Index
    from agent.knowledge.own import Own
    from agent.knowledge.retrieval.minilm import MiniLM
    from agent.knowledge.staleness import Stale
    from agent.personas.model import Persona
    from agent.routing.decision import Route, Router
    from agent.routing.examples import Example
    from agent.routing.likeness import Likeness
    from agent.routing.tree import Routing
    from agent.skills.contract import Description, Plan
    from agent.skills.discovery import SkillFolder
    from agent.skills.runner import Runner

VECTORS = "vectors.npz"
LEXICAL_COST = "routing and retrieval are on the lexical tier, which finds less"


@dataclass
class Engine:
    """One process's engine. `start` is the user's folder; `report` is told of long work."""

    loaded: Loaded
    start: Path
    environment: Mapping[str, str]
    report: Report = field(default=silent)

    @classmethod
    def open(
        cls, environment: Mapping[str, str] = os.environ, start: Path | None = None, report: Report = silent
    ) -> "Engine":
        """Read the settings and return an engine; nothing else happens yet."""
        folder = (start or Path.cwd()).resolve()
        project = project_root(folder)
        settings_file = project / PROJECT_FOLDER / "settings.toml" if project is not None else None
        return cls(load(environment, settings_file), folder, environment, report)

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """The content in reach."""
        return packs(self.loaded.places.config, self.start)

    @cached_property
    def encoder(self) -> "Encoder | None":
        """The sentence encoder, or None on the lexical tier."""
        return self._encoder[0]

    @cached_property
    def words(self) -> "WordEncoder | None":
        """The encoder with word pieces, for knowledge; None on the lexical tier."""
        from agent.knowledge.encoders import WordEncoder

        minilm = self._encoder[2]
        return WordEncoder(self._encoder[0], minilm) if self._encoder[0] is not None and minilm is not None else None

    @property
    def encoder_reason(self) -> str:
        """Why the encoder is what it is."""
        return self._encoder[1]

    @cached_property
    def _encoder(self) -> "tuple[Encoder | None, str, MiniLM | None]":
        settings = self.loaded.settings
        if settings.encoder == "lexical":
            return None, "the setting encoder is 'lexical'", None
        from agent.knowledge.retrieval.weights import INSTALL, find

        weights, reason = find(settings.encoder_folder, self.loaded.places.cache)
        if weights is None:
            if settings.encoder == "minilm":
                raise ConfigurationError(f"the setting encoder is 'minilm': {reason}", INSTALL)
            return None, reason, None
        from agent.knowledge.retrieval.minilm import MiniLM

        minilm = MiniLM(weights)
        return Kept(minilm, builtin_pack().folder("knowledge") / VECTORS), reason, minilm

    @property
    def _tier(self) -> str:
        return "lexical" if self.encoder is None else self.encoder.name

    @cached_property
    def personas(self) -> "dict[str, Persona]":
        """Every persona by name."""
        from agent.personas.model import load as load_personas

        return load_personas(self.packs)

    def routing(self) -> "Routing":
        """Read routing.yaml whole: the tree, examples, scenarios and rules."""
        from agent.routing.tree import load as load_routing

        return load_routing(
            self._routing_file,
            [name for name in self.personas if self.personas[name].path.parent == self._routing_file.parent],
        )

    @property
    def _routing_file(self) -> Path:
        return builtin_pack().folder("personas") / "routing.yaml"

    @property
    def _routing_sources(self) -> list[Path]:
        from agent.routing import examples

        return [self._routing_file, *examples.files(self._routing_file.parent)]

    def examples(self) -> "tuple[Example, ...]":
        """Read the examples that the router is compiled from."""
        from agent.routing.artifact import NO_LEAF
        from agent.routing.examples import load

        return load(self._routing_file.parent, [*self.routing().leaves, *NO_LEAF])

    @cached_property
    def router(self) -> "Router":
        """The compiled router; compiled first when its sources are new."""
        from agent.routing import artifact
        from agent.routing.decision import Router

        return Router(
            artifact.prepared(self._router_folder, artifact.read, self._compile),
            self.encoder,
            self.loaded.settings.profile,
        )

    @cached_property
    def _router_folder(self) -> Path:
        from agent.routing import artifact

        if not self._routing_file.is_file():
            raise ConfigurationError(f"{self._routing_file} is missing", "install mlwright again")
        return self.loaded.places.cache / "routing" / artifact.key(self._routing_sources, self._tier)

    def _compile(self, folder: Path) -> None:
        from agent.routing.compile import compile_router

        compile_router(self.routing(), self.examples(), self.encoder, folder, self.report)

    @cached_property
    def likeness(self) -> "Likeness":
        """What requests resemble: their task, their kind, the leaves of the frameworks; compiled when its sources are new."""
        from agent.routing import artifact, likeness

        return likeness.Likeness(
            artifact.prepared(self._likeness_folder, likeness.read, self._compile_likeness), self.encoder
        )

    def _shares(self, text: str) -> "Shares":
        return self.likeness.shares(text)

    @cached_property
    def _likeness_folder(self) -> Path:
        from agent.decisions import likes
        from agent.routing import artifact

        sources = [*self._routing_sources, *likes.files(self.packs)]
        return self.loaded.places.cache / "likeness" / artifact.key(sources, f"{self._tier}:{likes.VERSION}")

    def _compile_likeness(self, folder: Path) -> None:
        from agent.decisions.likes import load_likes, samples
        from agent.routing.compile import compile_likeness

        likes = load_likes(self.packs, self.rules.frameworks, self.rules.symptoms)
        compile_likeness(samples(self.examples(), likes), self.encoder, folder, self.report)

    def route(
        self, text: str, persona: str | None = None, after: Sequence[str] = (), explained: bool = False
    ) -> "Route":
        """Route one request; `after` holds those before it in the same conversation, the oldest first."""
        if persona is not None:
            from agent.personas.model import find

            find(self.personas, persona)
        from agent.safeguards.redaction import redacted

        before = [redacted(visible(turn)).text for turn in after]
        return self.router.route(redacted(visible(text)).text, persona, before, explained)

    def prepare(self, texts: Sequence[str]) -> None:
        """Get ready to route many requests: they are encoded together."""
        if isinstance(self.encoder, Kept):
            self.encoder.learn(texts)

    def forget(self, texts: Sequence[str]) -> None:
        """Encode these by themselves again."""
        if isinstance(self.encoder, Kept):
            self.encoder.forget(texts)

    def within(self, folder: Path) -> "Engine":
        """Return an engine opened in another folder, with the same environment."""
        return Engine.open(self.environment, folder)

    def planned(self, skill: str, action: str, parameters: Mapping[str, object], base: Path) -> "Plan":
        """Plan what a skill would write into `base`, and write nothing."""
        from agent.skills.discovery import find
        from agent.skills.runner import Job

        with self.runner.planned(Job(find(self.skills, skill), action, parameters, base), self.report) as plan:
            return plan

    def evaluate(self, named: Sequence[str], wanted: "Wanted", out: Path, resume: bool, tell: "Told") -> "Run":
        """Run the suites of those names, or all in reach, and write the record to `out`."""
        from agent.evaluation import evaluate, journal, suites

        leaves = tuple(self.routing().leaves)
        found = [suites.read(path, leaves) for path in suites.find(self.packs, named)]
        if any(suite.kind != "routing" for suite in found):
            self.warm()
        cases = {suite.name: suite.sha256 for suite in found}
        with journal.Journal(out, cases, resume) as kept:
            run = evaluate.evaluate(found, self, self._product(), wanted, kept, tell)
        journal.write(run, out)
        return run

    def _product(self) -> "Product":
        from agent.evaluation.evaluate import Product
        from agent.knowledge.index import key

        content = {
            "routing": self._router_folder.name,
            "rules": self._likeness_folder.name,
            "knowledge": key(self.packs, self._tier),
        }
        return Product(self._tier, self.router.profile, content)

    @cached_property
    def index(self) -> "Index":
        """The index of the reference docs, made first when they are new, and of the user's own documents."""
        from agent.knowledge.index import opened

        return opened(self.packs, self.words, self.loaded.places.cache, self.report, self.own.opened())

    @cached_property
    def own(self) -> "Own":
        """The user's own documents: the project's where there is one."""
        from agent.knowledge.own import Own, folder
        from agent.knowledge.retrieval.collection import Collection

        root = folder(self.loaded.places.state, project_root(self.start))
        return Own(Collection(root), self.words, self.report)

    def stale(self) -> "list[Stale]":
        """Name what of the reference docs may have gone stale."""
        from agent.knowledge.staleness import stale

        return stale(builtin_pack().folder("knowledge"), datetime.now(UTC).date())

    @cached_property
    def skills(self) -> "dict[str, SkillFolder]":
        """Every skill in reach by name; none of their code is loaded."""
        from agent.skills.discovery import discover

        return discover(self.packs)

    @cached_property
    def runner(self) -> "Runner":
        """What runs skills."""
        from agent.skills.runner import Runner

        places = self.loaded.places
        return Runner(places.state, places.cache, places.state / "logs" / "skills.log")

    def descriptions(self) -> "dict[str, Description]":
        """Describe the skills whose code may run and that answer."""
        found: dict[str, Description] = {}
        for name, skill in self.skills.items():
            # A skill that is not trusted, or is broken, is not offered; running it by name says why.
            with suppress(MlwrightError):
                found[name] = self.runner.describe(skill)
        return found

    def tools(self) -> "Tools":
        """What a turn works with."""
        from agent.chat.turn import Tools
        from agent.personas.model import find
        from agent.responders.local import Local

        return Tools(
            route=self.route,
            search=self._search,
            persona=lambda name: find(self.personas, name),
            skills=self.descriptions,
            rules=lambda: self.rules,
            likeness=self._shares,
            responder=Local(),
        )

    def _search(self, text: str, persona: str, plan: "AnswerPlan") -> "tuple[Citation, ...]":
        opening = plan.kind in {"definition", "how-to"}
        return self.index.citations(text, persona=persona, read=plan.read, opening=opening)

    @cached_property
    def rules(self) -> "Rules":
        """What answers are decided by: frameworks, flags, pitfalls, symptoms and the catalogue of tools."""
        from agent.decisions.rules import load_rules

        return load_rules(self.packs, self.loaded.settings.profile)

    def warm(self) -> None:
        """Make what a turn needs and is not there yet.

        What takes longest is made in a process beside this one: in one process the two would wait for each other's
        interpreter lock. Should that process fail, it is made here, and its error is told.
        """
        with ThreadPoolExecutor(1) as pool:
            described = pool.submit(self.descriptions)
            beside = None if self._likeness_folder.is_dir() else self._learn_beside()
            try:
                _ = self.router
                _ = self.index
            finally:
                if beside is not None:
                    beside.wait()
            described.result()
        _ = self.likeness

    def _learn_beside(self) -> "subprocess.Popen[bytes]":
        code = "import sys, pathlib; from agent.engine import Engine; Engine.open(start=pathlib.Path(sys.argv[1])).likeness"
        return subprocess.Popen(
            [sys.executable, "-I", "-c", code, str(self.start)],
            env=clean_environment(self._own_variables()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _own_variables(self) -> dict[str, str]:
        """What decides where mlwright's folders and settings are, and nothing else of the user's environment."""
        return {name: value for name, value in self.environment.items() if name.startswith(("MLWRIGHT_", "XDG_"))}

    def turn(self, text: str, persona: str | None = None) -> "AsyncIterator[Event]":
        """Yield the events of one turn."""
        from agent.chat.turn import turn
        from agent.personas.model import find

        if persona is not None:
            find(self.personas, persona)
        self.warm()
        return turn(text, self.tools(), persona)

    def check(self, path: Path, principles: tuple[str, ...] = ()) -> "Scan":
        """Hold a project against the constitution."""
        from agent.constitution.scan import scan

        return scan(path, principles or None, self.report)
