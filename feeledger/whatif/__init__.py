"""What a change of the catalog would cost whom, on the real facts of a region; nothing is kept or billed."""
