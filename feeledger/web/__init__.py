"""The people's door: pages for enterprises and the bureau's console."""
