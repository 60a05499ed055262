"""The append-only double-entry book of each region."""
