"""Outgoing notifications: written in the transaction of what happened, delivered afterwards."""
