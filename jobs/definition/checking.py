"""Whether a job as written makes sense: every problem at once, each with the field it belongs
to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from jobs import schedules
from jobs.definition.calendars import CALENDARED, known_calendars, unfit_calendars, wrong_names
from jobs.definition.field import Field, Kind, Place
from jobs.definition.fields import fields_in
from jobs.definition.fitting import POOLED, Pools, known_pools, unfit
from jobs.definition.references import REFERRING, Secrets, known_secrets, unfit_references
from jobs.definition.storable import STORED, unstorable
from jobs.errors import DomainError, InvalidFields, InvalidParams, ScheduleError, UnknownTask
from jobs.expectations import parse_deadline, parse_least_output, parse_run_length
from jobs.models import Job
from jobs.models.fleet.pool import MOST_NEEDED, RESOURCES
from jobs.moments import TOO_FAR, is_near
from jobs.params.checks import check_params
from jobs.params.limits import UNSEEN, UNSEEN_RULE, UNSTORABLE

NAME_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")
QUEUE_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
QUEUE_RULE = "must have up to 100 letters, digits and _ . : - and start with a letter or digit"
TAGS_MOST = 50
EDITED = fields_in(Place.ACTIONS)
NUMBERS = tuple(field for field in EDITED if field.bounds)
POLICIES = tuple(field for field in EDITED if field.kind is Kind.CHOICE)
SWITCHES = tuple(field for field in EDITED if field.kind is Kind.YES_NO)

Problems = Iterator[DomainError]


class InvalidJob(InvalidFields):
    """A job that cannot be saved."""


def check(job: Job, *, now: datetime, changed: Collection[str] | None = None) -> None:
    """Raise InvalidJob if the job has any problem."""
    if problems := problems_of(job, now=now, changed=changed):
        raise InvalidJob(problems)


def problems_of(
    job: Job,
    *,
    now: datetime,
    changed: Collection[str] | None = None,
    pools: Callable[[], Pools] = known_pools,
    secrets: Callable[[], Secrets] | None = known_secrets,
    calendars: Callable[[], Collection[str]] = known_calendars,
) -> list[DomainError]:
    """All problems of the fields named in ``changed``, of every field when it is None.

    ``pools``, ``secrets`` and ``calendars`` are where the job's are looked up: whoever checks many
    jobs reads them once. Without ``secrets`` those are not looked at: before it is asked who saves
    the job, nobody learns which there are.
    """
    found = [
        problem
        for fields, find in CHECKS
        if changed is None or not fields.isdisjoint(changed)
        for problem in find(job, now)
    ]
    if (changed is None or not POOLED.isdisjoint(changed)) and POOLED.isdisjoint(
        problem.field for problem in found
    ):
        found += unfit(job, pools)
    if (changed is None or not CALENDARED.isdisjoint(changed)) and CALENDARED.isdisjoint(
        problem.field for problem in found
    ):
        found += unfit_calendars(job, calendars)
    if secrets and REFERRING.isdisjoint(problem.field for problem in found):
        found += _unfit_secrets(job, changed, secrets)
    return found


def _unfit_secrets(
    job: Job, changed: Collection[str] | None, secrets: Callable[[], Secrets]
) -> Problems:
    if changed is None or not REFERRING.isdisjoint(changed):
        yield from unfit_references(job.params, job.tags, secrets)


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether it is a number without a fraction within these bounds; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _name(job: Job, now: datetime) -> Problems:
    if not job.name.strip() or len(job.name) > 200:
        yield DomainError("must have 1 to 200 characters", field="name")
    elif NAME_FORBIDDEN.search(job.name):
        yield DomainError("control characters are not allowed", field="name")
    elif UNSEEN.search(job.name):
        yield DomainError(UNSEEN_RULE, field="name")


def _task(job: Job, now: datetime) -> Problems:
    try:
        check_params(job.task, job.params)
    except InvalidParams as error:
        yield from (
            DomainError(f"{path} {text}" if path else text, field="params")
            for path, text in error.problems
        )
    except UnknownTask as error:
        yield error


def _schedule(job: Job, now: datetime) -> Problems:
    if job.starts_at and not is_near(job.starts_at):
        return  # no schedule could count from there
    try:
        schedules.check_new(
            job.schedule, job.timezone, now, anchor=job.starts_at, day_rule=job.day_rule
        )
    except ScheduleError as error:
        yield error


def _window(job: Job, now: datetime) -> Problems:
    for field in ("starts_at", "ends_at"):
        if (moment := getattr(job, field)) and not is_near(moment):
            yield DomainError(TOO_FAR, field=field)
    if job.starts_at and job.ends_at and job.ends_at <= job.starts_at:
        yield DomainError("must be after starts_at", field="ends_at")


def _queue(job: Job, now: datetime) -> Problems:
    if not QUEUE_ALLOWED.fullmatch(job.queue):
        yield DomainError(QUEUE_RULE, field="queue")


def _numbers(job: Job, now: datetime) -> Problems:
    for field in NUMBERS:
        value, (least, most) = getattr(job, field.name), field.bounds or (0, 0)
        if not (value is None and field.is_nullable) and not is_whole(value, least, most):
            yield DomainError(f"must be a whole number from {least} to {most}", field=field.name)


def _policies(job: Job, now: datetime) -> Problems:
    for field in POLICIES:
        if getattr(job, field.name) not in field.choices:
            yield DomainError(f"must be one of {', '.join(field.choices)}", field=field.name)


def _switches(job: Job, now: datetime) -> Problems:
    for field in SWITCHES:
        value = getattr(job, field.name)
        if not isinstance(value, bool) and not (value is None and field.is_nullable):
            yield DomainError("must be true or false", field=field.name)


def _tags(job: Job, now: datetime) -> Problems:
    tags = job.tags
    words = isinstance(tags, list) and all(
        isinstance(tag, str) and 0 < len(tag) <= 50 for tag in tags
    )
    if not words or len(tags) > TAGS_MOST:
        yield DomainError(
            f"must be a list of at most {TAGS_MOST} words of up to 50 characters", field="tags"
        )
    elif any(UNSEEN.search(tag) for tag in tags):
        yield DomainError(UNSEEN_RULE, field="tags")


def _owner(job: Job, now: datetime) -> Problems:
    if UNSEEN.search(text := str(job.owner)) and not UNSTORABLE.search(
        text
    ):  # which is told as that
        yield DomainError(UNSEEN_RULE, field="owner")


def _calendars(job: Job, now: datetime) -> Problems:
    yield from wrong_names(job.calendars)


def _objects(job: Job, now: datetime) -> Problems:
    if not isinstance(job.metadata, dict):
        yield DomainError("must be a JSON object", field="metadata")
    resources = job.resources
    if not isinstance(resources, dict) or any(
        key not in RESOURCES or not is_whole(value, 0, MOST_NEEDED)
        for key, value in resources.items()
    ):
        kinds = ", ".join(RESOURCES)
        yield DomainError(
            f"must be an object of {kinds} with whole numbers up to {MOST_NEEDED:,}",
            field="resources",
        )


def _expectations(job: Job, now: datetime) -> Problems:
    for name, parse in EXPECTATIONS.items():
        try:
            if text := getattr(job, name):
                parse(str(text))
        except ScheduleError as error:
            yield DomainError(str(error), field=name)


def _storable(job: Job, now: datetime) -> Problems:
    yield from unstorable(job)


def _names(fields: Collection[Field]) -> frozenset[str]:
    return frozenset(field.name for field in fields)


EXPECTATIONS: dict[str, Callable[[str], object]] = {
    "must_succeed_by": parse_deadline,
    "longest_run": parse_run_length,
    "shortest_run": parse_run_length,
    "least_output": parse_least_output,
}

CHECKS: tuple[tuple[frozenset[str], Callable[[Job, datetime], Problems]], ...] = (
    (frozenset({"name"}), _name),
    (frozenset({"owner"}), _owner),
    (frozenset({"task", "params"}), _task),
    (frozenset({"schedule", "timezone", "day_rule"}), _schedule),
    (frozenset({"starts_at", "ends_at"}), _window),
    (frozenset({"queue"}), _queue),
    (_names(NUMBERS), _numbers),
    (_names(POLICIES), _policies),
    (_names(SWITCHES), _switches),
    (frozenset({"tags"}), _tags),
    (CALENDARED, _calendars),
    (frozenset({"metadata", "resources"}), _objects),
    (frozenset(EXPECTATIONS), _expectations),
    (STORED, _storable),
)
