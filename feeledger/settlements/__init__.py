"""Settlement (划解): reconciled money leaves the designated account for its levels; the month's account."""
