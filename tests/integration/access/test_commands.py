"""Jobs that run commands: which command is a matter for whoever has the permission for that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from jobs.access.actor import Actor
from jobs.access.roles import Role
from jobs.actions.jobs import create_job, update_job
from jobs.actions.runs.dead_letters import requeue
from jobs.actions.runs.run import rerun, run_now
from jobs.errors import Forbidden
from jobs.importers.files.document import Document
from jobs.importers.service import import_documents
from jobs.models import Run, RunState
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.rights import somebody

COMMAND = {"task": "RunCommand", "params": {"argv": ["true"]}}
OTHER = {"argv": ["false"]}


def _import(actor: Actor) -> object:
    text = (
        '[{"name": "x", "task": "RunCommand", "params": {"argv": ["true"]}, "schedule": "@daily"}]'
    )
    return import_documents(
        [Document("s.json", text, source="s.json")], actor=actor, now=timezone.now()
    )


def failed() -> Run:
    return make_run(make_job(**COMMAND), state=RunState.FAILED)


CALLS: list[Callable[[Actor], object]] = [
    lambda actor: create_job(
        {"name": "x", "schedule": "@daily", **COMMAND}, actor=actor, now=timezone.now()
    ),
    lambda actor: update_job(make_job(**COMMAND), {"owner": "me"}, actor=actor, now=timezone.now()),
    lambda actor: update_job(make_job(), COMMAND, actor=actor, now=timezone.now()),
    lambda actor: run_now(make_job(**COMMAND), params=OTHER, actor=actor, now=timezone.now()),
    lambda actor: rerun(failed(), params=OTHER, actor=actor, now=timezone.now()),
    _import,
]


@pytest.mark.parametrize("call", CALLS)
def test_an_editor_does_not_say_which_command_runs(
    call: Callable[[Actor], object], broker: RedisServer
) -> None:
    with pytest.raises(Forbidden) as refused:
        call(somebody(Role.EDITOR))
    assert refused.value.permission == "beatwright.command_job"


@pytest.mark.parametrize("call", CALLS)
def test_an_admin_does(call: Callable[[Actor], object], broker: RedisServer) -> None:
    call(somebody(Role.ADMIN))


def test_an_operator_runs_the_command_that_somebody_with_the_right_has_written(
    broker: RedisServer,
) -> None:
    run_now(make_job(**COMMAND), actor=somebody(Role.OPERATOR), now=timezone.now())
    rerun(failed(), actor=somebody(Role.OPERATOR), now=timezone.now())


def test_requeueing_dead_letters_with_another_command_leaves_them(broker: RedisServer) -> None:
    run = failed()
    done = requeue([run], params=OTHER, actor=somebody(Role.OPERATOR), now=timezone.now())
    assert "beatwright.command_job" in done.left[run.pk]
