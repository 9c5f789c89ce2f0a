"""``pool``, as typed; and the flags of a job that draws on one."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from jobs.models import Job, Pool
from tests.support.builders import make_job, make_pool, make_run
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        manage(*words)
    return error.value.returncode, str(error.value)


def test_a_pool_is_made_changed_and_removed() -> None:
    made = manage_json(
        "pool", "create", "gpu", "--slots", "2", "--memory", "1024", "--description", "two cards"
    )
    assert (made["name"], made["slots"], made["memory"], made["cpu"]) == ("gpu", 2, 1024, None)
    changed = manage_json("pool", "update", "gpu", "--slots", "3", "--memory", "none")
    assert (changed["slots"], changed["memory"], changed["description"]) == (3, None, "two cards")
    assert manage_json("pool", "get", "gpu") == changed
    assert manage_json("pool", "delete", "gpu") == {"name": "gpu", "result": "deleted"}
    assert manage_json("pool", "list") == []


def test_a_table_tells_what_is_in_use_of_each_limit() -> None:
    make_pool("gpu", slots=2)
    make_run(make_job(pool="gpu", resources={"cpu": 3}), state="running")
    head, row = manage("pool", "list").splitlines()
    assert head.split() == [
        "NAME",
        "SLOTS",
        "CPU",
        "MEMORY",
        "STORAGE",
        "WAITING",
        "JOBS",
        "DESCRIPTION",
    ]
    assert row.split() == ["gpu", "1", "of", "2", "3", "0", "0", "0", "1", "-"]
    assert "1 of 2" in manage("pool", "get", "gpu")


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("get", "tpu"), 3, "pool: there is no pool 'tpu'"),
        (("update", "tpu", "--slots", "1"), 3, "pool: there is no pool 'tpu'"),
        (("create", "gpu"), 1, "name: another pool already has the name 'gpu'"),
        (
            ("create", "tpu", "--slots", "many"),
            1,
            "slots: must be a whole number, or none for no limit",
        ),
        (("create", "a b", "--slots", "0"), 1, "slots: must be at least 1"),
        (("delete", "gpu"), 1, "pool: in use by 1 job: train"),
    ],
)
def test_what_cannot_be_done_names_the_field(
    words: tuple[str, ...], status: int, text: str
) -> None:
    make_pool("gpu")
    make_job(name="train", pool="gpu")
    found, told = refused("pool", *words)
    assert (found, text in told) == (status, True), told
    assert Pool.objects.count() == 1


def test_a_job_names_its_pool_and_what_it_needs() -> None:
    make_pool("gpu", cpu=8)
    words = (
        "job",
        "create",
        "train",
        "--task",
        "EchoTask",
        "--schedule",
        "@daily",
        "--pool",
        "gpu",
    )
    assert manage_json(*words, "--resources", '{"cpu": 8}')["resources"] == {"cpu": 8}
    assert (
        refused("job", "update", "train", "--pool", "tpu")[1]
        == "pool: there is no pool 'tpu' (pools: gpu)"
    )
    assert "needs 9 cpu" in refused("job", "update", "train", "--resources", '{"cpu": 9}')[1]
    assert Job.objects.get().pool == "gpu"
