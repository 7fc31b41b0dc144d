"""What kind of answer a request gets."""

from agent.brief.model import Brief, Kind

# Who asks what something is, how a step is done, why something broke or which of two is better has not set out to put
# anything into operation: targets, monitoring, a way back and a price are not missing there.
ASKING: frozenset[Kind] = frozenset({"definition", "how-to", "diagnosis", "comparison"})


def kind_of(brief: Brief) -> Kind:
    """Return the kind of answer: who asks how to meet figures wants a design, whatever the words of the question."""
    figures = brief.target() is not None or brief.throughput or brief.volume or brief.budget
    return "design" if brief.kind == "how-to" and figures and brief.task != "unknown" else brief.kind
