"""The pulse: one small query whose answer differs whenever something has happened that a live page would show."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from jobs import conf

# Each reads the end of an index, or at most a thousand rows at work, or a table of a few rows.
STATEMENT = """
SELECT
  (SELECT id FROM jobs_run ORDER BY id DESC LIMIT 1),
  (SELECT max(finished_at) FROM jobs_run WHERE finished_at IS NOT NULL),
  (SELECT max(lease_expires_at) FROM jobs_run WHERE state = 'running'),
  (SELECT max(started_at) FROM (SELECT started_at FROM jobs_run WHERE state = 'running' ORDER BY id DESC LIMIT 1000) r),
  (SELECT sum(attempt) FROM (SELECT attempt FROM jobs_run WHERE state = 'running' ORDER BY id DESC LIMIT 1000) r),
  (SELECT min(next_run_at) FROM jobs_jobstate WHERE next_run_at IS NOT NULL),
  (SELECT bucket FROM jobs_minutestat WHERE queue = '' ORDER BY bucket DESC LIMIT 1),
  (SELECT succeeded + failed + timed_out + cancelled + skipped FROM jobs_minutestat
    WHERE queue = '' ORDER BY bucket DESC LIMIT 1),
  (SELECT max(opened_at) FROM jobs_alert), (SELECT max(closed_at) FROM jobs_alert),
  (SELECT sum(length(message)) FROM (SELECT message FROM jobs_alert WHERE closed_at IS NULL LIMIT 1000) a),
  (SELECT max(paused_at) FROM jobs_queue), (SELECT sum(1) FROM jobs_queue WHERE paused_at IS NOT NULL),
  (SELECT sum(1) FROM jobs_worker WHERE stopped_at IS NULL AND heartbeat_at >= %s),
  (SELECT sum(busy) FROM jobs_worker WHERE stopped_at IS NULL AND heartbeat_at >= %s)
"""


def pulse(*, now: datetime) -> str:
    """One query. A run that was planned, started, ended or renewed its lease; an alert, a pause, a worker."""
    heard = connection.ops.adapt_datetimefield_value(now - timedelta(seconds=conf.get().worker_silent_seconds))
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [heard, heard])
        return "|".join(str(value) for value in cursor.fetchone())
