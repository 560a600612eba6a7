"""Train, watch and rank teams of agents in native-speed games."""

__version__ = "0.1.0"
