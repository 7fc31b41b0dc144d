"""Fitting the router: two heads over the leaves, their mean calibrated on answers to unseen examples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agent.encoder import Encoder
from agent.proof.evidence import Progress, Report
from agent.routing import artifact, likeness, ridge
from agent.routing.examples import Example
from agent.routing.features import BUCKETS, counted, weighed, words
from agent.routing.likeness import Sample
from agent.routing.tree import OUT_OF_SCOPE, Routing

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Matrix = NDArray[np.float32]
Counted = tuple[NDArray[np.int64], NDArray[np.float32], int]

# Chosen by 5-fold cross-validation on the examples.
LEXICAL_C = 10.0
SEMANTIC_C = 3.0
# A term of one text only says which text it is; without them the fit takes half the time and is no worse.
MIN_TEXTS = 2
FOLDS = 3
SEED = 0
# Share of unseen requests that may be asked back about.
ASK_SHARE = 0.10
# Scenarios of these sources are trigger phrases: whoever types one, word for word, gets the persona that it promises.
PHRASES = ("S0-18", "S0-22", "S0-26")


def compile_router(
    routing: Routing, labelled: Sequence[Example], encoder: Encoder | None, folder: Path, report: Report
) -> None:
    """Fit both heads and write the artifact to `folder`; without an encoder only the lexical head."""
    names = list(routing.leaves)
    pairs = [(text, place) for place, leaf in enumerate(routing.leaves.values()) for text in leaf.examples]
    pairs += [(example.text, names.index(example.persona)) for example in labelled]
    texts = [text for text, _ in pairs]
    labels = np.asarray([label for _, label in pairs], np.intp)
    report(Progress(step="reading the examples", total=len(texts)))
    rows = [counted(text) for text in texts]
    idf = _idf(rows)
    sparse = _sparse(rows, idf)
    vectors = None
    if encoder is not None:
        report(Progress(step=f"encoding {len(texts)} examples", total=len(texts)))
        vectors = encoder.encode(texts)
    report(Progress(step="calibrating the router"))
    legs: list[tuple[csr_matrix | Matrix, float]] = [(sparse, LEXICAL_C)]
    if vectors is not None:
        legs.append((vectors, SEMANTIC_C))
    unseen = _held_out(legs, labels)
    temperature = _temperature(unseen, labels)
    calibrated = sharpened(unseen, temperature)
    report(Progress(step="fitting the router"))
    lexical, lexical_bias = _fit(sparse, labels, LEXICAL_C)
    arrays: dict[str, NDArray[np.generic]] = {
        "idf": idf,
        "lexical": lexical.astype(np.float16),
        "lexical_bias": lexical_bias,
    }
    if vectors is not None:
        arrays["semantic"], arrays["semantic_bias"] = _fit(vectors, labels, SEMANTIC_C)
        arrays["vectors"] = vectors.astype(np.float16)
    artifact.write(folder, _table(routing, encoder, texts, labels, temperature, calibrated), arrays)


def sharpened(logs: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Return probabilities from log scores (rows, leaves) at a temperature."""
    scaled = logs / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return scaled / scaled.sum(axis=-1, keepdims=True)


def _idf(rows: list[Counted]) -> Matrix:
    counts = np.zeros(BUCKETS, np.float32)
    for buckets, _, _ in rows:
        counts[np.unique(buckets)] += 1
    # Smoothed, as if one more text held every term once: a term never seen keeps a finite weight.
    return (np.log((1 + len(rows)) / (1 + counts)) + 1).astype(np.float32)


