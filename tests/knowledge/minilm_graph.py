"""Builds agent/knowledge/retrieval/minilm.onnx: `python tests/knowledge/minilm_graph.py WEIGHTS` writes it again.

A BERT of six layers whose tensors are not in the graph: each is declared as external data, by its offset in the
official model.safetensors, whose hash the encoder has verified, or in the bytes that the encoder makes of the linear
layers' weights when it opens the graph: int8 and one scale a column, in the order in which the graph uses them.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from agent.knowledge.retrieval.minilm import QUANTISED

HIDDEN, HEADS, LAYERS, INNER, WORDS, PLACES = 384, 12, 6, 1536, 30522, 512
TARGET = Path(__file__).parents[2] / "agent/knowledge/retrieval/minilm.onnx"


class Graph:
    """Nodes and initialisers, collected."""

    def __init__(self, offsets: dict[str, tuple[int, int]]) -> None:
        self.offsets = offsets
        self.end = 0
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: list[str], name: str, **attributes: int | float | list[int]) -> str:
        node = helper.make_node(kind, inputs, [name], name=name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self.nodes.append(node)
        return name

    def external(self, name: str, *shape: int) -> str:
        start, end = self.offsets[name]
        self._external(name, TensorProto.FLOAT, shape, "model.safetensors", start, end - start)
        return name

    def _external(self, name: str, kind: int, shape: tuple[int, ...], file: str, offset: int, length: int) -> None:
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", file), ("offset", offset), ("length", length)):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
        self.initialisers.append(tensor)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.initialisers.append(numpy_helper.from_array(value, name))
        return name

    def quantised(self, name: str, kind: int, *shape: int) -> str:
        size = int(np.prod(shape)) * (1 if kind == TensorProto.INT8 else 4)
        self._external(name, kind, shape, QUANTISED, self.end, size)
        self.end += size
        return name

    def linear(self, x: str, name: str, wide_in: int, wide_out: int) -> str:
        """X W + b with W as int8, one scale a column, and x quantised as it comes."""
        weight = self.quantised(f"{name}.int8", TensorProto.INT8, wide_in, wide_out)
        scale = self.quantised(f"{name}.scale", TensorProto.FLOAT, wide_out)
        low, step, zero = (f"{name}.{part}" for part in ("input", "input.scale", "input.zero"))
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], [low, step, zero], name=f"{name}.quantise"))
        product = self.node("MatMulInteger", [low, weight, zero], f"{name}.product")
        wide = self.node("Cast", [product], f"{name}.wide", to=TensorProto.FLOAT)
        both = self.node("Mul", [step, scale], f"{name}.scales")
        scaled = self.node("Mul", [wide, both], f"{name}.scaled")
        return self.node("Add", [scaled, self.external(f"{name}.bias", wide_out)], f"{name}.out")

    def normal(self, x: str, name: str) -> str:
        scale, shift = (self.external(f"{name}.{part}", HIDDEN) for part in ("weight", "bias"))
        return self.node("LayerNormalization", [x, scale, shift], f"{name}.out", axis=-1, epsilon=1e-12)


def offsets(weights: Path) -> dict[str, tuple[int, int]]:
    """Return where each tensor's bytes start and end in a safetensors file."""
    with weights.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    base = 8 + length
    return {
        name: (base + entry["data_offsets"][0], base + entry["data_offsets"][1])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def build(weights: Path) -> onnx.ModelProto:
    """Return the model: input_ids, attention_mask (batch, length) int64 -> embedding (batch, 384) and each word piece's vector, float32."""
    graph = Graph(offsets(weights))
    bias = _mask_bias(graph)
    hidden = _embeddings(graph)
    for layer in range(LAYERS):
        hidden = _layer(graph, hidden, bias, f"encoder.layer.{layer}")
    _pool(graph, hidden)
    graph.node("Identity", [hidden], "tokens")
    names = ("input_ids", "attention_mask")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names]
    outputs = [
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", HIDDEN]),
        helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["batch", "length", HIDDEN]),
    ]
    proto = helper.make_graph(graph.nodes, "minilm", inputs, outputs, graph.initialisers)
    return helper.make_model(proto, opset_imports=[helper.make_opsetid("", 20)], ir_version=9, producer_name="mlwright")


