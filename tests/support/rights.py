"""Who may do what: one row per action, with the least role that may and a call of it.

Every surface's tests use it.

The roles are written here by hand, from the product's description, so that a slip in the code's own
table is seen.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from jobs import actions
from jobs.access.actor import Actor, Surface
from jobs.access.roles import ROLES, Role
from jobs.actions.adoption import adopt
from jobs.actions.alerts import acknowledge_alert, acknowledge_cause, undo_acknowledge_cause
from jobs.actions.bulk import begin_bulk, cancel_bulk
from jobs.actions.jobs import archive_job, create_job, restore_version, unarchive_job, update_job
from jobs.actions.masking.reveal import reveal_all, reveal_job, reveal_run
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.people.tokens import create_token, revoke_token
from jobs.actions.queues import pause_queue, resume_queue
from jobs.actions.runs.backfills import backfill_job, cancel_backfill
from jobs.actions.runs.cancel import cancel_run, cancel_runs
from jobs.actions.runs.dead_letters import discard, requeue
from jobs.actions.runs.purge import delete_run
from jobs.actions.runs.run import rerun, run_now
from jobs.actions.undo import Before, undo_acknowledge, undo_discard, undo_pause
from jobs.actions.workers import shut_down_worker
from jobs.importers.files.document import Document
from jobs.importers.service import import_documents
from jobs.models import RunState
from tests.support import (
    rights_of_calendars,
    rights_of_notices,
    rights_of_pools,
    rights_of_secrets,
)
from tests.support.builders import by, make_alert, make_job, make_run, make_worker
from tests.support.rights_of_people import OF_PEOPLE

# Steps inside an action's own transaction; the action has asked already.
STEPS = {
    "cancel_open", "check_tags", "drop_for_change", "role_group", "keep_versions", "keep_params",
    "keep_secrets", "require_bulk", "save_change",
    "refuse_taken", "require_command", "require_reach", "require_command_edit", "require_token",
    "rerun_params",
    "stay_hidden", "touched",
}  # fmt: skip

Call = Callable[[Actor], Any]


@dataclass(frozen=True)
class Right:
    """``prepare`` makes what the action is about, and answers the call that an actor then tries."""

    verb: str
    least: Role
    prepare: Callable[[], Call]

    def is_for(self, role: Role) -> bool:
        order = list(Role)
        return order.index(role) >= order.index(self.least)


def somebody(role: Role, **fields: Any) -> Actor:
    """A person at the console with exactly this role."""
    return Actor(role.value, Surface.CONSOLE, ROLES[role], **fields)


def actions_there_are() -> set[str]:
    """The names of all public functions in jobs.actions that are handed an actor, but for STEPS."""
    return {
        name for name, function in _functions() if "actor" in inspect.signature(function).parameters
    } - STEPS


def _functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in pkgutil.walk_packages(actions.__path__, "jobs.actions."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            if function.__module__ == module.name and not name.startswith("_"):
                yield name, function


def _create() -> Call:
    values = {"name": "fresh", "task": "EchoTask", "schedule": "@daily"}
    return lambda actor: create_job(values, actor=actor, now=timezone.now())


def _update() -> Call:
    job = make_job()
    return lambda actor: update_job(job, {"description": "x"}, actor=actor, now=timezone.now())


def _restore() -> Call:
    job = make_job()
    update_job(job, {"description": "x"}, actor=by("before"), now=timezone.now())
    return lambda actor: restore_version(job, 1, actor=actor, now=timezone.now())


def _of_job(action: Callable[..., Any], **fields: Any) -> Callable[[], Call]:
    """Something that is done to a job with these fields, and takes nothing else."""

    def prepare() -> Call:
        job = make_job(**fields)
        return lambda actor: action(job, actor=actor, now=timezone.now())

    return prepare


def _undo(what: str) -> Callable[[], Call]:
    """Of a discard, or of an acknowledgement."""

    def prepare() -> Call:
        if what == "discard":
            run = make_run(
                state=RunState.FAILED, resolved_at=timezone.now(), resolution="discarded: known"
            )
            return lambda actor: undo_discard([run], actor=actor, now=timezone.now())
        alert = acknowledge_alert(make_alert(make_job()), actor=by("before"), now=timezone.now())
        return lambda actor: undo_acknowledge(alert, actor=actor, now=timezone.now())

    return prepare


def _undo_pause() -> Call:
    job = make_job()
    paused = pause_job(job, actor=by("before"), now=timezone.now())
    return lambda actor: undo_pause(job, Before.of(job, paused), actor=actor, now=timezone.now())


def _run() -> Call:
    job = make_job()
    return lambda actor: run_now(job, actor=actor, now=timezone.now())


def _rerun() -> Call:
    run = make_run(state=RunState.FAILED)
    return lambda actor: rerun(run, actor=actor, now=timezone.now())


def _cancel() -> Call:
    run = make_run()
    return lambda actor: cancel_run(run, actor=actor, now=timezone.now())


def _cancel_all() -> Call:
    job = make_run().job
    return lambda actor: cancel_runs(job, actor=actor, now=timezone.now())


def _requeue() -> Call:
    run = make_run(state=RunState.FAILED)
    return lambda actor: requeue([run], actor=actor, now=timezone.now())


def _discard() -> Call:
    run = make_run(state=RunState.FAILED)
    return lambda actor: discard([run], actor=actor, reason="known", now=timezone.now())


def _backfill(actor: Actor) -> Any:
    now = timezone.now()
    job = make_job(schedule="@hourly", starts_at=now - timedelta(days=2))
    return backfill_job(job, actor=actor, now=now, start=now - timedelta(hours=3), end=now)


def _cancel_backfill() -> Call:
    backfill = _backfill(by("before"))
    return lambda actor: cancel_backfill(backfill, actor=actor, now=timezone.now())


def _begin_bulk(verb: str, **arguments: Any) -> Callable[[], Call]:
    return lambda: lambda actor: begin_bulk(verb, {}, arguments, actor=actor, now=timezone.now())


def _cancel_bulk() -> Call:
    operation = begin_bulk("pause", {}, {}, actor=by("before"), now=timezone.now())
    return lambda actor: cancel_bulk(operation, actor=actor, now=timezone.now())


def _pause_queue() -> Call:
    return lambda actor: pause_queue("default", actor=actor, now=timezone.now())


def _resume_queue() -> Call:
    pause_queue("default", actor=by("before"), now=timezone.now())
    return lambda actor: resume_queue("default", actor=actor, now=timezone.now())


def _import() -> Call:
    text = '[{"name": "imported", "task": "EchoTask", "schedule": "@daily"}]'
    document = Document("schedule.json", text, source="schedule.json")
    return lambda actor: import_documents([document], actor=actor, now=timezone.now())


def _adopt() -> Call:
    every = IntervalSchedule.objects.create(every=5, period="minutes")
    row = PeriodicTask.objects.create(name="beat", task="EchoTask", interval=every)
    return lambda actor: adopt(row, actor=actor, now=timezone.now())


def _reveal_job() -> Call:
    job = make_job()
    return lambda actor: reveal_job(job, actor=actor, now=timezone.now())


def _reveal_run() -> Call:
    run = make_run()
    return lambda actor: reveal_run(run, actor=actor, now=timezone.now())


def _reveal_all() -> Call:
    return lambda actor: reveal_all(actor=actor, now=timezone.now())


def _own_token() -> Call:
    return lambda actor: create_token(_user(actor.name), name="ci", actor=actor, now=timezone.now())


def _token_of_another() -> Call:
    return lambda actor: create_token(_user("another"), name="ci", actor=actor, now=timezone.now())


def _revoke() -> Call:
    token = create_token(_user("another"), name="ci", actor=by("before"), now=timezone.now()).token
    return lambda actor: revoke_token(token, actor=actor, now=timezone.now())


def _acknowledge() -> Call:
    alert = make_alert()
    return lambda actor: acknowledge_alert(alert, actor=actor, now=timezone.now())


def _acknowledge_cause() -> Call:
    cause = make_alert().cause
    return lambda actor: acknowledge_cause(cause, actor=actor, now=timezone.now())


def _undo_acknowledge_cause() -> Call:
    alert = acknowledge_alert(make_alert(), actor=by("before"), now=timezone.now())
    return lambda actor: undo_acknowledge_cause(alert.cause, actor=actor, now=timezone.now())


def _shut_down() -> Call:
    worker = make_worker()
    return lambda actor: shut_down_worker(worker, actor=actor, now=timezone.now())


def _delete_run() -> Call:
    run = make_run(state=RunState.SUCCEEDED, rolled_up=True)
    return lambda actor: delete_run(run, actor=actor, now=timezone.now())


def _user(name: str) -> User:
    return User.objects.get_or_create(username=name)[0]


RIGHTS = [
    Right("create_job", Role.EDITOR, _create),
    Right("update_job", Role.EDITOR, _update),
    Right("restore_version", Role.EDITOR, _restore),
    Right("archive_job", Role.EDITOR, _of_job(archive_job)),
    Right(
        "unarchive_job",
        Role.EDITOR,
        _of_job(unarchive_job, archived_at=timezone.now(), enabled=False),
    ),
    Right("pause_job", Role.OPERATOR, _of_job(pause_job)),
    Right("resume_job", Role.OPERATOR, _of_job(resume_job, enabled=False)),
    Right("undo_pause", Role.OPERATOR, _undo_pause),
    Right("undo_discard", Role.OPERATOR, _undo("discard")),
    Right("undo_acknowledge", Role.OPERATOR, _undo("acknowledge")),
    Right("run_now", Role.OPERATOR, _run),
    Right("rerun", Role.OPERATOR, _rerun),
    Right("cancel_run", Role.OPERATOR, _cancel),
    Right("cancel_runs", Role.OPERATOR, _cancel_all),
    Right("requeue", Role.OPERATOR, _requeue),
    Right("discard", Role.OPERATOR, _discard),
    Right("backfill_job", Role.EDITOR, lambda: _backfill),
    Right("cancel_backfill", Role.EDITOR, _cancel_backfill),
    Right("begin_bulk", Role.OPERATOR, _begin_bulk("pause")),
    Right("begin_bulk", Role.OPERATOR, _begin_bulk("discard", reason="known")),
    Right("begin_bulk", Role.EDITOR, _begin_bulk("set_queue", queue="night")),
    Right("cancel_bulk", Role.OPERATOR, _cancel_bulk),
    Right("pause_queue", Role.OPERATOR, _pause_queue),
    Right("resume_queue", Role.OPERATOR, _resume_queue),
    *(Right(verb, Role.EDITOR, prepare) for verb, prepare in rights_of_pools.CALLS.items()),
    *(Right(verb, Role.EDITOR, prepare) for verb, prepare in rights_of_calendars.CALLS.items()),
    *(Right(verb, Role.EDITOR, call) for verb, call in rights_of_secrets.CALLS.items()),
    *(Right(verb, Role.EDITOR, call) for verb, call in rights_of_notices.CALLS.items()),
    Right("import", Role.EDITOR, _import),
    Right("adopt", Role.EDITOR, _adopt),
    Right("reveal_job", Role.ADMIN, _reveal_job),
    Right("reveal_run", Role.ADMIN, _reveal_run),
    Right("reveal_all", Role.ADMIN, _reveal_all),
    Right("create_token", Role.OPERATOR, _own_token),
    Right("create_token", Role.ADMIN, _token_of_another),
    Right("acknowledge_alert", Role.OPERATOR, _acknowledge),
    Right("acknowledge_cause", Role.OPERATOR, _acknowledge_cause),
    Right("undo_acknowledge_cause", Role.OPERATOR, _undo_acknowledge_cause),
    Right("shut_down_worker", Role.ADMIN, _shut_down),
    Right("delete_run", Role.ADMIN, _delete_run),
    Right("revoke_token", Role.ADMIN, _revoke),
    *(Right(*row) for row in OF_PEOPLE),
]
