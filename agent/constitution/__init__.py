"""The constitution: five principles, three checkpoints each, and what scores a project or an answer's plan against them."""
