"""Make, change and remove calendars; the jobs whose occurrences they move are planned anew at
once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions.runs.skipped import drop_for_calendar
from jobs.definition.calendar_checks import check_calendar
from jobs.definition.checking import QUEUE_ALLOWED
from jobs.definition.fitting import some
from jobs.definition.storable import refuse_unknown
from jobs.dispatch.naming import jobs_with_calendar
from jobs.errors import CalendarNotFound, DomainError, NameTaken
from jobs.models import Calendar, Job, JobState

logger = logging.getLogger(__name__)

MOST_CALENDARS = 200
EDITABLE = frozenset(
    {
        "description", "country", "subdivision", "weekdays", "closed_days", "open_days", "windows",
        "ics", "feed_url", "applies_to", "tags",
    }
)  # fmt: skip
# Written by the leader, or made of the others.
KEPT = frozenset({"digest", "feed_checked_at", "feed_fetched_at", "feed_error"})
BATCH = 500


def create_calendar(values: dict[str, Any], *, actor: Actor, now: datetime) -> Calendar:
    """A new calendar from field values; at most 200.

    Raises InvalidCalendar, NameTaken, or DomainError for an unknown field.
    """
    actor.require_everywhere("beatwright.manage_calendar")
    refuse_unknown(values, EDITABLE | {"name"}, "a calendar")
    calendar = Calendar(created_at=now, updated_at=now, **values)
    check_calendar(calendar)
    with transaction.atomic():
        if Calendar.objects.count() >= MOST_CALENDARS:
            raise DomainError(f"there can be at most {MOST_CALENDARS} calendars", field="name")
        if Calendar.objects.select_for_update().filter(pk=calendar.name).exists():
            raise NameTaken(
                f"another calendar already has the name {calendar.name!r}", field="name"
            )
        calendar.save(force_insert=True)
        audit.record(actor, audit.Verb.CREATE_CALENDAR, calendar, now=now, after=told_of(calendar))
    logger.info("calendar created", extra={"calendar": calendar.name, "actor": actor.name})
    return calendar


def update_calendar(name: str, values: dict[str, Any], *, actor: Actor, now: datetime) -> Calendar:
    """Change a calendar; its name stays. Jobs whose occurrences it moves are planned from now on.

    Raises CalendarNotFound, InvalidCalendar, or DomainError for an unknown field.
    """
    actor.require_everywhere("beatwright.manage_calendar")
    with transaction.atomic():
        stored = _locked(name)
        calendar = changed_calendar(stored, values)
        if not any(getattr(stored, field) != value for field, value in values.items()):
            return stored
        save_change(stored, calendar, actor, now)
    logger.info("calendar updated", extra={"calendar": name, "actor": actor.name})
    return calendar


def save_change(stored: Calendar, calendar: Calendar, actor: Actor, now: datetime) -> None:
    """Write a checked change of a locked calendar, and plan the jobs that it moves again."""
    name = calendar.name
    for pairs in _locked_pairs(jobs_with_calendar(name)):
        for job, state in pairs:
            why = f"edited by {actor}: the calendar {name} was changed"
            drop_for_calendar(job, state, why, now=now)
    calendar.updated_at = now
    calendar.save()
    replan(jobs_with_calendar(name), now=now)
    before, after = told_of(stored), told_of(calendar)
    audit.record(actor, audit.Verb.UPDATE_CALENDAR, calendar, now=now, before=before, after=after)


def changed_calendar(stored: Calendar, values: dict[str, Any]) -> Calendar:
    """The calendar as it would be with these values, checked and not saved."""
    refuse_unknown(values, EDITABLE, "a calendar")
    fields = {field.name: getattr(stored, field.name) for field in Calendar._meta.concrete_fields}
    if "feed_url" in values and values["feed_url"] != stored.feed_url:
        fields |= {"feed_checked_at": None, "feed_fetched_at": None, "feed_error": ""}
    calendar = Calendar(**(fields | values))
    calendar._state.adding = False
    check_calendar(calendar)
    return calendar


def delete_calendar(name: str, *, actor: Actor, now: datetime) -> None:
    """Remove a calendar; raises CalendarNotFound, or DomainError while jobs that are not archived
    name it.
    """
    actor.require_everywhere("beatwright.manage_calendar")
    with transaction.atomic():
        calendar = _locked(name)
        names = list(jobs_with_calendar(name).values_list("name", flat=True))
        if names:
            count = f"{len(names):,} job{'s' if len(names) > 1 else ''}"
            hint = "take it out of these jobs first"
            raise DomainError(f"in use by {count}: {some(names)}", field="calendar", hint=hint)
        audit.record(actor, audit.Verb.DELETE_CALENDAR, calendar, now=now, before=told_of(calendar))
        calendar.delete()
    logger.info("calendar deleted", extra={"calendar": name, "actor": actor.name})


def replan(jobs: Iterable[Job], *, now: datetime) -> int:
    """Within a transaction: plan those of these jobs anew whose occurrences their calendars move;
    returns how many changed.
    """
    changed = 0
    for pairs in _locked_pairs(jobs):
        changed += JobState.objects.follow(pairs, now=now)
    return changed


def told_of(calendar: Calendar) -> dict[str, Any]:
    """The fields as the audit has them: of an iCalendar text, how long it is."""
    fields = audit.row_snapshot(calendar)
    lines = fields["ics"].count("\n")
    kept = {name: value for name, value in fields.items() if name not in KEPT}
    return kept | {"ics": f"{lines:,} lines, {fields['digest'][:8]}" if fields["ics"] else ""}


def _locked_pairs(jobs: Iterable[Job]) -> Iterator[list[tuple[Job, JobState]]]:
    """The shifting ones with their states, locked in one order for all who lock several."""
    shifting = sorted((job for job in jobs if job.shifts), key=lambda job: job.pk)
    for some_jobs in (shifting[at : at + BATCH] for at in range(0, len(shifting), BATCH)):
        ids = [job.pk for job in some_jobs]
        rows = JobState.objects.select_for_update(no_key=True).filter(job_id__in=ids)
        states = {state.job_id: state for state in rows.order_by("job_id")}
        fresh = Job.objects.in_bulk(ids)
        yield [(fresh[pk], states[pk]) for pk in ids if pk in states and pk in fresh]


def _locked(name: str) -> Calendar:
    found = (
        Calendar.objects.select_for_update().filter(pk=name).first()
        if QUEUE_ALLOWED.fullmatch(name)
        else None
    )
    if found is None:
        raise CalendarNotFound(f"there is no calendar {name[:100]!r}", field="calendar")
    return found
