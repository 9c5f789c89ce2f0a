"""Does somebody keep rows or tables locked that the engine works with?"""

from __future__ import annotations

from collections.abc import Iterator

from jobs.database.locks import holders
from jobs.queries.health.finding import HealthFinding

LONG_SECONDS = 10.0
MOST = 10


def locks(host: str) -> Iterator[HealthFinding]:
    """One finding for each session whose transaction has held locks in our tables for long.

    PostgreSQL alone tells.
    """
    found = holders(seconds=LONG_SECONDS, most=MOST)
    for holder in found:
        facts = {"pid": holder.pid, "seconds": round(holder.seconds, 1), "waiting": holder.waiting}
        detail = f"{holder.what}; sessions waiting for it: {holder.waiting}"
        remedy = f"let it commit or roll back, or end it: SELECT pg_terminate_backend({holder.pid})"
        yield HealthFinding("locks", False, detail, remedy, cause=holder.who, facts=facts)
    if not found:
        yield HealthFinding(
            "locks", True, f"no lock of ours is held for longer than {LONG_SECONDS:g} s"
        )
