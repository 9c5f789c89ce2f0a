"""Python source that fills ``beat_schedule``: read statement by statement, and never run."""
