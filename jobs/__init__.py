"""Beatwright's scheduling engine: jobs become due occurrences, occurrences become recorded runs."""
