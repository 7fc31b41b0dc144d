"""What a design costs, and whether it fits: serving, batch, language models and retrieval."""
