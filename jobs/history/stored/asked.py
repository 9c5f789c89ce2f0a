"""A look at the history that somebody asks for from afar: bounded, and one at a time in each
process.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from jobs.access.actor import Actor
from jobs.dispatch.clock import database_now
from jobs.errors import DomainError
from jobs.history.stored.examine import examine
from jobs.history.stored.report import Report
from jobs.history.stored.scope import Scope
from jobs.moments import TOO_FAR, is_near

ANSWER_SECONDS = 20.0
USUALLY = timedelta(hours=24)
_turn = threading.Lock()


def examine_for(actor: Actor, *, since: datetime | None = None) -> Report:
    """What ``examine`` finds since then (the last day unless given) within 20 s; then the report is
    not complete.

    Raises Forbidden for whom tags limit, as it is about all jobs, and DomainError while another
    look goes on.
    """
    actor.require_everywhere("beatwright.view_run")
    if since and not is_near(since):
        raise DomainError(TOO_FAR, field="since")
    if not _turn.acquire(blocking=False):
        raise DomainError("a look at the history is going on here", hint="ask again in a moment")
    try:
        now = database_now()
        return examine(Scope(now, since or now - USUALLY, seconds=ANSWER_SECONDS))
    finally:
        _turn.release()
