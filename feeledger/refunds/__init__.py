"""Refunds (退付): applied for, verified, decided, paid, each within its working days by law."""
