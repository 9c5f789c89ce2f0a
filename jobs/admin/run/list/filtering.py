"""What the list of runs is narrowed to: read from the address, shown as boxes and chips."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from jobs.access.actor import Actor, actor_of
from jobs.access.visible import visible_jobs
from jobs.admin.job.list.filtering import Link
from jobs.admin.look import paging
from jobs.admin.look.badges import STATE_CHOICES
from jobs.admin.look.times import moment
from jobs.models import RunState, Trigger
from jobs.moments import iso
from jobs.queries.jobs.listing import queue_names
from jobs.queries.runs.filter import ALL_TIME, RunFilter, read_run_filter

WINDOW = "24h"
WINDOWS = [
    ("1h", "last hour"),
    (WINDOW, "last 24 hours"),
    ("7d", "last 7 days"),
    ("30d", "last 30 days"),
    (ALL_TIME, "all time"),
]
TEXTS = ("state", "queue", "trigger", "worker", "error", "duration", "since", "until", "window")
BOXES = (
    ("worker", "Worker", "celery@host"),
    ("error", "Error", "TimeoutError or a fingerprint"),
    ("duration", "Duration", ">5m or 1m..10m"),
    ("param", "Param", "customer.id:7"),
)


def wanted_runs(request: HttpRequest, now: datetime) -> RunFilter:
    """The filter in the address; raises UnreadableFilter."""
    words: dict[str, Any] = {name: paging.parameter(request, name) for name in TEXTS}
    words["search"] = paging.parameter(request, "q")
    words["param"] = [text for text in (_text(p) for p in request.GET.getlist("param")[:5]) if text]
    words["job"] = paging.identifier(request, "job")
    return read_run_filter(words, actor=actor_of(request), now=now, window=_window(request, words))


def _window(request: HttpRequest, words: dict[str, Any]) -> str:
    """A day, unless few runs are asked for anyway: a job's, or those that are not over."""
    few = words["job"] or "job:" in words["search"] or words["state"] in RunState.active()
    return "" if few else WINDOW


def _text(written: str) -> str:
    return written.replace("\0", "").strip()[:200]


def run_filters(request: HttpRequest, wanted: RunFilter, actor: Actor) -> dict[str, Any]:
    """The boxes above the list: one query."""
    queues = [(name, name) for name in queue_names(actor=actor)]
    if wanted.queue and (wanted.queue, wanted.queue) not in queues:
        queues.insert(0, (wanted.queue, wanted.queue))
    return {
        "search": wanted.search,
        "filters": [
            _box(
                "window", _shown_window(request, wanted), _windows(request, wanted), has_any=False
            ),
            _box("state", wanted.state, STATE_CHOICES),
            _box("queue", wanted.queue, queues),
            _box("trigger", wanted.trigger, Trigger.choices),
        ],
        "boxes": [
            {"name": name, "label": label, "example": example, "value": _value(wanted, name)}
            for name, label, example in BOXES
        ],
        "kept": [
            (name, _asked(request, name)) for name in ("since", "until") if _asked(request, name)
        ],
        "has_more": any(_value(wanted, name) for name, _, _ in BOXES),
    }


def _value(wanted: RunFilter, name: str) -> str:
    if name == "param":
        return ":".join(wanted.params[0]) if wanted.params else ""
    value = getattr(wanted, name)
    return value.text if name == "duration" and value else value or ""


def _asked(request: HttpRequest, name: str) -> str:
    return paging.parameter(request, name)


def _shown_window(request: HttpRequest, wanted: RunFilter) -> str:
    if asked := _asked(request, "window"):
        return asked
    if _asked(request, "since"):
        return ""
    return WINDOW if wanted.since and not _asked(request, "q") else ALL_TIME


def _windows(request: HttpRequest, wanted: RunFilter) -> list[tuple[str, str]]:
    shown = _shown_window(request, wanted)
    if shown in dict(WINDOWS):
        return WINDOWS
    return [(shown, f"last {shown}" if shown else "since a moment"), *WINDOWS]


def _box(name: str, value: str, choices: Any, *, has_any: bool = True) -> dict[str, Any]:
    any_label = f"any {name}" if has_any else ""
    return {
        "name": name, "label": name.capitalize(), "any": any_label, "value": value,
        "choices": choices,
    }  # fmt: skip


def run_chips(request: HttpRequest, wanted: RunFilter, now: datetime) -> list[Link]:
    """What narrows the list beyond the boxes that are seen, each with the address that takes it
    away; one query where a job is asked for.
    """
    found = [
        Link(f"{label.lower()}: {_value(wanted, name)}", _without(request, name))
        for name, label, _ in BOXES
        if _value(wanted, name)
    ]
    if wanted.job_id:
        job = visible_jobs(actor_of(request)).filter(pk=wanted.job_id).only("name").first()
        found.insert(0, Link(f"job: {job.name if job else '—'}", _without(request, "job")))
    for name in ("since", "until"):
        if _asked(request, name):
            when = moment(getattr(wanted, name), now)
            found.append(Link(f"{name} {when.text}", _without(request, name)))
    return found


def _without(request: HttpRequest, name: str) -> str:
    """The address without this word, be it a parameter of its own or part of the search."""
    changes = {name: "", "after": "", "before": ""}
    search = paging.parameter(request, "q")
    rest = [word for word in search.split() if not _says(word, name)]
    return paging.link(request, **changes, q=" ".join(rest))


def _says(word: str, name: str) -> bool:
    head = word.lower().partition(":")[0]
    return head.startswith("params.") if name == "param" else head == name


def older(request: HttpRequest, wanted: RunFilter) -> str:
    """The address of what is older than this window, as far back as there is anything.

    To the end of a minute, so that a list in which nothing has changed is the same page.
    """
    until = wanted.since and wanted.since.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return paging.link(
        request, window=ALL_TIME, since="", until=iso(until) or "", after="", before=""
    )
