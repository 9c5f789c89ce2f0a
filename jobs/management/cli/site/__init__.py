"""The verbs of runs, and of what an installation holds besides jobs."""
