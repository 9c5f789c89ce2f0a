"""The checks, one in each file."""
