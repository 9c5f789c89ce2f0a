"""The two things that ``doctor`` looks at, here or on another machine: how this is now, and what is
recorded.
"""

from __future__ import annotations

import platform
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from jobs.database.deadlines import answer_within
from jobs.dispatch.clock import database_now
from jobs.errors import DomainError
from jobs.history.stored import Scope
from jobs.history.stored import examine as look_back
from jobs.management.cli import findings, history
from jobs.management.client import Client
from jobs.management.remote.health import findings_from, history_from
from jobs.queries.health import BY_DEFAULT, examine

PATIENCE_SECONDS = 10.0
ANSWER_SECONDS = (
    60.0  # one statement of the look back, on our own side; the server gives it up sooner
)


class Examined(NamedTuple):
    """The answer for programs, and in words."""

    is_well: bool
    value: Any
    text: str


def of_health(options: dict[str, Any], remote: Client | None) -> Examined:
    """The checks that ``options`` name; raises DomainError for words that do not go with them."""
    if options["since"]:
        raise DomainError("goes with --history", field="since")
    if remote is None:
        host = platform.node() if options["here"] else ""
        found = examine(options["check"] or BY_DEFAULT, host=host, answer_seconds=PATIENCE_SECONDS)
    else:
        found = findings_from(remote, options)
    return Examined(
        all(one.ok for one in found), [asdict(one) for one in found], findings.findings_text(found)
    )


def of_history(options: dict[str, Any], remote: Client | None) -> Examined:
    """Whether the promises were kept since the moment asked for; raises DomainError for words that
    do not fit.
    """
    if options["check"] or options["here"]:
        raise DomainError("looks at what is recorded, not at --check or --here", field="history")
    if remote is None:
        answer_within(ANSWER_SECONDS)
        now = database_now()
        found = look_back(Scope(now, history.read_since(options["since"], now=now))).fields()
    else:
        found = history_from(remote, history.read_since(options["since"], now=datetime.now(UTC)))
    return Examined(history.is_kept(found), found, history.history_text(found))
