"""Replays: episodes noted as they are played, read, simulated again, proved, compared and exported."""
