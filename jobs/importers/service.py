"""An import from beginning to end: the one way in for the command, the watcher and the console."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from jobs.access.actor import Actor
from jobs.importers.apply import ChangedMeanwhile, apply, going_on
from jobs.importers.contents.base import Hints
from jobs.importers.files.document import NOTHING_TOLD, Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import Asked, read_documents, read_files
from jobs.importers.planning.diff import make_plan
from jobs.importers.planning.plan import Plan
from jobs.importers.report import summary

logger = logging.getLogger(__name__)

TRIES = 3


def import_files(
    paths: Iterable[str | Asked],
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    partial: bool = False,
    prune: bool = False,
    told: Hints = NOTHING_TOLD,
    apps: Iterable[str] = (),
) -> Plan:
    """Make the jobs what the files and the named Celery apps say; returns the plan, applied whole
    or not at all.

    Any problem leaves everything as it was, unless ``partial`` takes the jobs that are right.
    ``prune`` pauses the jobs a file owns and no longer has. Raises ChangedMeanwhile when others
    keep saving the same jobs, and Forbidden.
    """
    actor.require("beatwright.import_job")
    with _collector_paused():
        reading = read_files(paths, told, apps=apps)
        return _import(reading, actor=actor, now=now, dry_run=dry_run, partial=partial, prune=prune)


def import_documents(
    documents: Sequence[Document],
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    partial: bool = False,
    prune: bool = False,
) -> Plan:
    """The same for documents that were read already, such as an upload; raises ChangedMeanwhile and
    Forbidden.
    """
    actor.require("beatwright.import_job")
    with _collector_paused():
        return _import(
            read_documents(documents),
            actor=actor,
            now=now,
            dry_run=dry_run,
            partial=partial,
            prune=prune,
        )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A large file makes a million objects that stay; walking them over and over takes a fifth of
    the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def is_applied(plan: Plan, *, partial: bool) -> bool:
    """Whether an import that is no dry run carries out this plan: nothing is wrong, or the good
    part was asked for.
    """
    return not plan.problems or (partial and bool(plan.changes or plan.same))


def _import(
    reading: Reading, *, actor: Actor, now: datetime, dry_run: bool, partial: bool, prune: bool
) -> Plan:
    passing = going_on(now)

    def attempt() -> Plan:
        plan = make_plan(reading, actor=actor, now=now, prune=prune)
        if is_applied(plan, partial=partial) and not dry_run:
            apply(plan, actor=actor, now=passing())
            if plan.changes:
                logger.info(
                    "schedule files imported: %s", summary(plan.counts()), extra=plan.counts()
                )
        return plan

    return _until_quiet(attempt)


def _until_quiet(attempt: Callable[[], Plan]) -> Plan:
    """Plan anew when somebody saved one of the jobs between plan and apply."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except ChangedMeanwhile:
            logger.info("a job was saved during the import: planning again")
    return attempt()
