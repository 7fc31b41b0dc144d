"""Skills: the contract they fulfil, how they are found, trusted and run, and how their plans reach the disk."""
