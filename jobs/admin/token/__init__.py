"""The pages about API tokens."""
