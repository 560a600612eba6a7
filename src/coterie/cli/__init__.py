"""The command line: one file a command, of which only the one asked for is imported."""
