"""Diagnostics: a close look at what the Cogs of one policy see, know, want and do, step by step."""
