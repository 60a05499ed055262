"""What an enterprise owes and why; and whether a charge is lawful."""
