"""ONNX models of tables: one input of shape [any, n]; a label with or without probabilities, or one value."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from agent.api import Refused

from . import libraries
from .libraries import Rows, Session, Tensor
from .model import Label, Landmarks, Outputs, Task, single_column

if TYPE_CHECKING:
    import onnx

FLOATS = {"tensor(float)": "float32", "tensor(double)": "float64"}
LABELS = {"tensor(int64)": int, "tensor(string)": str}
ZIPMAPS = frozenset({"seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))"})
TABLE_DIMENSIONS = 2
CLASS_ATTRIBUTES = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")


@dataclass(frozen=True)
class OnnxModel:
    """A session, and the roles of its input and outputs."""

    session: Session
    input: Tensor
    label: Tensor | None
    values: Tensor | None
    classes: tuple[Label, ...] | None
    thresholds: Landmarks
    classes_guessed: bool = False

    packages = ("onnxruntime",)
    names = None
    # A graph may compute some answer from NaN without having been made to.
    missing_allowed = False

    @property
    def width(self) -> int:
        """Return the number of features."""
        return cast("int", self.input.shape[1])

    @property
    def task(self) -> Task:
        """Return the task: a label is a classification's."""
        return "regression" if self.label is None else "classification"

    @property
    def probabilities(self) -> bool:
        """Return whether probabilities come with the label."""
        return self.label is not None and self.values is not None

    @property
    def float32(self) -> bool:
        """Return whether the input is of 32-bit floats."""
        return FLOATS[self.input.type] == "float32"

    @property
    def zipmap(self) -> bool:
        """Return whether the probabilities come as one mapping a row, as skl2onnx makes by default."""
        return self.values is not None and self.values.type in ZIPMAPS

    @property
    def outputs(self) -> list[str]:
        """Return the names of the outputs: the label first, then the values."""
        return [tensor.name for tensor in (self.label, self.values) if tensor is not None]

    @property
    def description(self) -> str:
        """Return the types of the input and the outputs."""
        return f"ONNX, {self.input.type} in, {', '.join(self.outputs)} out"

    @property
    def settings(self) -> dict[str, object]:
        """Return what the engine's template needs."""
        return {
            "input_name": repr(self.input.name),
            "output_names": [repr(name) for name in self.outputs],
            "dtype": FLOATS[self.input.type],
            "zipmap": self.zipmap,
            "label_dtype": "str_" if self.label is not None and self.label.type == "tensor(string)" else "int64",
        }

    def predict(self, rows: Rows) -> Outputs:
        """Predict rows of shape (n, width)."""
        values = rows.astype(FLOATS[self.input.type])
        # One by one, as the service is asked: the last bits of a sum depend on how many rows are summed together.
        found = [self._predict(values[place : place + 1]) for place in range(len(values))]
        predictions = [prediction for prediction, _ in found]
        return Outputs(predictions, np.array([shares for _, shares in found]) if self.probabilities else None)

    def _predict(self, row: NDArray[np.generic]) -> tuple[Label, list[float]]:
        found = self.session.run(self.outputs, {self.input.name: row})
        (prediction,) = cast("list[Label]", single_column(cast("NDArray[np.generic]", found[0])).tolist())
        if not self.probabilities:
            return prediction, []
        if self.zipmap:
            (shares,) = cast("list[dict[Label, float]]", found[1])
            return prediction, [shares[label] for label in self.classes or ()]
        return prediction, cast("NDArray[np.float32]", found[1])[0].tolist()

    def landmarks(self) -> Landmarks:
        """Return the thresholds of tree nodes that see the features as they come."""
        return self.thresholds


def load(content: bytes) -> OnnxModel:
    """Load an ONNX file; raises Refused for shapes and outputs that are not served, by name."""
    libraries.require("onnx", "onnx")
    runtime = libraries.onnxruntime()
    graph = _graph(content)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(content, options, ["CPUExecutionProvider"])
    except Exception as problem:  # onnxruntime's errors have no common class but Exception
        raise Refused(f"onnxruntime cannot load the model file: {str(problem).splitlines()[0]}") from problem
    source = _input(session.get_inputs())
    label, values = _outputs(session.get_outputs())
    width = cast("int", source.shape[1])
    zeros = np.zeros((2, width), FLOATS[source.type])
    try:
        answers = session.run([tensor.name for tensor in (label, values) if tensor is not None], {source.name: zeros})
    except Exception as problem:  # as above
        raise Refused(f"the model does not predict rows of zeros: {str(problem).splitlines()[0]}") from problem
    classes, guessed = (None, False) if label is None else _classes(graph, label, answers)
    return OnnxModel(session, source, label, values, classes, _thresholds(graph, source.name), guessed)


