"""How a job is configured: every field of the definition that the page does not show elsewhere, by
section.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from jobs.admin.job.page.retry_waits import SETTINGS, waits
from jobs.admin.look.times import moment
from jobs.declaring.standing import declared_at
from jobs.definition.field import Field, Kind, Place
from jobs.definition.fields import in_sections
from jobs.dispatch.pools import pool_of
from jobs.models import Job
from jobs.redaction.redactor import metadata_redactor
from jobs.words import duration

Facts = list[tuple[str, str]]
Show = Callable[[Job, Field, datetime], str]
NOT_SET = "not set"


def config(job: Job, now: datetime) -> list[tuple[str, Facts]]:
    """Headings with labels and texts."""
    return [
        (section.heading, [(field.label, _shown(job, field, now)) for field in fields])
        for section, fields in in_sections(Place.PAGE).items()
    ]


def _shown(job: Job, field: Field, now: datetime) -> str:
    if say := SAYING_MORE.get(field.name):
        return say(job, field, now)
    value = getattr(job, field.name)
    if value is None or value in ("", {}, []):
        return field.empty or NOT_SET
    return BY_KIND[field.kind](job, field, now)


def _text(job: Job, field: Field, now: datetime) -> str:
    return str(getattr(job, field.name))


def _number(job: Job, field: Field, now: datetime) -> str:
    return f"{getattr(job, field.name):,} {field.unit}".rstrip()


def _seconds(job: Job, field: Field, now: datetime) -> str:
    seconds = getattr(job, field.name)
    return duration(seconds) if seconds else "none"


def _jitter(job: Job, field: Field, now: datetime) -> str:
    return f"up to {duration(job.jitter_seconds)}" if job.jitter_seconds else "none"


def _priority(job: Job, field: Field, now: datetime) -> str:
    return f"{job.priority:+d}" if job.priority else "normal"


def _moment(job: Job, field: Field, now: datetime) -> str:
    return moment(getattr(job, field.name), now, job.timezone).text


def _yes_or_no(job: Job, field: Field, now: datetime) -> str:
    return field.words[getattr(job, field.name)]


def _choice(job: Job, field: Field, now: datetime) -> str:
    value = getattr(job, field.name)
    return field.choices.get(value, value)


def _words(job: Job, field: Field, now: datetime) -> str:
    return ", ".join(getattr(job, field.name))


def _calendars(job: Job, field: Field, now: datetime) -> str:
    """Each as a link to its page."""
    links = ((reverse("beatwright:calendar", args=[name]), name) for name in job.calendars)
    return format_html_join(", ", '<a class="c-link" href="{}">{}</a>', links) or field.empty


def _resources(job: Job, field: Field, now: datetime) -> str:
    return ", ".join(f"{kind} {amount:,}" for kind, amount in job.resources.items())


def _metadata(job: Job, field: Field, now: datetime) -> str:
    return json.dumps(metadata_redactor(vars(job)).json(job.metadata), ensure_ascii=False)


def _pool(job: Job, field: Field, now: datetime) -> str:
    """What its runs draw on, as a link to where that is shown."""
    name = pool_of(job)
    address = reverse("beatwright:pools")
    return (
        format_html('<a class="c-link" href="{}#pool-{}">{}</a>', address, name, name)
        if name
        else field.empty
    )


def _retries(job: Job, field: Field, now: datetime) -> str:
    """How many, and what the waits come to."""
    count = field.empty if job.max_retries is None else str(job.max_retries or "none")
    pace = waits(*(getattr(job, name) for name in SETTINGS))
    return f"{count}. {pace}" if pace else count


def _source(job: Job, field: Field, now: datetime) -> str:
    """The file, or the line of code that declares it."""
    declared = declared_at(job)
    return declared.place if declared else job.source or field.empty


def _version(job: Job, field: Field, now: datetime) -> str:
    return f"{job.version}, saved {moment(job.updated_at, now).relative}"


BY_KIND: dict[Kind, Show] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.SECONDS: _seconds,
    Kind.PRIORITY: _priority,
    Kind.MOMENT: _moment,
    Kind.YES_NO: _yes_or_no,
    Kind.CHOICE: _choice,
    Kind.WORDS: _words,
    Kind.OBJECT: _metadata,
    Kind.RESOURCES: _resources,
}
# Fields that say more than their own value.
SAYING_MORE: dict[str, Show] = {
    "jitter_seconds": _jitter,
    "calendars": _calendars,
    "pool": _pool,
    "max_retries": _retries,
    "source": _source,
    "version": _version,
}
