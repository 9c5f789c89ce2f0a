"""Make, change and remove routes: which alerts go to which channel, and when."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions.notice.channels import MANAGE
from jobs.definition.checking import QUEUE_ALLOWED, QUEUE_RULE, is_whole
from jobs.definition.storable import refuse_unknown, unfit_text
from jobs.errors import (
    ChannelNotFound,
    DomainError,
    InvalidFields,
    NameTaken,
    RouteNotFound,
    ScheduleError,
    UnknownWord,
)
from jobs.models import AlertKind, Channel, ChannelKind, Job, Route
from jobs.notices.quiet import read_quiet
from jobs.notices.severity import Severity
from jobs.params.limits import UNSTORABLE
from jobs.schedules.zones import zone_named

logger = logging.getLogger(__name__)

MOST_ROUTES = 200
MOST_WORDS = 100
MOST_MINUTES = 10_080
LONGEST_DESCRIPTION = 500
WORDS = {"kinds": AlertKind.values, "severities": Severity.values}
LISTS = (*WORDS, "jobs", "tags", "owners", "queues")
MINUTES = ("digest_minutes", "escalate_minutes")
FLAGS = ("enabled", "recovery")
TEXTS = ("description", "quiet", "timezone")
EDITABLE = frozenset({*LISTS, *MINUTES, *FLAGS, *TEXTS, "channel", "escalate_to"})


class InvalidRoute(InvalidFields):
    """A route that cannot be saved."""


def create_route(values: dict[str, Any], *, actor: Actor, now: datetime) -> Route:
    """A new route from field values, ``channel`` and ``escalate_to`` and ``jobs`` by their names;
    at most 200.

    Raises InvalidRoute, ChannelNotFound, NameTaken, or DomainError for an unknown field.
    """
    actor.require_everywhere(MANAGE)
    refuse_unknown(values, EDITABLE | {"name"}, "a route")
    route = Route(
        name=values.get("name", ""), created_at=now, created_by=actor.name[:150],
        updated_at=now, updated_by=actor.name[:150],
    )  # fmt: skip
    with transaction.atomic():
        _set(route, values)
        if Route.objects.count() >= MOST_ROUTES:
            raise DomainError(f"there can be at most {MOST_ROUTES} routes", field="name")
        _insert(route)
        audit.record(
            actor, audit.Verb.CREATE_ROUTE, route, now=now, after=audit.row_snapshot(route)
        )
    logger.info("route created", extra={"route": route.name, "actor": actor.name})
    return route


def update_route(name: str, values: dict[str, Any], *, actor: Actor, now: datetime) -> Route:
    """Change a route; what has been written by it before stays as it is.

    Raises RouteNotFound, InvalidRoute, ChannelNotFound, or DomainError for an unknown field.
    """
    actor.require_everywhere(MANAGE)
    refuse_unknown(values, EDITABLE, "a route")
    with transaction.atomic():
        route = _locked(name)
        before = audit.row_snapshot(route)
        _set(route, values)
        route.updated_at, route.updated_by = now, actor.name[:150]
        route.save()
        after = audit.row_snapshot(route)
        audit.record(actor, audit.Verb.UPDATE_ROUTE, route, now=now, before=before, after=after)
    logger.info("route updated", extra={"route": name, "actor": actor.name})
    return route


def delete_route(name: str, *, actor: Actor, now: datetime) -> None:
    """Remove a route; what it has already written is still sent. Raises RouteNotFound."""
    actor.require_everywhere(MANAGE)
    with transaction.atomic():
        route = _locked(name)
        before = audit.row_snapshot(route)
        audit.record(actor, audit.Verb.DELETE_ROUTE, route, now=now, before=before)
        route.delete()
    logger.info("route deleted", extra={"route": name, "actor": actor.name})


def route_of(values: dict[str, Any]) -> Route:
    """A route that is not saved, for a preview; raises as ``create_route`` does."""
    refuse_unknown(values, EDITABLE | {"name"}, "a route")
    route = Route(name=values.get("name") or "preview")
    _set(route, values)
    return route


def _set(route: Route, values: dict[str, Any]) -> None:
    problems = list(_take(route, values)) + list(_problems(route))
    if problems:
        raise InvalidRoute(problems)


def _take(route: Route, values: dict[str, Any]) -> Iterator[DomainError]:
    """Set the fields that were given; what cannot be set is a problem."""
    for field in (*LISTS, *MINUTES, *FLAGS, *TEXTS):
        if field in values and field != "jobs":
            setattr(route, field, values[field])
    for field, is_needed in (("channel", True), ("escalate_to", False)):
        if field in values:
            try:
                setattr(route, field, _channel(values[field], field, is_needed=is_needed))
            except DomainError as error:
                yield error
    if route.channel_id is None and "channel" not in values:
        yield DomainError("is required", field="channel")
    if "jobs" in values:
        yield from _take_jobs(route, values["jobs"])


def _take_jobs(route: Route, names: object) -> Iterator[DomainError]:
    if not _is_words(names):
        yield DomainError("must be a list of job names", field="jobs")
        return
    assert isinstance(names, list)
    found = dict(Job.objects.unarchived().filter(name__in=names).values_list("name", "pk"))
    for missing in sorted(set(names) - found.keys())[:10]:
        yield DomainError(f"there is no job {missing[:100]!r}", field="jobs")
    route.jobs = sorted(str(pk) for pk in found.values())


def _channel(name: object, field: str, *, is_needed: bool) -> Channel | None:
    if not name and not is_needed:
        return None
    if not name:
        raise DomainError("is required", field=field)
    known = isinstance(name, str) and QUEUE_ALLOWED.fullmatch(name)
    found = Channel.objects.filter(name=name).first() if known else None
    if found is None:
        raise ChannelNotFound(f"there is no channel {str(name)[:100]!r}", field=field)
    if found.kind == ChannelKind.HEARTBEAT:
        raise DomainError("is a heartbeat, which tells nothing", field=field)
    return found


def _problems(route: Route) -> Iterator[DomainError]:
    if not QUEUE_ALLOWED.fullmatch(str(route.name)):
        yield DomainError(QUEUE_RULE, field="name")
    yield from unfit_text("description", route.description, LONGEST_DESCRIPTION)
    yield from _list_problems(route)
    for field in FLAGS:
        if not isinstance(getattr(route, field), bool):
            yield DomainError("must be true or false", field=field)
    for field in MINUTES:
        if not is_whole(getattr(route, field), 0, MOST_MINUTES):
            message = f"must be a whole number of minutes up to {MOST_MINUTES:,}; 0: never"
            yield DomainError(message, field=field)
    yield from _raised(lambda: read_quiet(route.quiet), "quiet")
    yield from _raised(lambda: zone_named(route.timezone), "timezone")
    if bool(route.escalate_minutes) != bool(route.escalate_to_id):
        yield DomainError("needs both a channel and a number of minutes", field="escalate_to")


def _list_problems(route: Route) -> Iterator[DomainError]:
    for field in LISTS:
        value = getattr(route, field)
        if not _is_words(value):
            message = f"must be a list of at most {MOST_WORDS} words of up to 150 characters"
            yield DomainError(message, field=field)
        elif field in WORDS:
            unknown = [word for word in value if word not in WORDS[field]]
            yield from (UnknownWord(word, WORDS[field], field=field) for word in unknown[:10])


def _is_words(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_WORDS
        and all(
            isinstance(word, str) and 0 < len(word) <= 200 and not UNSTORABLE.search(word)
            for word in value
        )
    )


def _raised(read: Callable[[], object], field: str) -> Iterator[DomainError]:
    try:
        read()
    except (ScheduleError, DomainError) as error:
        yield error
    except TypeError:
        yield DomainError("must be text", field=field)


def _insert(route: Route) -> None:
    kept = {field.attname: getattr(route, field.attname) for field in Route._meta.fields}
    _, is_new = Route.objects.get_or_create(name=kept.pop("name"), defaults=kept)
    if not is_new:
        raise NameTaken(f"another route already has the name {route.name!r}", field="name")


def _locked(name: str) -> Route:
    known = QUEUE_ALLOWED.fullmatch(name)
    found = Route.objects.select_for_update().filter(name=name).first() if known else None
    if found is None:
        raise RouteNotFound(f"there is no route {name[:100]!r}", field="route")
    return found
