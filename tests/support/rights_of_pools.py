"""What can be done to a pool, each made ready for an actor to try: rows of the table of rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from jobs.access.actor import Actor
from jobs.actions.pools import create_pool, delete_pool, update_pool
from tests.support.builders import make_pool

Call = Callable[[Actor], Any]


def create() -> Call:
    return lambda actor: create_pool({"name": "gpu", "slots": 2}, actor=actor, now=timezone.now())


def update() -> Call:
    pool = make_pool("gpu", slots=2)
    return lambda actor: update_pool(pool.name, {"slots": 3}, actor=actor, now=timezone.now())


def delete() -> Call:
    pool = make_pool("gpu", slots=2)
    return lambda actor: delete_pool(pool.name, actor=actor, now=timezone.now())


CALLS: dict[str, Callable[[], Call]] = {
    "create_pool": create,
    "update_pool": update,
    "delete_pool": delete,
}
