"""A worker process from its start to its end: its row, its restart, and how it stops."""
