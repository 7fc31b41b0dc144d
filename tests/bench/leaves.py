"""How often a framework ends in the right leaf: `python tests/bench/leaves.py`.

Every request of knowledge/likes/ is decided with the likeness of a fit that left it out; beside it what the conditions
alone decide. The requests are one author's, so real ones are harder.
"""

import numpy as np

from agent.brief.read import read
from agent.decisions.framework import decide
from agent.decisions.likes import PREFIX, load_likes
from agent.engine import Engine
from agent.routing import ridge
from agent.routing.compile import features_of


def main() -> None:
    engine = Engine.open()
    rules = engine.rules
    alone = likely = total = 0
    for name, pairs in load_likes(engine.packs, rules.frameworks, rules.symptoms).items():
        if not name.startswith(PREFIX):
            continue
        framework = rules.frameworks[name.removeprefix(PREFIX)]
        labels = sorted({label for _, label in pairs})
        features, _ = features_of([text for text, _ in pairs], engine.encoder)
        wanted = np.asarray([labels.index(label) for _, label in pairs], np.intp)
        unseen = ridge.fit(ridge.kernel_of(features), wanted).unseen()
        right = [0, 0]
        for (text, label), shares in zip(pairs, unseen.tolist(), strict=True):
            brief = read(text)
            right[0] += decide(framework, brief, rules.catalogue).leaf == label
            right[1] += decide(framework, brief, rules.catalogue, dict(zip(labels, shares, strict=True))).leaf == label
        print(
            f"{framework.id:26} {len(pairs):4}  conditions {right[0] / len(pairs):.3f}  with likeness {right[1] / len(pairs):.3f}"
        )
        alone, likely, total = alone + right[0], likely + right[1], total + len(pairs)
    print(f"{'all':26} {total:4}  conditions {alone / total:.3f}  with likeness {likely / total:.3f}")


if __name__ == "__main__":
    main()
