"""Faces of a Batch for other people's tools: import the one you need, nothing here imports the rest."""
