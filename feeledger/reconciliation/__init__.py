"""A bank's day file held against our payments."""
