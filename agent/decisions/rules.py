"""Everything an answer is decided by, read from the packs once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.decisions.catalogue import Catalogue, load_catalogue
from agent.decisions.diagnoses import Symptom, load_symptoms
from agent.decisions.flags import Rule, load_flags
from agent.decisions.framework import Framework, load_frameworks
from agent.decisions.pitfalls import Pitfall, load_pitfalls
from agent.decisions.profiles import Profile, chosen, load_profiles
from agent.resources import Pack


@dataclass(frozen=True)
class Rules:
    """The catalogue, the frameworks, the red flags, the pitfalls, the symptoms, and the profile of targets if one is chosen."""

    catalogue: Catalogue
    frameworks: Mapping[str, Framework]
    flags: Mapping[str, Rule]
    pitfalls: Mapping[str, Pitfall]
    symptoms: Mapping[str, Symptom]
    profile: Profile | None = None


def load_rules(packs: Iterable[Pack], profile: str = "") -> Rules:
    """Read the rules of all packs, a later pack's replacing an earlier one's by id.

    Raises ContentError with the lines of every fault, and UnknownName for a `profile` that there is not.
    """
    sources = tuple(packs)
    catalogue = load_catalogue(sources)
    return Rules(
        catalogue,
        load_frameworks(sources, catalogue),
        load_flags(sources),
        load_pitfalls(sources),
        load_symptoms(sources),
        chosen(load_profiles(sources), profile),
    )
