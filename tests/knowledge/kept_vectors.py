"""Make knowledge/vectors.npz, the vectors of every built-in text: `python tests/knowledge/kept_vectors.py`.

Needs the MiniLM weights; new texts take some ten seconds a thousand. A test says when it must be run again.
"""

from collections.abc import Iterator

from agent.decisions.likes import load_likes
from agent.encoder import Kept, keep
from agent.engine import VECTORS, Engine
from agent.knowledge import documents
from agent.resources import builtin_pack


def texts() -> Iterator[str]:
    """Yield every built-in text that is encoded when a router or an index is made."""
    pack = builtin_pack()
    engine = Engine.open()
    yield from (example.text for example in engine.examples())
    for rows in load_likes([pack], engine.rules.frameworks, engine.rules.symptoms).values():
        yield from (text for text, _ in rows)
    for _, path in documents.sources([pack]):
        yield from (chunk.prefixed for chunk in documents.read(pack, path))


def main() -> None:
    encoder = Engine.open().encoder
    assert isinstance(encoder, Kept), "the MiniLM weights are needed"
    every = list(texts())
    fresh = keep(encoder.encoder, every, builtin_pack().folder("knowledge") / VECTORS)
    print(f"{len(set(every))} texts, {fresh} of them new")


if __name__ == "__main__":
    main()
