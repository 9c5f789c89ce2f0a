"""The verbs behind the buttons: each does one thing to one job, and says what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from jobs.access.actor import Actor
from jobs.actions.jobs import archive_job, unarchive_job, update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.runs.run import run_now
from jobs.actions.undo import Before
from jobs.admin.job.buttons.run_now import params_in
from jobs.admin.look.times import zone_of
from jobs.admin.undo import kept_pause
from jobs.errors import DomainError
from jobs.models import Job, RunState
from jobs.moments import read_moment

MORNING = time(9)


@dataclass(frozen=True)
class Done:
    """What was done to a job, as a sentence; where to see it; what ``undo.offer`` needs, where it
    can be undone.

    ``is_short``: it is not what was wanted.
    """

    text: str
    url: str = ""
    is_short: bool = False
    undo: Any = None


@dataclass(frozen=True)
class Verb:
    """A button.

    ``needs`` is the permission to press it; ``asks``: there is a page that asks how it is to be
    done.

    ``many`` is the sentence about so many jobs; ``is_final``: there is no way back, so that page
    always comes first.
    """

    label: str
    icon: str
    needs: str
    asks: bool
    many: str
    do: Callable[[Job, QueryDict, Actor, datetime], Done]
    is_final: bool = False
    is_for_many: bool = True

    @property
    def bulk_label(self) -> str:
        return f"{self.label}…" if self.asks else self.label


def _run(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    done = run_now(
        job, actor=actor, now=now, params=params_in(post.get("params"), job), waits="waits" in post
    )
    url = reverse("beatwright:beatwright_run_change", args=[done.run.pk])
    if done.run.state == RunState.SKIPPED:
        return Done(
            f"{job.name} did not run: {done.note.removeprefix('overlap: ')}.", url, is_short=True
        )
    return Done(
        f"{job.name}: {done.note}." if done.note else f"Started {job.name}.",
        url,
        is_short=bool(done.note),
    )


def _pause(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    reason = post.get("reason", "").replace("\0", "").strip()
    until = pause_end(post, job.timezone, now)
    before = Job.objects.get(pk=job.pk)
    paused = pause_job(job, actor=actor, reason=reason, until=until, now=now)
    return Done(f"Paused {job.name}.", undo=kept_pause(job, Before.of(before, paused)))


def pause_end(post: QueryDict, zone: str, now: datetime) -> datetime | None:
    """When a pause is to end: as long as was chosen, or the moment that was written in the job's
    zone; None: never.
    """
    chosen = post.get("for", "")
    if chosen == "hour":
        return now + timedelta(hours=1)
    if chosen == "morning":
        day = now.astimezone(zone_of(zone)).date() + timedelta(days=1)
        return datetime.combine(day, MORNING, tzinfo=zone_of(zone))
    return _moment(post.get("until", ""), zone) if chosen in {"", "until"} else None


def _moment(text: str, zone: str) -> datetime | None:
    try:
        return read_moment(text, zone_of(zone)) if text else None
    except ValueError:
        raise DomainError("Enter a valid date and time for the end of the pause") from None


def _resume(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    resume_job(job, actor=actor, now=now)
    return Done(f"Resumed {job.name}.")


def _archive(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    was_on, reason = job.enabled, post.get("reason", "").replace("\0", "").strip()
    if archive_job(job, actor=actor, now=now, reason=reason):
        return Done(f"Deleted {job.name}: it had no runs.")
    return Done(f"Archived {job.name}.", undo=(str(job.pk), was_on))


def _unarchive(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    unarchive_job(job, actor=actor, now=now)
    return Done(f"Restored {job.name}. It is paused until you resume it.")


def _tag(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    words = words_in(post.get("tags", ""))
    added = [word for word in words if word not in job.tags]
    if not words:
        raise DomainError("is required", field="tags")
    update_job(job, {"tags": [*job.tags, *added]}, actor=actor, now=now)
    return Done(f"Tagged {job.name}: {', '.join(words)}.")


def words_in(text: str) -> list[str]:
    """The tags in a text with commas between them, each once."""
    words = (word.strip().lstrip("#") for word in text.split(","))
    return [word for word in dict.fromkeys(words) if word]


def _queue(job: Job, post: QueryDict, actor: Actor, now: datetime) -> Done:
    queue = post.get("queue", "").strip()
    update_job(job, {"queue": queue}, actor=actor, now=now)
    return Done(f"Moved {job.name} to the queue {queue}.")


VERBS: dict[str, Verb] = {
    "run": Verb("Run now", "play_arrow", "beatwright.run_job", True, "Started {} jobs.", _run),
    "pause": Verb("Pause", "pause", "beatwright.pause_job", True, "Paused {} jobs.", _pause),
    "resume": Verb("Resume", "resume", "beatwright.pause_job", False, "Resumed {} jobs.", _resume),
    "tag": Verb("Add tag", "new_label", "beatwright.change_job", True, "Tagged {} jobs.", _tag),
    "queue": Verb(
        "Set queue",
        "move_to_inbox",
        "beatwright.change_job",
        True,
        "Moved {} jobs to another queue.",
        _queue,
    ),
    "archive": Verb(
        "Archive",
        "inventory_2",
        "beatwright.delete_job",
        True,
        "Archived {} jobs.",
        _archive,
        is_final=True,
    ),
    "unarchive": Verb(
        "Restore",
        "unarchive",
        "beatwright.delete_job",
        False,
        "Restored {} jobs.",
        _unarchive,
        is_for_many=False,
    ),
}
FOR_MANY = {name: verb for name, verb in VERBS.items() if verb.is_for_many}
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


def error_with_label(error: DomainError) -> str:
    """The error, with the name of its field as the form shows it ahead."""
    return f"{LABELS.get(error.field, '')} {error}".strip()
