"""What banks confirm, taken in exactly once."""
