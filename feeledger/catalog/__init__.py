"""The published fee catalogs: what may be charged, by whom, on what document, at what rate."""
