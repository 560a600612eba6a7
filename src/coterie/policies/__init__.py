"""What acts: scripted bots and networks behind one contract."""
