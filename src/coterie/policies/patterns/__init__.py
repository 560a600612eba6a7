"""What `coterie new policy` copies where no policy that is played by name is small enough."""
