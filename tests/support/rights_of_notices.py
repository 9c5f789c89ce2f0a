"""What can be done to channels and routes, each made ready for an actor to try: rows of the table
of rights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from jobs.access.actor import Actor
from jobs.actions.notice.channels import (
    create_channel,
    delete_channel,
    try_channel,
    update_channel,
)
from jobs.actions.notice.routes import create_route, delete_route, update_route
from tests.support.builders import make_channel, make_route

Call = Callable[[Actor], Any]
CHANNEL = {"name": "ops", "kind": "email", "address": "ana@example.com"}


def create() -> Call:
    return lambda actor: create_channel(CHANNEL, actor=actor, now=timezone.now())


def update() -> Call:
    make_channel()
    values = {"description": "x"}
    return lambda actor: update_channel("ops", values, actor=actor, now=timezone.now())


def delete() -> Call:
    make_channel()
    return lambda actor: delete_channel("ops", actor=actor, now=timezone.now())


def attempt() -> Call:
    make_channel()
    return lambda actor: try_channel("ops", actor=actor, now=timezone.now())


def create_one_route() -> Call:
    make_channel()
    values = {"name": "all", "channel": "ops"}
    return lambda actor: create_route(values, actor=actor, now=timezone.now())


def update_one_route() -> Call:
    make_route(make_channel())
    values = {"description": "x"}
    return lambda actor: update_route("all", values, actor=actor, now=timezone.now())


def delete_one_route() -> Call:
    make_route(make_channel())
    return lambda actor: delete_route("all", actor=actor, now=timezone.now())


CALLS: dict[str, Callable[[], Call]] = {
    "create_channel": create,
    "update_channel": update,
    "delete_channel": delete,
    "try_channel": attempt,
    "create_route": create_one_route,
    "update_route": update_one_route,
    "delete_route": delete_one_route,
}
