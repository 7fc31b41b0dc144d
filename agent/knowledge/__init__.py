"""Knowledge: the reference docs as citable passages, their index, and the catalogue of tools."""