def _graph(content: bytes) -> "onnx.GraphProto":
    import onnx
    from google.protobuf.message import DecodeError

    try:
        graph = onnx.load_from_string(content).graph
    except DecodeError as problem:
        raise Refused("the ONNX file is damaged", "copy it again and compare sizes") from problem
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(graph)):
        raise Refused(
            "the ONNX model keeps weights in another file, which is not opened",
            "save it in one: onnx.save(model, path, save_as_external_data=False)",
        )
    return graph


def _tensors(graph: "onnx.GraphProto") -> "Iterator[onnx.TensorProto]":
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for inner in (attribute.g, *attribute.graphs):
                if inner.node or inner.initializer:
                    yield from _tensors(inner)


def _input(inputs: list[Tensor]) -> Tensor:
    if len(inputs) != 1:
        raise Refused(
            f"the model has {len(inputs)} inputs; one table of numbers is served",
            "tables of texts and numbers come in a later version",
        )
    (found,) = inputs
    if found.type not in FLOATS:
        raise Refused(f"the model's input is {found.type}; float and double are served")
    if len(found.shape) != TABLE_DIMENSIONS or not isinstance(found.shape[1], int) or found.shape[1] < 1:
        raise Refused(f"the model's input has the shape {found.shape}; a table of known width, [None, n], is served")
    if isinstance(found.shape[0], int):
        raise Refused(
            f"the model's input has the fixed shape {found.shape}", "export it with a first dimension that may vary"
        )
    return found


def _outputs(outputs: list[Tensor]) -> tuple[Tensor | None, Tensor | None]:
    """Return the label's and the values' tensor."""
    match [(tensor.type in LABELS, _is_values(tensor)) for tensor in outputs]:
        case [(True, _)]:
            return outputs[0], None
        case [(True, _), (_, True)]:
            return outputs[0], outputs[1]
        case [(_, True), (True, _)]:
            return outputs[1], outputs[0]
        case [(_, True)] if outputs[0].shape[1:] in ([], [1]) and outputs[0].type in FLOATS:
            return None, outputs[0]
        case _:
            told = ", ".join(f"{tensor.name} {tensor.type} {tensor.shape}" for tensor in outputs)
            raise Refused(
                f"the model answers {told}; served are a label, a label with probabilities, or one value a row"
            )


def _is_values(tensor: Tensor) -> bool:
    return tensor.type in ZIPMAPS or (tensor.type in FLOATS and len(tensor.shape) <= TABLE_DIMENSIONS)


def _classes(graph: "onnx.GraphProto", label: Tensor, answers: list[object]) -> tuple[tuple[Label, ...], bool]:
    """Return the labels in the order of the probabilities, as the graph tells them; else a guess: 0, 1, ..."""
    if len(answers) > 1 and isinstance(answers[1], list):
        return tuple(cast("list[dict[Label, float]]", answers[1])[0]), False
    width = cast("NDArray[np.generic]", answers[1]).shape[1] if len(answers) > 1 else None
    for node in graph.node:
        for attribute in node.attribute:
            found = [text.decode() for text in attribute.strings] or list(attribute.ints)
            if attribute.name in CLASS_ATTRIBUTES and found and width in (None, len(found)):
                return tuple(found), False
    if width is not None and LABELS[label.type] is int:
        return tuple(range(width)), True
    raise Refused("the graph does not say which labels there are", "export it with probabilities beside the label")


def _thresholds(graph: "onnx.GraphProto", source: str) -> Landmarks:
    found: dict[int, list[float]] = {}
    for node in graph.node:
        if node.op_type in {"TreeEnsembleClassifier", "TreeEnsembleRegressor"} and node.input[0] == source:
            told = {attribute.name: attribute for attribute in node.attribute}
            columns = told["nodes_featureids"].ints, told["nodes_values"].floats, told["nodes_modes"].strings
            for feature, threshold, mode in zip(*columns, strict=True):
                if mode != b"LEAF":
                    found.setdefault(feature, []).append(threshold)
    return {feature: np.unique(values) for feature, values in found.items()}
