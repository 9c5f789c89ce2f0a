"""Pools are made, changed and removed; jobs name one that there is, and need no more than it
has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from jobs.actions.jobs import archive_job, create_job, update_job
from jobs.actions.pools import MOST_POOLS, InvalidPool, create_pool, delete_pool, update_pool
from jobs.definition.checking import InvalidJob
from jobs.errors import DomainError, Forbidden, NameTaken, PoolNotFound
from jobs.models import AuditEntry, Job, Pool
from jobs.models.fleet.pool import MOST_NEEDED
from tests.support.builders import by, make_job, make_pool, make_run

ANA = by("ana")


def make(**values: Any) -> Pool:
    return create_pool(values, actor=ANA, now=timezone.now())


def change(name: str, /, **values: Any) -> Pool:
    return update_pool(name, values, actor=ANA, now=timezone.now())


def define(**values: Any) -> Job:
    defaults = {"name": "train", "task": "EchoTask", "schedule": "@daily"}
    return create_job(defaults | values, actor=ANA, now=timezone.now())


def problems(wrong: Callable[[], Any]) -> dict[str, str]:
    with pytest.raises(DomainError) as caught:
        wrong()
    found: list[DomainError] = getattr(caught.value, "problems", [caught.value])
    return {problem.field: str(problem) for problem in found}


def test_a_pool_is_made_changed_and_removed_and_each_is_in_the_audit() -> None:
    make(name="gpu", slots=2, memory=64)
    change("gpu", slots=4, description="the new rack")
    delete_pool("gpu", actor=ANA, now=timezone.now())
    assert not Pool.objects.exists()
    entries = AuditEntry.objects.order_by("at", "id")
    assert [(entry.verb, entry.target_kind, entry.target_name) for entry in entries] == [
        (verb, "pool", "gpu") for verb in ("create_pool", "update_pool", "delete_pool")
    ]
    assert [entry.changes.get("slots") for entry in entries] == [[None, 2], [2, 4], [4, None]]
    assert entries[1].changes["description"] == ["", "the new rack"]


def test_what_is_already_so_is_neither_saved_nor_audited() -> None:
    before = make_pool("gpu", slots=2)
    assert change("gpu", slots=2, cpu=None).updated_at == before.updated_at
    assert not AuditEntry.objects.exists()


def test_every_wrong_field_is_named_and_nothing_is_saved() -> None:
    limits = {"slots": 0, "cpu": -1, "memory": 1.5, "storage": MOST_NEEDED + 1}
    wrong = {"name": "a b", "description": "x\x00"} | limits
    assert problems(lambda: make(**wrong)).keys() == wrong.keys()
    assert problems(lambda: make(name="gpu", slots=True)).keys() == {"slots"}
    assert problems(lambda: make(name="gpu", slots=100_001, cpu="1")).keys() == {"slots", "cpu"}
    assert problems(lambda: make(name="gpu", description="x" * 501)).keys() == {"description"}
    assert problems(lambda: make(name="gpu", created_at=None)).keys() == {"created_at"}
    assert not Pool.objects.exists()
    pool = make_pool("gpu", slots=2)
    with pytest.raises(InvalidPool):
        change("gpu", slots=3, cpu=-1)
    assert problems(lambda: change("gpu", name="tpu")).keys() == {"name"}
    pool.refresh_from_db()
    assert (pool.slots, pool.cpu) == (2, None)
    assert not AuditEntry.objects.exists()


def test_a_name_is_given_once_and_what_has_no_pool_is_not_found() -> None:
    make_pool("gpu", slots=1)
    with pytest.raises(NameTaken):
        make(name="gpu", slots=9)
    assert Pool.objects.get().slots == 1
    for missing in ("tpu", "a\x00b"):
        with pytest.raises(PoolNotFound):
            change(missing, slots=3)
        with pytest.raises(PoolNotFound):
            delete_pool(missing, actor=ANA, now=timezone.now())


def test_there_are_never_more_pools_than_a_list_can_hold() -> None:
    now = timezone.now()
    Pool.objects.bulk_create(
        Pool(name=f"p{n}", created_at=now, updated_at=now) for n in range(MOST_POOLS)
    )
    assert problems(lambda: make(name="gpu")).keys() == {"name"}


def test_whom_tags_limit_changes_no_pool() -> None:
    make_pool("gpu", slots=2)
    limited = by("fin", tags=frozenset({"fin"}))
    for call in (
        lambda: create_pool({"name": "tpu"}, actor=limited, now=timezone.now()),
        lambda: update_pool("gpu", {"slots": 9}, actor=limited, now=timezone.now()),
        lambda: delete_pool("gpu", actor=limited, now=timezone.now()),
    ):
        with pytest.raises(Forbidden):
            call()


def test_a_pool_that_jobs_name_stays_and_those_are_named() -> None:
    make_pool("gpu", slots=2)
    for name in ("ada", "bob", "old"):
        make_job(name=name, pool="gpu")
    make_run(Job.objects.get(name="old"), state="succeeded")
    archive_job(Job.objects.get(name="old"), actor=ANA, now=timezone.now())
    told = problems(lambda: delete_pool("gpu", actor=ANA, now=timezone.now()))
    assert told == {"pool": "in use by 2 jobs: ada, bob (move them to another pool first)"}
    Job.objects.filter(archived_at=None).update(pool="")
    delete_pool("gpu", actor=ANA, now=timezone.now())


def test_a_job_names_a_pool_that_there_is() -> None:
    assert (
        problems(lambda: define(pool="gpu"))["pool"]
        == "there is no pool 'gpu' (there are no pools yet)"
    )
    make_pool("tpu")
    make_pool("smtp")
    assert (
        problems(lambda: define(pool="gpu"))["pool"] == "there is no pool 'gpu' (pools: smtp, tpu)"
    )
    assert define(pool="tpu").pool == "tpu"


def test_a_job_needs_no_more_than_its_pool_has() -> None:
    make_pool("gpu", cpu=8, memory=1024)
    with pytest.raises(InvalidJob) as caught:
        define(pool="gpu", resources={"cpu": 9, "memory": 2048, "storage": 7})
    assert [(problem.field, str(problem)) for problem in caught.value.problems] == [
        ("resources", "needs 9 cpu, the pool gpu has 8"),
        ("resources", "needs 2,048 memory, the pool gpu has 1,024"),
    ]
    assert define(pool="gpu", resources={"cpu": 8, "storage": 7}).resources["cpu"] == 8


def test_resources_without_a_pool_are_those_of_the_default_one_if_there_is_one() -> None:
    job = define(resources={"cpu": 9})
    job.delete()
    make_pool("default", cpu=8)
    assert problems(lambda: define(resources={"cpu": 9})) == {
        "resources": "needs 9 cpu, the pool default has 8"
    }
    assert define(resources={"cpu": 8}).pool == ""


def test_only_what_changes_is_checked_again() -> None:
    job = make_job(pool="gone", resources={"cpu": 9})
    assert update_job(job, {"description": "x"}, actor=ANA, now=timezone.now()).description == "x"
    less = {"resources": {"cpu": 3}}
    assert problems(lambda: update_job(job, less, actor=ANA, now=timezone.now())).keys() == {"pool"}
    make_pool("gpu", cpu=8)
    wrong = problems(lambda: update_job(job, {"pool": "gpu"}, actor=ANA, now=timezone.now()))
    assert wrong == {"resources": "needs 9 cpu, the pool gpu has 8"}


def test_a_limit_does_not_sink_below_what_one_of_its_jobs_needs() -> None:
    make_pool("gpu", cpu=8)
    make_job(name="train", pool="gpu", resources={"cpu": 6})
    make_job(name="tune", pool="gpu", resources={"cpu": 2})
    assert problems(lambda: change("gpu", cpu=4)) == {"cpu": "more than 4 is needed by train"}
    assert change("gpu", cpu=6).cpu == 6
    make_job(name="unnamed", resources={"memory": 5})
    make_job(name="nothing")
    assert problems(lambda: make(name="default", memory=4)) == {
        "memory": "more than 4 is needed by unnamed"
    }
    assert not Pool.objects.filter(name="default").exists()
    assert make(name="default", memory=5).memory == 5
