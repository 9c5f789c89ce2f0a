"""Masks that are saved or run: the secret stays where it was, and nobody sends it where they could
read it.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from jobs.access.actor import Actor
from jobs.access.roles import Role
from jobs.actions.jobs import create_job, restore_version, update_job
from jobs.actions.masking.masks import STAY
from jobs.actions.runs.dead_letters import requeue
from jobs.actions.runs.run import rerun, run_now
from jobs.errors import DomainError
from jobs.models import Job, Run, RunState
from jobs.redaction.keys import MASK
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.rights import somebody

PARAMS = {"password": "hunter22", "url": "https://good.example/", "n": 1}
SHOWN = PARAMS | {"password": MASK}
EDITOR, ADMIN = somebody(Role.EDITOR), somebody(Role.ADMIN)


def save(job: Job, actor: Actor = EDITOR, **values: Any) -> Job:
    return update_job(job, values, actor=actor, now=timezone.now())


def refusal(call: Any, *args: Any, **fields: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        call(*args, **fields)
    assert refused.value.field == "params"
    return refused.value


def test_a_job_saved_as_it_was_shown_is_not_even_changed() -> None:
    job = make_job(params=PARAMS)
    assert save(job, params=SHOWN).version == job.version
    assert save(job, params=SHOWN | {"n": 2}).params == PARAMS | {"n": 2}
    assert save(job, params=SHOWN | {"password": "new"}).params["password"] == "new"


@pytest.mark.parametrize(
    "params", [{"message": MASK}, {"password": {"x": MASK}}, SHOWN | {"note": f"see {MASK}"}]
)
def test_a_secret_cannot_be_moved_to_another_key(params: dict[str, Any]) -> None:
    job = make_job(params=PARAMS)
    for actor in (EDITOR, ADMIN):
        assert "does not stand for a stored secret" in str(refusal(save, job, actor, params=params))
    assert Job.objects.get().params == PARAMS


@pytest.mark.parametrize(
    "values", [{"task": "LogTask"}, {"task": "LogTask", "params": {"password": MASK}}]
)
def test_a_secret_does_not_go_to_another_task_with_somebody_who_may_not_see_it(
    values: dict[str, Any],
) -> None:
    job = make_job(params={"password": "hunter22"})
    assert refusal(save, job, **values).message == STAY
    assert save(job, task="LogTask", params={"message": "hello"}).task == "LogTask"


def test_who_may_see_it_may_move_it() -> None:
    job = make_job(task="LogTask", params={"message": "password=hunter22"})
    shown = {"message": f"password={MASK}"}
    assert save(job, ADMIN, task="EchoTask", params=shown).params == {
        "message": "password=hunter22"
    }


def test_a_secret_is_not_sent_to_another_address() -> None:
    job = make_job(params=PARAMS)
    assert refusal(save, job, params=SHOWN | {"url": "https://evil.example/"}).message == STAY
    assert (
        save(job, params=PARAMS | {"url": "https://evil.example/"}).params["url"]
        == "https://evil.example/"
    )


def test_a_copy_keeps_the_secrets_of_its_original_and_nothing_else_does() -> None:
    original = make_job(params=PARAMS)
    values = {"name": "copy", "task": "EchoTask", "schedule": "@daily", "params": SHOWN}
    refusal(create_job, values, actor=EDITOR, now=timezone.now())
    refusal(
        create_job, values | {"task": "LogTask"}, actor=EDITOR, now=timezone.now(), like=original
    )
    assert create_job(values, actor=EDITOR, now=timezone.now(), like=original).params == PARAMS


def test_metadata_are_kept_too() -> None:
    job = make_job(metadata={"api_key": "k3y", "team": "a"})
    assert save(job, metadata={"api_key": MASK, "team": "b"}).metadata == {
        "api_key": "k3y",
        "team": "b",
    }


def test_an_old_version_brings_back_its_own_secrets() -> None:
    job = make_job(params=PARAMS)
    save(job, task="LogTask", params={"message": "hello"})
    restored = restore_version(job, 1, actor=EDITOR, now=timezone.now())
    assert (restored.task, restored.params) == ("EchoTask", PARAMS)


def test_a_run_with_edits_keeps_what_was_hidden(broker: RedisServer) -> None:
    job = make_job(params=PARAMS)
    operator = somebody(Role.OPERATOR)
    made = run_now(job, actor=operator, now=timezone.now(), params=SHOWN | {"n": 2}).run
    assert made.params == PARAMS | {"n": 2}
    assert rerun(
        made, actor=operator, now=timezone.now(), params=SHOWN | {"n": 3}
    ).run.params == PARAMS | {"n": 3}
    elsewhere = SHOWN | {"url": "https://evil.example/"}
    assert (
        refusal(run_now, job, actor=operator, now=timezone.now(), params=elsewhere).message == STAY
    )
    assert (
        refusal(rerun, made, actor=operator, now=timezone.now(), params=elsewhere).message == STAY
    )


def test_an_old_runs_secrets_do_not_go_to_the_task_the_job_has_now(broker: RedisServer) -> None:
    job = make_job(task="EchoTask")
    run = make_run(
        job, state=RunState.FAILED, task="LogTask", params={"message": "x", "password": "hunter22"}
    )
    operator = somebody(Role.OPERATOR)
    assert refusal(rerun, run, actor=operator, now=timezone.now()).message == STAY
    assert STAY in requeue([run], actor=operator, now=timezone.now()).left[run.pk]
    assert rerun(run, actor=ADMIN, now=timezone.now()).created
    assert Run.objects.count() == 2
