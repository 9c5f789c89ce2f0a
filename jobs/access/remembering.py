"""An actor's rights kept with what they began, for whoever carries it on when they are gone from
the door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jobs.access.actor import Actor, Surface


def rights_kept(actor: Actor) -> dict[str, Any]:
    """As JSON has them; None stands for all permissions, and for every job."""
    return {
        "surface": actor.surface.value,
        "permissions": _listed(actor.permissions),
        "tags": _listed(actor.tags),
        "address": actor.address,
        "token": actor.token,
    }


def actor_kept(name: str, kept: Mapping[str, Any]) -> Actor:
    """The actor whose rights these are: as they were then, never more."""
    return Actor(
        name,
        Surface(kept["surface"]),
        _gathered(kept["permissions"]),
        _gathered(kept["tags"]),
        kept["address"],
        kept["token"],
    )


def _listed(words: frozenset[str] | None) -> list[str] | None:
    return None if words is None else sorted(words)


def _gathered(words: Iterable[str] | None) -> frozenset[str] | None:
    return None if words is None else frozenset(words)
