"""The payers: the register by credit code, and the dated facts an assessment may use."""
