"""What keeps one run from the next, and every run from the worker's main process."""
