"""Facts that come in by file: read strictly, every fault of every row at once, taken whole."""
