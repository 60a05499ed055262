"""The demonstration region: synthetic enterprises, a bank simulator, a tale."""
