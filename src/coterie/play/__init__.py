"""Batches played by policies and people: the loop, who sits where, and the terminal."""
