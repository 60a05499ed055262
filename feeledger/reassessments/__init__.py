"""重新测算: a duty assessed again by a later edition or later facts; only the difference is booked."""
