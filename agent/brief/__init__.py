"""The brief: what a request says, with units and the words it says it in. Nothing is added to it."""
