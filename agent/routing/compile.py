"""Compiling what answers read: the router over the leaves, and the heads that say what a request resembles."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agent.encoder import Encoder
from agent.proof.progress import Progress, Report
from agent.routing import artifact, likeness, postings, ridge
from agent.routing.examples import Example
from agent.routing.features import BUCKETS, Counted, counted, of_words, weighed, words
from agent.routing.likeness import Sample
from agent.routing.ridge import Features
from agent.routing.tree import OUT_OF_SCOPE, Routing

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Share of the examples, left out, that would be asked back about; of requests of others it is about twice as many.
ASK_SHARE = 0.08
# Scenarios of these sources are trigger phrases: whoever types one, word for word, gets the persona that it promises.
PHRASES = ("S0-18", "S0-22", "S0-26")


def compile_router(
    routing: Routing, examples: Sequence[Example], encoder: Encoder | None, folder: Path, report: Report
) -> None:
    """Fit the leaves on the examples and write the artifact to `folder`; without an encoder on the words alone."""
    columns = [*routing.leaves, *artifact.NO_LEAF]
    texts = [example.text for example in examples]
    labels = np.asarray([columns.index(example.persona) for example in examples], np.intp)
    report(Progress(step=f"reading {len(texts)} examples", total=len(texts)))
    features, idf = features_of(texts, encoder)
    report(Progress(step="fitting the router"))
    fitted = ridge.fit(ridge.kernel_of(features), labels)
    lexical, semantic, bias = ridge.learnt(features, fitted.dual)
    arrays: dict[str, NDArray[np.generic]] = {"idf": idf, "lexical": lexical.astype(np.float16), "bias": bias}
    if semantic is not None:
        arrays |= {"vectors": semantic.vectors, "weights": semantic.weights}
    else:
        found = postings.arrays([of_words(row, idf) for row in features.counted])
        arrays |= {f"postings_{name}": array for name, array in found.items()}
    artifact.write(folder, _table(routing, encoder, texts, labels, fitted), arrays)


def compile_likeness(
    samples: Mapping[str, Sequence[Sample]], encoder: Encoder | None, folder: Path, report: Report
) -> None:
    """Fit each set of samples and write the heads to `folder`; without an encoder on the words alone."""
    texts = list(dict.fromkeys(text for pairs in samples.values() for text, _ in pairs))
    report(Progress(step=f"learning from {len(texts)} requests", total=len(texts)))
    rows = {text: place for place, text in enumerate(texts)}
    features, idf = features_of(texts, encoder)
    kernel = ridge.kernel_of(features)
    heads: dict[str, likeness.Head] = {}
    duals: list[ridge.Matrix] = []
    start = 0
    for name, pairs in samples.items():
        labels = tuple(sorted({label for _, label in pairs}))
        wanted = np.asarray([labels.index(label) for _, label in pairs], np.intp)
        places = np.asarray([rows[text] for text, _ in pairs], np.intp)
        fitted = ridge.fit(kernel[np.ix_(places, places)], wanted)
        dual = np.zeros((len(texts), len(labels)), np.float32)
        np.add.at(dual, places, fitted.dual)
        duals.append(dual)
        right = float((fitted.left_out.argmax(axis=1) == wanted).mean())
        heads[name] = likeness.Head(start=start, labels=labels, temperature=fitted.temperature, accuracy=right)
        start += len(labels)
    lexical, semantic, bias = ridge.learnt(features, np.concatenate(duals, axis=1))
    used = np.flatnonzero(np.abs(lexical).sum(axis=1))
    arrays: dict[str, NDArray[np.generic]] = {
        "used": used,
        "idf": idf,
        "lexical": lexical[used].astype(np.float16),
        "bias": bias,
    }
    if semantic is not None:
        arrays |= {"vectors": semantic.vectors, "weights": semantic.weights}
    artifact.write(folder, likeness.Table(format=artifact.FORMAT, heads=heads), arrays)


def features_of(texts: list[str], encoder: Encoder | None) -> tuple[Features, NDArray[np.float32]]:
    """Return what is known of texts, and the inverse document frequencies (buckets,) that their features were weighed by."""
    found = [counted(text) for text in texts]
    idf = _idf(found)
    return Features(found, _sparse(found, idf), encoder.encode(texts) if encoder is not None else None), idf


def _idf(rows: list[Counted]) -> NDArray[np.float32]:
    counts = np.zeros(BUCKETS, np.float32)
    for buckets, _, _ in rows:
        counts[np.unique(buckets)] += 1
    # Smoothed, as if one more text held every term once: a term never seen keeps a finite weight.
    return (np.log((1 + len(rows)) / (1 + counts)) + 1).astype(np.float32)


def _sparse(rows: list[Counted], idf: NDArray[np.float32]) -> "csr_matrix":
    from scipy.sparse import csr_matrix

    starts = np.cumsum([0, *(len(row[0]) for row in rows)])
    buckets = np.concatenate([row[0] for row in rows])
    values = np.concatenate([weighed(*row, idf) for row in rows])
    matrix = csr_matrix((values, buckets, starts), shape=(len(rows), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def _table(
    routing: Routing, encoder: Encoder | None, texts: list[str], labels: NDArray[np.intp], fitted: ridge.Fit
) -> artifact.Table:
    leaves = tuple(routing.leaves)
    columns = (*leaves, *artifact.NO_LEAF)
    owners: list[int] = labels.tolist()
    unseen = fitted.unseen()
    ranked = np.sort(unseen, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    chosen = unseen.argmax(axis=1)
    return artifact.Table(
        format=artifact.FORMAT,
        tier=encoder.name if encoder is not None else "lexical",
        root=routing.root,
        nodes=dict(routing.nodes),
        leaves=leaves,
        columns=columns,
        paths={leaf: routing.path(leaf) for leaf in leaves},
        examples=tuple((text, columns[label]) for text, label in zip(texts, owners, strict=True)),
        phrases={" ".join(words(row.text)): row.primary for row in routing.scenarios if row.source.startswith(PHRASES)},
        company=routing.company,
        colleagues={name: dict(row) for name, row in routing.colleagues.items()},
        helpers=routing.helpers,
        ties=routing.ties,
        temperature=fitted.temperature,
        ask_margin=float(np.quantile(margins[chosen != leaves.index(OUT_OF_SCOPE)], ASK_SHARE)),
        measured={
            "examples": float(len(texts)),
            "top1": float((chosen == labels).mean()),
            "top2": _top(unseen, labels, 2),
        },
    )


def _top(unseen: ridge.Matrix, labels: NDArray[np.intp], count: int) -> float:
    best = np.argsort(-unseen, axis=1)[:, :count]
    return float((best == labels[:, None]).any(axis=1).mean())
