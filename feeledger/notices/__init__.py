"""Payment notices: one pay code for what several departments charge."""
