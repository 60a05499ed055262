"""Duties from acts: a permit or a whole building project, assessed once, one notice a region."""
