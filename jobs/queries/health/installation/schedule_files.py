"""Are all schedulers' schedule files imported, and does a scheduler still follow each of them?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from jobs.dispatch.clock import database_now
from jobs.models import FollowedFile
from jobs.queries.health.finding import HealthFinding

CHECK = "schedule_files"
FOLLOWED_WITHIN = timedelta(seconds=120)
MOST_TOLD = 20
MEND = "correct the file; its last good schedule stays until then"
START = "start a scheduler there, or name the file in SCHEDULE_FILES of another one"


def schedule_files(host: str) -> Iterator[HealthFinding]:
    """One query: the list of all schedulers' files, of the last day."""
    now = database_now()
    rows = list(FollowedFile.objects.order_by("path", "host"))
    living = [row for row in rows if now - row.seen_at < FOLLOWED_WITHIN]
    followed = {row.path for row in living}
    wrong = [row for row in living if row.problem]
    left = [row for row in rows if row.path not in followed]
    for row in wrong[:MOST_TOLD]:
        detail = f"a file of {row.host} is not imported"
        yield HealthFinding(CHECK, False, detail, MEND, cause=f"{row.path}: {row.problem}")
    for row in left[:MOST_TOLD]:
        detail = f"no scheduler follows a file of {row.host} since {row.seen_at:%Y-%m-%d %H:%M:%SZ}"
        yield HealthFinding(CHECK, False, detail, START, cause=row.path)
    if not wrong and not left:
        hosts = len({row.host for row in living})
        yield HealthFinding(CHECK, True, f"followed: {len(followed)}, on machines: {hosts}")
