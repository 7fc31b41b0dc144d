"""What the reference says, as an answer tells it: verbatim, with where it stands."""

from collections.abc import Iterator

from agent.knowledge.citation import Citation
from agent.responders.context import Context

QUOTED = 3


def answers(context: Context) -> bool:
    """Whether the best passage answers the question itself, rather than only bearing on its subject."""
    return any(citation.answers() for citation in context.citations[:1])


def leading(context: Context) -> Iterator[str]:
    """Yield the passage that answers, and its code when a step was asked for."""
    best = context.citations[0]
    yield f"{_flat(best.quote)} [{best.id}]"
    if best.code and context.plan.kind != "definition":
        yield f"```{best.language}\n{best.code}\n```"


def more(context: Context) -> Iterator[str]:
    """Yield the next passages, when they bear on it too."""
    rest = [citation for citation in context.citations[1:QUOTED] if citation.answers()]
    if rest:
        yield "**More on it**\n\n" + "\n".join(_line(citation) for citation in rest)


def quoted(context: Context) -> Iterator[str]:
    """Yield what supports a decision or a diagnosis."""
    if context.citations:
        yield "**What the reference says**\n\n" + "\n".join(_line(citation) for citation in context.citations[:QUOTED])


def nothing(context: Context) -> str:
    """Return that the reference does not hold it, and what stands nearest."""
    said = "I don't know: the reference here holds no answer to this, and I do not make one up."
    if context.citations:
        near = context.citations[0]
        said += f" Nearest to it is “{near.heading}” ({near.path}:{near.line}) [{near.id}]."
    return said


def marks(context: Context, sections: tuple[str, ...]) -> str:
    """Return the marks of the citations that hold these sections (file.md#Heading), with a space before."""
    found = [
        f"[{citation.id}]"
        for citation in context.citations
        for section in sections
        if section.casefold() == f"{citation.path.partition('/')[2]}#{citation.heading.rsplit(' > ', 1)[-1]}".casefold()
    ]
    return " " + " ".join(dict.fromkeys(found)) if found else ""


def _line(citation: Citation) -> str:
    last = citation.heading.rsplit(" > ", 1)[-1]
    return f"- *{last}* “{_flat(citation.quote)}” [{citation.id}]"


def _flat(text: str) -> str:
    return " ".join(text.split())
