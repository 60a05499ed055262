"""Electronic vouchers: numbers without a gap, two signatures, and whether one is a receipt yet."""
