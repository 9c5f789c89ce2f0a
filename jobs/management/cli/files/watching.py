"""Following schedule files from the command line, in place of a scheduler."""

from __future__ import annotations

import signal
import time
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from jobs.database.locks import with_lock_holders
from jobs.importers.apply import ChangedMeanwhile
from jobs.maintenance.files.schedule_files import ScheduleFiles
from jobs.outages import Outage

LOOK_EVERY_SECONDS = 0.5


def watch(files: ScheduleFiles) -> None:
    """Until Ctrl-C or SIGTERM, which let the look that is under way come to its end."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: asked.append(number))
    outage = Outage(
        __name__, "schedule files wait to be imported", "schedule files are imported again"
    )
    while not asked:
        look(files, outage, now=timezone.now())
        time.sleep(LOOK_EVERY_SECONDS)


def look(files: ScheduleFiles, outage: Outage, *, now: datetime) -> None:
    """A database that is away, or a job that somebody else has just changed, is waited for; the
    next look tries again.

    Any other error ends the command, such as one of the terminal that the changes are shown on.
    """
    try:
        files.run_once(now=now)
    except (DatabaseError, InterfaceError, ChangedMeanwhile) as error:
        outage.failed(with_lock_holders(error))
        connections.close_all()
    else:
        outage.worked()
