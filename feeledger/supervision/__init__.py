"""Signals and cases of departments that collect directly."""
