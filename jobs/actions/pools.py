"""Make, change and remove pools: the slots and resources that the runs of several jobs share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.definition.checking import QUEUE_ALLOWED, QUEUE_RULE, is_whole
from jobs.definition.fitting import names_of, refuse_too_small, some
from jobs.definition.storable import refuse_unknown, unfit_text
from jobs.errors import DomainError, InvalidFields, NameTaken, PoolNotFound
from jobs.models import Job, Pool
from jobs.models.fleet.pool import MOST_NEEDED, RESOURCES

logger = logging.getLogger(__name__)

MOST_POOLS = 200
LONGEST_DESCRIPTION = 500
LIMITS = {"slots": (1, 100_000), **dict.fromkeys(RESOURCES, (0, MOST_NEEDED))}
EDITABLE = frozenset({"description", *LIMITS})


class InvalidPool(InvalidFields):
    """A pool that cannot be saved."""


def create_pool(values: dict[str, Any], *, actor: Actor, now: datetime) -> Pool:
    """A new pool from field values; at most 200, so that no list of them needs pages.

    Raises InvalidPool, NameTaken, or DomainError for an unknown field or a limit that some job
    needs more than.
    """
    actor.require_everywhere("beatwright.manage_pool")
    refuse_unknown(values, EDITABLE | {"name"}, "a pool")
    pool = Pool(created_at=now, updated_at=now, **values)
    _check(pool)
    with transaction.atomic():
        if Pool.objects.count() >= MOST_POOLS:
            raise DomainError(f"there can be at most {MOST_POOLS} pools", field="name")
        _insert(pool)
        refuse_too_small(pool, LIMITS)
        audit.record(actor, audit.Verb.CREATE_POOL, pool, now=now, after=audit.row_snapshot(pool))
    logger.info("pool created", extra={"pool": pool.name, "actor": actor.name})
    return pool


def update_pool(name: str, values: dict[str, Any], *, actor: Actor, now: datetime) -> Pool:
    """Change a pool's limits or description; its name stays.

    What runs goes on, though a limit sinks below it.

    Raises PoolNotFound, InvalidPool, or DomainError for an unknown field or a limit that some job
    needs more than.
    """
    actor.require_everywhere("beatwright.manage_pool")
    refuse_unknown(values, EDITABLE, "a pool")
    with transaction.atomic():
        pool = _locked(name)
        before = audit.row_snapshot(pool)
        changed = {field for field, value in values.items() if getattr(pool, field) != value}
        if not changed:
            return pool
        for field in changed:
            setattr(pool, field, values[field])
        _check(pool)
        refuse_too_small(pool, changed)
        pool.updated_at = now
        pool.save()
        audit.record(
            actor,
            audit.Verb.UPDATE_POOL,
            pool,
            now=now,
            before=before,
            after=audit.row_snapshot(pool),
        )
    logger.info(
        "pool updated", extra={"pool": name, "actor": actor.name, "fields": sorted(changed)}
    )
    return pool


def delete_pool(name: str, *, actor: Actor, now: datetime) -> None:
    """Remove a pool; raises PoolNotFound, or DomainError while jobs that are not archived name
    it.
    """
    actor.require_everywhere("beatwright.manage_pool")
    with transaction.atomic():
        pool = _locked(name)
        if names := names_of(Job.objects.unarchived().filter(pool=name)):
            count = f"{len(names):,} job{'s' if len(names) > 1 else ''}"
            hint = "move them to another pool first"
            raise DomainError(f"in use by {count}: {some(names)}", field="pool", hint=hint)
        audit.record(actor, audit.Verb.DELETE_POOL, pool, now=now, before=audit.row_snapshot(pool))
        pool.delete()
    logger.info("pool deleted", extra={"pool": name, "actor": actor.name})


def _insert(pool: Pool) -> None:
    told = {field.name: field.value_from_object(pool) for field in Pool._meta.concrete_fields}
    _, is_new = Pool.objects.get_or_create(name=told.pop("name"), defaults=told)
    if not is_new:
        raise NameTaken(f"another pool already has the name {pool.name!r}", field="name")


def _locked(name: str) -> Pool:
    found = (
        Pool.objects.select_for_update().filter(name=name).first()
        if QUEUE_ALLOWED.fullmatch(name)
        else None
    )
    if found is None:
        raise PoolNotFound(f"there is no pool {name[:100]!r}", field="pool")
    return found


def _check(pool: Pool) -> None:
    if problems := list(_problems(pool)):
        raise InvalidPool(problems)


def _problems(pool: Pool) -> Iterator[DomainError]:
    if not QUEUE_ALLOWED.fullmatch(pool.name):
        yield DomainError(QUEUE_RULE, field="name")
    yield from unfit_text("description", pool.description, LONGEST_DESCRIPTION)
    for field, (least, most) in LIMITS.items():
        value = getattr(pool, field)
        if value is not None and not is_whole(value, least, most):
            yield DomainError(
                f"must be a whole number from {least} to {most:,}, or empty for no limit",
                field=field,
            )