def _sparse(rows: list[Counted], idf: Matrix) -> "csr_matrix":
    from scipy.sparse import csr_matrix

    starts = np.cumsum([0, *(len(row[0]) for row in rows)])
    buckets = np.concatenate([row[0] for row in rows])
    values = np.concatenate([weighed(*row, idf) for row in rows])
    matrix = csr_matrix((values, buckets, starts), shape=(len(rows), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def _texts_with(features: "csr_matrix") -> NDArray[np.intp]:
    return np.bincount(features.indices, minlength=features.shape[1])


def _fit(features: "csr_matrix | Matrix", labels: NDArray[np.intp], strength: float) -> tuple[Matrix, Matrix]:
    """Return weights (features, leaves) and bias (leaves,) of a balanced multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression

    wide = features.shape[1]
    used = np.arange(wide) if isinstance(features, np.ndarray) else np.flatnonzero(_texts_with(features) >= MIN_TEXTS)
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=300, tol=1e-3)
    model.fit(features[:, used], labels)
    weights = np.zeros((wide, len(model.classes_)), np.float32)
    weights[used] = model.coef_.T
    return weights, model.intercept_.astype(np.float32)


def _held_out(legs: "Sequence[tuple[csr_matrix | Matrix, float]]", labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean log probability of the legs (features, strength) for each example, from fits that did not see it."""
    from sklearn.model_selection import StratifiedKFold

    found = np.zeros((len(labels), int(labels.max()) + 1))
    for fit, held in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(labels, labels):
        found[held] = np.mean([_logs(features, labels, fit, held, strength) for features, strength in legs], axis=0)
    return found


def _logs(
    features: "csr_matrix | Matrix",
    labels: NDArray[np.intp],
    fit: NDArray[np.intp],
    held: NDArray[np.intp],
    strength: float,
) -> NDArray[np.float64]:
    weights, bias = _fit(features[fit], labels[fit], strength)
    scores = np.asarray(features[held] @ weights + bias, np.float64)
    return scores - _log_sum(scores)


def _log_sum(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    top = scores.max(axis=-1, keepdims=True)
    return top + np.log(np.exp(scores - top).sum(axis=-1, keepdims=True))


def _temperature(logs: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
    grid = np.geomspace(0.2, 3.0, 60)

    def loss(temperature: float) -> float:
        chosen = sharpened(logs, temperature)[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(min(grid, key=loss))


def _table(
    routing: Routing,
    encoder: Encoder | None,
    texts: list[str],
    labels: NDArray[np.intp],
    temperature: float,
    unseen: NDArray[np.float64],
) -> artifact.Table:
    leaves = tuple(routing.leaves)
    owners: list[int] = labels.tolist()
    ranked = np.sort(unseen, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    chosen = unseen.argmax(axis=1)
    return artifact.Table(
        format=artifact.FORMAT,
        tier=encoder.name if encoder is not None else "lexical",
        root=routing.root,
        nodes=dict(routing.nodes),
        leaves=leaves,
        paths={leaf: routing.path(leaf) for leaf in leaves},
        examples=tuple((text, leaves[label]) for text, label in zip(texts, owners, strict=True)),
        about=routing.about,
        phrases={" ".join(words(row.text)): row.primary for row in routing.scenarios if row.source.startswith(PHRASES)},
        company=routing.company,
        helpers=routing.helpers,
        temperature=temperature,
        ask_margin=float(np.quantile(margins[chosen != leaves.index(OUT_OF_SCOPE)], ASK_SHARE)),
        measured={
            "examples": float(len(texts)),
            "top1": float((chosen == labels).mean()),
            "top2": _top(unseen, labels, 2),
        },
    )


def _top(unseen: NDArray[np.float64], labels: NDArray[np.intp], count: int) -> float:
    best = np.argsort(-unseen, axis=1)[:, :count]
    return float((best == labels[:, None]).any(axis=1).mean())


def compile_likeness(
    samples: Mapping[str, Sequence[Sample]], encoder: Encoder | None, folder: Path, report: Report
) -> None:
    """Fit each set of samples on the lexical features, and on sentence vectors when there is an encoder."""
    texts = list(dict.fromkeys(text for rows in samples.values() for text, _ in rows))
    report(Progress(step=f"learning from {len(texts)} requests", total=len(texts)))
    rows = {text: place for place, text in enumerate(texts)}
    found = [counted(text) for text in texts]
    idf = _idf(found)
    sparse = _sparse(found, idf)
    vectors = encoder.encode(texts) if encoder is not None else None
    lexical = np.asarray((sparse @ sparse.T).toarray(), np.float64)
    kernel = ridge.mixed(lexical, None if vectors is None else (vectors @ vectors.T).astype(np.float64))
    share, other = ridge.leg_weights(semantic=vectors is not None)
    heads: dict[str, likeness.Head] = {}
    duals: list[NDArray[np.float64]] = []
    for name, pairs in samples.items():
        labels = tuple(sorted({label for _, label in pairs}))
        places = np.asarray([rows[text] for text, _ in pairs], np.intp)
        fitted = ridge.fit(
            kernel[np.ix_(places, places)], np.asarray([labels.index(label) for _, label in pairs], np.intp)
        )
        start = sum(dual.shape[1] for dual in duals)
        dual = np.zeros((len(texts), len(labels)))
        np.add.at(dual, places, fitted.dual)
        duals.append(dual)
        heads[name] = likeness.Head(
            start=start, labels=labels, temperature=fitted.temperature, accuracy=fitted.accuracy
        )
    every = np.concatenate(duals, axis=1)
    used = np.flatnonzero(_texts_with(sparse))
    arrays: dict[str, NDArray[np.generic]] = {
        "used": used,
        "idf": idf,
        "lexical": (share * (sparse[:, used].T @ every)).astype(np.float16),
        "bias": every.sum(axis=0).astype(np.float32),
    }
    if vectors is not None:
        arrays["semantic"] = (other * (vectors.T @ every)).astype(np.float32)
    artifact.write(folder, likeness.Table(format=artifact.FORMAT, heads=heads), arrays)
