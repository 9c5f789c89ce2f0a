"""GoDispatch: one-time, recurring and cron tasks with words for priorities.

``tasks`` makes, changes and tells them, ``schedule`` is their ``schedule``, ``history`` their runs.
"""
