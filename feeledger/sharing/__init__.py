"""Shares by level (分成): the published ratios, and what each payment comes to for each level."""
