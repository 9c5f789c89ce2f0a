"""Each invariant names what was planted against it: one that sees nothing proves nothing."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.db import OperationalError
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.models import Loss, LostAttempt, Run, RunState
from tests.simulation import invariants
from tests.simulation.bodies import KINDS, Body
from tests.simulation.plan import Plan
from tests.simulation.system import Listening, System, played
from tests.simulation.world import World

QUIET = Plan(1, 1, 1, 4, ("brisk", "pooled", "turns"), ())


def first(job: str, state: str = RunState.SUCCEEDED) -> Run:
    run = Run.objects.filter(job__name=job, state=state).order_by("id").first()
    assert run
    return run


def lose_an_occurrence(_: System) -> None:
    TaskResult.objects.filter(task_id__startswith=str(first("brisk").pk)).delete()
    first("brisk").delete()


def begin_twice(system: System) -> None:
    system.ledger.bodies.append(replace(system.ledger.bodies[0]))


def begin_unrecorded(_: System) -> None:
    TaskResult.objects.filter(task_id__startswith=str(first("brisk").pk)).delete()


def succeed_without_a_body(system: System) -> None:
    system.ledger.bodies[0].how = "raised"


def succeed_twice(system: System) -> None:
    body, run = system.ledger.bodies[0], Run.objects.get(pk=system.ledger.bodies[0].run)
    meta = json.dumps({"run": str(run.pk), "attempt": 2, "outcome": "succeeded"})
    TaskResult.objects.create(task_id=f"{run.pk}.2", meta=meta)
    Run.objects.filter(pk=run.pk).update(attempt=2)
    system.ledger.bodies.append(replace(body, attempt=2))


def overlap(system: System) -> None:
    turns = [body for body in system.ledger.bodies if body.kind.name == "turns"]
    turns[0].ended = turns[1].began + 1


def overfill_a_pool(system: System) -> None:
    body = next(body for body in system.ledger.bodies if body.kind.name == "pooled")
    system.ledger.bodies += [replace(body), replace(body)]


def wait(_: System) -> None:
    Run.objects.filter(pk=first("brisk").pk).update(state=RunState.QUEUED)


def run_without_a_body(_: System) -> None:
    Run.objects.filter(pk=first("brisk").pk).update(state=RunState.RUNNING)


def give_up_a_healthy_one(_: System) -> None:
    Run.objects.filter(pk=first("brisk").pk).update(state=RunState.FAILED)


def fail_too_often(_: System) -> None:
    Run.objects.filter(pk=first("brisk").pk).update(failures=2)


def lose_for_nothing(system: System) -> None:
    run, now = first("brisk"), timezone.now() - timedelta(seconds=1)
    worker = system.ledger.bodies[0].worker
    LostAttempt.objects.create(
        run=run, attempt=1, worker=worker, cause=Loss.LEASE, heard_at=now, lost_at=now
    )
    system.lost_at[run.pk.hex, 1] = 100.0


PLANTED: list[tuple[Callable[[System], None], str]] = [
    (lose_an_occurrence, "is accounted for 0 times"),
    (lose_an_occurrence, "occurrences: brisk"),
    (begin_twice, "began 2 times"),
    (begin_unrecorded, "began and is not recorded"),
    (succeed_without_a_body, "never returned"),
    (succeed_twice, "with 2 successful attempts"),
    (overlap, "overlap for"),
    (overfill_a_pool, "bodies in 2 slots"),
    (wait, "is queued and has waited for"),
    (run_without_a_body, "is running and has waited for"),
    (give_up_a_healthy_one, "which is healthy, is failed"),
    (fail_too_often, "failed 2 times"),
    (lose_for_nothing, "on an undisturbed"),
]


def seen(system: System, plant: Callable[[System], None], told: str) -> bool:
    """Whether it is named; afterwards all is as it was."""
    bodies, lost_at, rows = system.ledger.bodies, dict(system.lost_at), sqlite3.connect(":memory:")
    system.database.connection.backup(rows)
    system.ledger.bodies = [replace(body) for body in bodies]
    plant(system)
    broken = list(invariants.broken(system))
    system.ledger.bodies, system.lost_at = bodies, lost_at
    rows.backup(system.database.connection)
    rows.close()
    return any(told in one for one in broken)


def test_what_is_planted_is_named() -> None:
    with played(QUIET) as system:
        assert list(invariants.broken(system)) == []
        unseen = [plant.__name__ for plant, told in PLANTED if not seen(system, plant, told)]
        assert unseen == []
        assert list(invariants.broken(system)) == []


def test_an_error_of_the_code_itself_is_a_violation_and_one_of_the_connection_is_not() -> None:
    world = World(1)
    for error in (OperationalError("gone"), KeyError("odd")):
        told = (type(error), error, None)
        Listening(world).emit(
            logging.LogRecord("jobs", logging.ERROR, "", 0, "a turn failed", (), told)
        )
    assert world.errors == ["a turn failed: KeyError('odd')"]
    assert len(world.history) == 2


def test_a_body_that_was_frozen_until_it_was_ended_did_nothing_meanwhile() -> None:
    kind = KINDS["single"]
    asleep = Body("r", kind, 1, "worker-1", 10.0, 201.0, "stopped", [[20.0, 200.5]])
    awake = replace(asleep, naps=[[20.0, 100.0]])
    assert invariants.end_of(asleep) == 20.0
    assert invariants.end_of(awake) == 201.0
