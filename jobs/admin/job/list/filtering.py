"""What the list of jobs is narrowed to: read from the address, shown as boxes, chips and views that
are links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from jobs.access.actor import Actor
from jobs.admin.look import paging
from jobs.models import JobStatus
from jobs.params import registry
from jobs.queries.jobs.filter import HEALTHS, UNREGISTERED, JobFilter
from jobs.queries.jobs.listing import PROBLEMS, owner_names, queue_names

Choices = Sequence[tuple[str, str]]
HEALTH_CHOICES = [
    *((name, health.label) for name, health in HEALTHS.items() if name != "archived"),
    (UNREGISTERED, "task not registered"),
]
SORTS = [
    ("problems", "problems first"),
    ("name", "by name"),
    ("next", "next due first"),
    *(
        (f"-{name}", label)
        for name, label in [
            ("p95", "slowest first"),
            ("duration", "longest last run"),
            ("failures", "most failures"),
            ("change", "slower than before"),
        ]
    ),
]
PARAMETERS = {"search": "q"}  # where a parameter has another name than its field


@dataclass(frozen=True)
class Link:
    """A view or a chip; ``is_here``: the page shows it already."""

    label: str
    url: str
    is_here: bool = False


def wanted_jobs(request: HttpRequest) -> JobFilter:
    """The filter in the address.

    Raises UnknownWord: a list that passed it over would show, and do, too much.
    """
    found = {
        field.name: paging.parameter(request, PARAMETERS.get(field.name, field.name))
        for field in fields(JobFilter)
    }
    return JobFilter(**found)


def wanted_order(request: HttpRequest) -> str:
    order = paging.parameter(request, "order")
    return order if order in dict(SORTS) else PROBLEMS


def job_filters(wanted: JobFilter, order: str, actor: Actor) -> list[dict[str, Any]]:
    """The boxes above the list: two queries."""
    tasks = list(registry.registered())
    return [
        _box("status", wanted.status, JobStatus.choices),
        _box("health", wanted.health, HEALTH_CHOICES),
        _box("queue", wanted.queue, _pairs(queue_names(actor=actor))),
        _box("owner", wanted.owner, _pairs(owner_names(actor=actor))),
        _box("task", wanted.task, _pairs(tasks)),
        _box("order", order, SORTS, has_any=False),
    ]


def chips(request: HttpRequest, wanted: JobFilter) -> list[Link]:
    """What narrows the list, each with the address that takes it away."""
    found = {field.name: getattr(wanted, field.name) for field in fields(JobFilter)}
    return [
        Link(_label(name, value), _without(request, name)) for name, value in found.items() if value
    ]


def views(request: HttpRequest, wanted: JobFilter) -> list[Link]:
    """Filters that people ask for every day."""
    me = request.user.get_username()
    saved: list[tuple[str, dict[str, str]]] = [
        ("All", {}),
        ("Failing", {"health": "failing"}),
        ("Late", {"health": "late"}),
        ("Paused", {"status": JobStatus.PAUSED.value}),
        ("Mine", {"owner": me}),
        ("Never ran", {"health": "never_ran"}),
        ("Unregistered task", {"health": UNREGISTERED}),
    ]
    return [
        Link(label, f"?{urlencode(query)}", JobFilter(**query) == wanted) for label, query in saved
    ]


def _box(name: str, value: str, choices: Choices, *, has_any: bool = True) -> dict[str, Any]:
    if value and value not in dict(choices):
        choices = [(value, value), *choices]
    return {
        "name": name, "label": name.capitalize(), "any": f"any {name}" if has_any else "",
        "value": value,
        "choices": choices,
    }  # fmt: skip


def _pairs(names: Sequence[str]) -> Choices:
    return [(name, name) for name in names]


def _label(name: str, value: str) -> str:
    if name == "search":
        return f"“{value}”"
    words = dict(HEALTH_CHOICES if name == "health" else ())
    return f"{name}: {words.get(value, value)}"


def _without(request: HttpRequest, name: str) -> str:
    return paging.link(request, **{PARAMETERS.get(name, name): "", "after": "", "before": ""})
