"""The change token: one small query whose answer differs whenever something happened that a live
page would show.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from jobs import conf

# Each reads the end of an index, or at most a thousand rows at work, or a table of a few rows.
STATEMENT = """
SELECT
  (SELECT id FROM beatwright_run ORDER BY id DESC LIMIT 1),
  (SELECT max(finished_at) FROM beatwright_run WHERE finished_at IS NOT NULL),
  (SELECT max(lease_expires_at) FROM beatwright_run WHERE state = 'running'),
  (SELECT max(started_at) FROM
    (SELECT started_at FROM beatwright_run WHERE state = 'running' ORDER BY id DESC LIMIT 1000) r),
  (SELECT sum(attempt) FROM
    (SELECT attempt FROM beatwright_run WHERE state = 'running' ORDER BY id DESC LIMIT 1000) r),
  (SELECT min(next_run_at) FROM beatwright_jobstate WHERE next_run_at IS NOT NULL),
  (SELECT bucket FROM beatwright_minutestat WHERE queue = '' ORDER BY bucket DESC LIMIT 1),
  (SELECT succeeded + failed + timed_out + cancelled + skipped FROM beatwright_minutestat
    WHERE queue = '' ORDER BY bucket DESC LIMIT 1),
  (SELECT max(opened_at) FROM beatwright_alert), (SELECT max(closed_at) FROM beatwright_alert),
  (SELECT sum(length(message)) FROM
    (SELECT message FROM beatwright_alert WHERE closed_at IS NULL LIMIT 1000) a),
  (SELECT sum(1) FROM (SELECT acknowledged_at FROM beatwright_alert
    WHERE closed_at IS NULL AND acknowledged_at IS NOT NULL LIMIT 1000) k),
  (SELECT sum(1) FROM (SELECT id FROM beatwright_run
    WHERE state IN ('failed', 'timed_out') AND resolved_at IS NULL
    ORDER BY id DESC LIMIT 1001) d),
  (SELECT max(paused_at) FROM beatwright_queue),
  (SELECT sum(1) FROM beatwright_queue WHERE paused_at IS NOT NULL),
  (SELECT sum(1) FROM beatwright_worker WHERE stopped_at IS NULL AND heartbeat_at >= %s),
  (SELECT sum(busy) FROM beatwright_worker WHERE stopped_at IS NULL AND heartbeat_at >= %s)
"""


NEXT_DUE = 5  # its place in the answer


def change_token(*, now: datetime, ahead: timedelta | None = None) -> str:
    """One query: runs that were planned, started, ended or renewed their lease; alerts, dead
    letters, pauses, workers.

    ``ahead``: and every minute while anything is due that soon, for what shows how soon.
    """
    adapt = connection.ops.adapt_datetimefield_value
    heard = adapt(now - timedelta(seconds=conf.get().worker_silent_seconds))
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [heard, heard])
        row = cursor.fetchone()
    is_soon = ahead is not None and row[NEXT_DUE] is not None and row[NEXT_DUE] < adapt(now + ahead)
    return "|".join(map(str, (*row, int(now.timestamp()) // 60 if is_soon else "")))
