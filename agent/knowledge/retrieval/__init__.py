"""Retrieval that stands alone: chunks, BM25, MiniLM without torch, fusion. Needs numpy, tokenizers, onnxruntime and bm25s."""
