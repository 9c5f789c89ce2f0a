"""The verbs for runs: run, cancel, delete, backfill, requeue, discard, skip."""
