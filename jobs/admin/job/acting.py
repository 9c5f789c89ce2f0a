"""The verbs behind the buttons: each does one thing to one job, and says what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.http import QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from jobs.access.actor import Actor
from jobs.actions.jobs import archive_job, update_job
from jobs.actions.pausing import pause_job, resume_job
from jobs.actions.running import run_now
from jobs.actions.undoing import Before
from jobs.admin.job.following import params_in
from jobs.admin.look.times import zone_of
from jobs.errors import DomainError
from jobs.models import Job

MORNING = time(9)


@dataclass(frozen=True)
class Done:
    """What was done to a job, as the rest of a sentence; where to see it; how the job stood, if it can be undone."""

    text: str
    url: str = ""
    before: Before | None = None


@dataclass(frozen=True)
class Verb:
    """A button. ``needs`` is the permission to press it; ``asks``: there is a page that asks how it is to be done.

    ``many`` ends the sentence "3 jobs …"; ``is_final``: there is no way back, so that page always comes first.
    """

    label: str
    icon: str
    needs: str
    asks: bool
    many: str
    do: Callable[[Job, QueryDict, Actor, datetime], Done]
    is_final: bool = False

    @property
    def bulk_label(self) -> str:
        return f"{self.label}…" if self.asks else self.label


def _run(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    done = run_now(job, actor=actor, now=now, params=params_in(post.get("params"), job))
    url = reverse("admin:jobs_run_change", args=[done.run.pk])
    return Done(f": {done.run.state}: {done.note}." if done.note else " started.", url)


def _pause(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    reason = post.get("reason", "").replace("\0", "").strip()
    until = pause_end(post, job.timezone, now)
    before = Job.objects.get(pk=job.pk)
    paused = pause_job(job, actor=actor, reason=reason, until=until, now=now)
    return Done(" is paused.", before=Before.of(before, paused))


def pause_end(post: QueryDict, zone: str, now: datetime) -> datetime | None:
    """When a pause is to end: as long as was chosen, or the moment that was written in the job's zone; None: never."""
    chosen = post.get("for", "")
    if chosen == "hour":
        return now + timedelta(hours=1)
    if chosen == "morning":
        day = now.astimezone(zone_of(zone)).date() + timedelta(days=1)
        return datetime.combine(day, MORNING, tzinfo=zone_of(zone))
    return _moment(post.get("until", ""), zone) if chosen in {"", "until"} else None


def _moment(text: str, zone: str) -> datetime | None:
    try:
        value = parse_datetime(text)
    except ValueError:
        value = None
    if text and value is None:
        raise DomainError("is no date and time", field="paused_until")
    return value.replace(tzinfo=zone_of(zone)) if value and value.tzinfo is None else value


def _resume(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    resume_job(job, actor=actor, now=now)
    return Done(" is on again, from now on.")


def _archive(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    deleted = archive_job(job, actor=actor, now=now)
    return Done(" is deleted: it had no runs." if deleted else " is archived.")


def _tag(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    words = words_in(post.get("tags", ""))
    added = [word for word in words if word not in job.tags]
    if not words:
        raise DomainError("is needed", field="tags")
    update_job(job, {"tags": [*job.tags, *added]}, actor=actor, now=now)
    return Done(f" is tagged {', '.join(words)}.")


def words_in(text: str) -> list[str]:
    """The tags in a text with commas between them, each once."""
    words = (word.strip().lstrip("#") for word in text.split(","))
    return [word for word in dict.fromkeys(words) if word]


def _queue(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    queue = post.get("queue", "").strip()
    update_job(job, {"queue": queue}, actor=actor, now=now)
    return Done(f" goes to the queue {queue}.")


VERBS: dict[str, Verb] = {
    "run": Verb("Run now", "play_arrow", "jobs.run_job", True, "are on their way", _run),
    "pause": Verb("Pause", "pause", "jobs.pause_job", True, "are paused", _pause),
    "resume": Verb("Resume", "resume", "jobs.pause_job", False, "are on again, from now on", _resume),
    "tag": Verb("Add tag", "new_label", "jobs.change_job", True, "are tagged", _tag),
    "queue": Verb("Set queue", "move_to_inbox", "jobs.change_job", True, "have a new queue", _queue),
    "archive": Verb("Archive", "inventory_2", "jobs.delete_job", True, "are archived", _archive, is_final=True),
}
LABELS = {
    "paused_until": "The end of the pause",
    "paused_reason": "The reason",
    "tags": "The tag",
    "queue": "The queue",
    "arguments.until": "The end of the pause",
    "arguments.reason": "The reason",
    "arguments.tags": "The tag",
    "arguments.queue": "The queue",
}


def told(error: DomainError) -> str:
    """The error, with the name of its field as the form shows it ahead."""
    return f"{LABELS.get(error.field, '')} {error}".strip()