def _mask_bias(graph: Graph) -> str:
    graph.constant("axes12", np.array([1, 2], np.int64))
    graph.constant("one", np.array(1, np.float32))
    graph.constant("minus", np.array(-10000, np.float32))
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    wide = graph.node("Unsqueeze", [mask, "axes12"], "mask.wide")
    hole = graph.node("Sub", ["one", wide], "mask.hole")
    return graph.node("Mul", [hole, "minus"], "mask.bias")


def _embeddings(graph: Graph) -> str:
    table = graph.external("embeddings.word_embeddings.weight", WORDS, HIDDEN)
    words = graph.node("Gather", [table, "input_ids"], "words")
    shape = graph.node("Shape", ["input_ids"], "shape")
    zero, one = (graph.constant(f"index{index}", np.array(index, np.int64)) for index in (0, 1))
    length = graph.node("Gather", [shape, one], "length", axis=0)
    order = graph.node("Range", [zero, length, one], "order")
    table = graph.external("embeddings.position_embeddings.weight", PLACES, HIDDEN)
    places = graph.node("Gather", [table, order], "places")
    kinds = graph.node("Gather", [graph.external("embeddings.token_type_embeddings.weight", 2, HIDDEN), zero], "kinds")
    summed = graph.node("Add", [graph.node("Add", [words, places], "words+places"), kinds], "embedded")
    return graph.normal(summed, "embeddings.LayerNorm")


def _layer(graph: Graph, hidden: str, bias: str, name: str) -> str:
    mixed = _attention(graph, hidden, bias, f"{name}.attention.self")
    attended = graph.linear(mixed, f"{name}.attention.output.dense", HIDDEN, HIDDEN)
    summed = graph.node("Add", [hidden, attended], f"{name}.attention.sum")
    hidden = graph.normal(summed, f"{name}.attention.output.LayerNorm")
    inner = graph.node("Gelu", [graph.linear(hidden, f"{name}.intermediate.dense", HIDDEN, INNER)], f"{name}.gelu")
    out = graph.linear(inner, f"{name}.output.dense", INNER, HIDDEN)
    return graph.normal(graph.node("Add", [hidden, out], f"{name}.sum"), f"{name}.output.LayerNorm")


def _attention(graph: Graph, hidden: str, bias: str, name: str) -> str:
    width = HIDDEN // HEADS
    if not any(tensor.name == "split" for tensor in graph.initialisers):
        graph.constant("split", np.array([0, 0, HEADS, width], np.int64))
        graph.constant("join", np.array([0, 0, HIDDEN], np.int64))
        graph.constant("scale", np.array(1 / np.sqrt(width), np.float32))

    def heads(part: str, perm: list[int]) -> str:
        flat = graph.linear(hidden, f"{name}.{part}", HIDDEN, HIDDEN)
        rows = graph.node("Reshape", [flat, "split"], f"{name}.{part}.rows")
        return graph.node("Transpose", [rows], f"{name}.{part}.heads", perm=perm)

    query, key, value = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    scores = graph.node("Mul", [graph.node("MatMul", [query, key], f"{name}.dots"), "scale"], f"{name}.scaled")
    weights = graph.node("Softmax", [graph.node("Add", [scores, bias], f"{name}.masked")], f"{name}.weights", axis=-1)
    product = graph.node("MatMul", [weights, value], f"{name}.mixed")
    mixed = graph.node("Transpose", [product], f"{name}.turned", perm=[0, 2, 1, 3])
    return graph.node("Reshape", [mixed, "join"], f"{name}.joined")


def _pool(graph: Graph, hidden: str) -> None:
    graph.constant("axis1", np.array([1], np.int64))
    graph.constant("axis2", np.array([2], np.int64))
    wide = graph.node("Unsqueeze", ["mask", "axis2"], "mask.column")
    total = graph.node("ReduceSum", [graph.node("Mul", [hidden, wide], "kept"), "axis1"], "total", keepdims=0)
    count = graph.node("ReduceSum", ["mask", "axis1"], "count", keepdims=1)
    mean = graph.node("Div", [total, count], "mean")
    norm = graph.node("ReduceL2", [mean, "axis1"], "norm", keepdims=1)
    graph.node("Div", [mean, norm], "embedding")


if __name__ == "__main__":
    TARGET.write_bytes(build(Path(sys.argv[1])).SerializeToString(deterministic=True))
