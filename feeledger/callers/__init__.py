"""Callers without a name, by their address: how often each may ask of the public doors."""
