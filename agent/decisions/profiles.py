"""Target profiles: what is aimed at where a request names no target; the request's own targets always win."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief
from agent.decisions.content import Place, document, told
from agent.errors import Problem, UnknownName
from agent.resources import Pack

METRICS = {"latency": "ms", "errors": "% of requests"}


class Target(BaseModel):
    """A limit: of the latency at a percentile in milliseconds, or of failed requests in percent."""

    model_config = ConfigDict(frozen=True)

    metric: str
    percentile: float | None = None
    at_most: float

    def __str__(self) -> str:
        """Say it as one reads it: p99 at most 100 ms."""
        name = f"p{self.percentile:g}" if self.percentile is not None else self.metric
        return f"{name} at most {self.at_most:g} {METRICS.get(self.metric, '')}"


class Profile(BaseModel):
    """A named set of targets."""

    model_config = ConfigDict(frozen=True)

    id: str
    about: str
    targets: tuple[Target, ...]

    def limit(self, metric: str, percentile: float | None = None) -> Target | None:
        """Return the target of a metric."""
        return next((item for item in self.targets if (item.metric, item.percentile) == (metric, percentile)), None)


class Difference(BaseModel):
    """A target on which two profiles, or a request and a profile, do not agree."""

    model_config = ConfigDict(frozen=True)

    metric: str
    percentile: float | None
    limits: dict[str, float] = Field(description="who says it -> the limit")


def load_profiles(packs: Iterable[Pack]) -> dict[str, Profile]:
    """Read every pack's knowledge/profiles.yaml, a later pack's replacing an earlier one's by id."""
    problems: list[Problem] = []
    found: dict[str, Profile] = {}
    for pack in packs:
        path = pack.folder("knowledge") / "profiles.yaml"
        top = document(path, problems) if path.is_file() else None
        for place in top.items() if top is not None else ():
            profile = _profile(place)
            found[profile.id] = profile
    told(problems)
    return found


def chosen(profiles: Mapping[str, Profile], name: str) -> Profile | None:
    """Return the profile of that name, None for no name; raises UnknownName with the nearest."""
    if not name:
        return None
    if name not in profiles:
        raise UnknownName.of("profile", name, profiles, "mlwright config profiles")
    return profiles[name]


def differences(profiles: Iterable[Profile]) -> Iterator[Difference]:
    """Yield where profiles contradict each other."""
    for first, second in combinations(profiles, 2):
        for target in first.targets:
            other = second.limit(target.metric, target.percentile)
            if other is not None and other.at_most != target.at_most:
                limits = {first.id: target.at_most, second.id: other.at_most}
                yield Difference(metric=target.metric, percentile=target.percentile, limits=limits)


def against(brief: Brief, profile: Profile) -> Iterator[Difference]:
    """Yield where a request's own targets are other than the profile's; the request's hold."""
    for item in brief.latency:
        target = profile.limit("latency", item.percentile)
        if item.role == "target" and target is not None and target.at_most != item.milliseconds:
            limits = {"the request": item.milliseconds, profile.id: target.at_most}
            yield Difference(metric="latency", percentile=item.percentile, limits=limits)


def _profile(place: Place) -> Profile:
    fields = place.fields(("id", "about", "targets"))
    name, about = (fields[key].text() if key in fields else "" for key in ("id", "about"))
    targets = tuple(_target(item) for item in fields["targets"].items()) if "targets" in fields else ()
    return Profile(id=name, about=about, targets=targets)


def _target(place: Place) -> Target:
    fields = place.fields(("metric", "at_most"), ("percentile",))
    metric = fields["metric"].text() if "metric" in fields else ""
    if metric not in METRICS:
        place.fault(f"{metric!r} is not a metric; there are: {', '.join(METRICS)}")
    limit = fields["at_most"].number() if "at_most" in fields else None
    percentile = fields["percentile"].number() if "percentile" in fields else None
    return Target(metric=metric, percentile=percentile, at_most=limit or 0.0)
