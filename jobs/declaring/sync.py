"""``sync``: the stored jobs become what the code declares, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jobs import conf
from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.declaring.discovery import discover
from jobs.declaring.documents import Declared, documents_of
from jobs.declaring.releases import Stated, record_plan, why_superseded
from jobs.importers.apply import ChangedMeanwhile
from jobs.importers.files.document import Document
from jobs.importers.files.problems import Problem
from jobs.importers.planning.ownership import CODE
from jobs.importers.planning.plan import Plan
from jobs.importers.service import import_documents

TRIES = 3
STALE_HINT = "sync --rollback applies it all the same"
VANISHED_HINT = "sync --prune pauses them"


@dataclass(frozen=True)
class SyncOrder:
    """``dry_run``: look only. ``prune``: pause the jobs of modules that are gone as well.
    ``rollback``: apply what is older than the stored plan, too.
    """

    dry_run: bool = False
    prune: bool = False
    rollback: bool = False


@dataclass(frozen=True)
class Synced:
    """``plan``: what was done, or would be; nothing of it was where there are problems.
    ``is_current``: whether the code and the stored jobs are the same, now that it was done.
    """

    plan: Plan
    is_applied: bool
    is_current: bool


def sync(asked: SyncOrder, *, actor: Actor, now: datetime) -> Synced:
    """Make the jobs what this installation's code declares; raises Forbidden, and ChangedMeanwhile
    when others keep saving the same jobs.
    """
    for _ in range(TRIES - 1):
        try:
            return _sync(asked, actor, now)
        except ChangedMeanwhile:
            continue
    return _sync(asked, actor, now)


def _sync(asked: SyncOrder, actor: Actor, now: datetime) -> Synced:
    found = discover()
    if found.problems:  # half of what is declared would pause the other half
        return Synced(Plan(problems=found.problems), is_applied=False, is_current=False)
    documents = documents_of(found)
    with transaction.atomic():
        older = [] if asked.rollback else list(_older(documents))
        held = {problem.file for problem in older}
        chosen = [document for document in documents if document.name not in held]
        vanished = _vanished(documents, actor)
        chosen += vanished if asked.prune else []
        if not asked.dry_run:
            _record(chosen, actor, now)
        plan = import_documents(chosen, actor=actor, now=now, dry_run=asked.dry_run, prune=True)
        if plan.problems:
            transaction.set_rollback(True)
    plan.warnings += older
    plan.warnings += [] if asked.prune else map(_is_gone, vanished)
    is_applied = not (plan.problems or asked.dry_run)
    is_current = not (plan.problems or older) and (is_applied or not plan.changes)
    return Synced(plan, is_applied=is_applied, is_current=is_current)


def _older(documents: Sequence[Document]) -> Iterator[Problem]:
    for document in documents:
        if why := why_superseded(_stated(document)):
            message = f"was left as it is: {why}"
            yield Problem(document.name, 0, 0, "", "", "", message, STALE_HINT)


def _record(documents: Sequence[Document], actor: Actor, now: datetime) -> None:
    for document in documents:
        record_plan(_stated(document), by=actor.name, now=now)


def _stated(document: Document) -> Stated:
    declared = document.content
    assert isinstance(declared, Declared)
    return Stated(document.source, declared.fingerprint(), conf.get().release)


def _vanished(documents: Sequence[Document], actor: Actor) -> list[Document]:
    """An empty one for each module that owns jobs and is no part of this installation."""
    owned = visible_jobs(actor).filter(source__startswith=CODE, archived_at=None, enabled=True)
    sources = set(owned.order_by().values_list("source", flat=True).distinct())
    known = {document.source for document in documents}
    return [
        Document(source.removeprefix(CODE), source=source, content=Declared([]))
        for source in sorted(sources - known)
    ]


def _is_gone(document: Document) -> Problem:
    message = "is no part of this installation, and jobs of it are running"
    return Problem(document.name, 0, 0, "", "", "", message, VANISHED_HINT)
