"""The installation as a whole: its figures, its state, and what has changed."""
