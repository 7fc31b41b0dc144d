"""Makes a project of each kind and verifies it in a virtual environment of its own: `clean_projects.py FOLDER`.

Needs pip to reach a package index; run by `.ci/run`, not by pytest.
"""

import json
import subprocess
import sys
from pathlib import Path


def models(folder: Path) -> dict[str, Path]:
    """Write one small model of each kind that the serving skill takes."""
    import numpy as np
    import xgboost
    from onnx import TensorProto, helper
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from skops import io

    data = load_breast_cancer()
    io.dump(
        HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(data.data, data.target_names[data.target]),
        folder / "tumour.skops",
    )
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 3}, xgboost.DMatrix(data.data, data.target), 20
    )
    booster.save_model(folder / "tumour.json")
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 4])
    price = helper.make_tensor_value_info("price", TensorProto.FLOAT, [None, 1])
    weights = helper.make_tensor("weights", TensorProto.FLOAT, [4, 1], np.array([1.5, -2.0, 0.25, 3.0], np.float32))
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["rows", "weights"], ["price"])], "price", [rows], [price], [weights]
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (folder / "price.onnx").write_bytes(made.SerializeToString())
    return {path.suffix[1:]: path for path in (folder / "tumour.skops", folder / "tumour.json", folder / "price.onnx")}


def documents(folder: Path) -> Path:
    """Write a small folder of documents."""
    docs = folder / "docs"
    docs.mkdir()
    for subject, fact in (("Hive", "Bees make honey out of nectar."), ("Swarms", "A swarm leaves the hive in May.")):
        text = (
            f"# {subject}\n\n## What happens in the {subject.lower()}?\n\n{fact} Nobody has to hold a box below it.\n"
        )
        (docs / f"{subject.lower()}.md").write_text(text, encoding="utf-8")
    return docs


def main() -> int:
    """Make and verify each; the exit code is the number that failed."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    serving = [
        (kind, ["serving", "--input", str(model), "--set", "replay_rows=500"]) for kind, model in models(folder).items()
    ]
    failed = 0
    for kind, asked in [*serving, ("rag", ["rag", "--input", str(documents(folder))])]:
        command = [sys.executable, "-m", "agent", "run", *asked, "--out", str(folder / kind)]
        command += ["--set", "install=true", "--yes", "--json"]
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
        status = json.loads(done.stdout)["status"] if done.stdout else "no result"
        print(f"{kind}: {status}", flush=True)
        failed += status != "verified"
    return failed


if __name__ == "__main__":
    sys.exit(main())
