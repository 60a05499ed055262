"""Fiscal regions, collecting units, agent banks and the designated accounts."""
