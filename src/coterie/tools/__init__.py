"""Things to do with games and runs, one file each."""
