"""Kafka both ways: a topic's messages become runs exactly once, and a run's message gets into a
topic.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.kafka import KafkaCluster
from tests.support.processes import PYTHON, SET_UP, Process
from tests.support.saving import save_jobs
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a cluster and a site of its own for each")

LEDGER = {"name": "ledger", "task": "EchoTask", "schedule": "@manual"}
# A consumer that dies when its rows are written and their offsets are not.
DIES = """
import os, signal
from django.core.management import call_command
from jobs.kafka import consumer
consumer._Reader.commit = lambda _, batch: batch and os.kill(os.getpid(), signal.SIGKILL)
call_command("kafka_consume", "--topic", "orders", "--job", "ledger")
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KafkaCluster]:
    made = KafkaCluster(tmp_path / "kafka")
    yield made
    made.close()


@pytest.fixture
def site(cluster: KafkaCluster) -> Iterator[Site]:
    lines = ("job.topic = JobQueue", "consumer.group.id: gsched-default-group")
    with Site("postgresql", env={"KAFKA_PROPERTIES": str(cluster.properties(*lines))}) as made:
        save_jobs(made, [LEDGER])
        yield made


def orders(first: int, count: int) -> list[dict[str, int]]:
    return [{"order": number} for number in range(first, first + count)]


def taken(site: Site) -> list[int]:
    """The orders in the ledger, in the order of their runs."""
    return [run["params"]["order"] for run in site.runs("ledger")]


def consumer(site: Site, *words: str) -> Process:
    words = words or ("--topic", "orders", "--job", "ledger")
    process = site.start("kafka_consume", *words)
    process.wait_for_log("reading ")
    return process


def test_a_consumer_killed_between_row_and_offset_makes_no_second_run(
    cluster: KafkaCluster, site: Site
) -> None:
    cluster.write("orders", *orders(0, 30))
    killed = site._start([PYTHON, "-c", f"{SET_UP}\n{DIES}"], name="dies")
    assert killed.wait(seconds=60) == -9
    before = len(site.runs())
    assert before >= 1
    assert cluster.committed("orders", "gsched-default-group") == {}

    process = consumer(site)
    cluster.write("orders", *orders(30, 10))
    eventually(lambda: cluster.committed("orders", "gsched-default-group") == {0: 40}, seconds=60)

    assert taken(site) == list(range(40)), "each once, and in their order"
    assert {run["occurrence_key"].split("@")[0] for run in site.runs()} == {
        f"k:orders/0/{n}" for n in range(40)
    }
    assert {run["trigger"] for run in site.runs()} == {"kafka"}
    assert process.stop() == 0
    assert f"runs: {40 - before}, known: {before}, kept aside: 0" in process.log()


def test_two_consumers_share_a_topic_and_take_over_from_each_other(
    cluster: KafkaCluster, site: Site
) -> None:
    numbers = itertools.count()

    def write() -> int:
        for partition in range(4):
            cluster.write("orders", {"order": next(numbers)}, partition=partition)
        return len(taken(site))

    write()
    first = consumer(site)
    eventually(lambda: len(taken(site)) == 4, seconds=60)
    second = consumer(site)
    eventually(lambda: write() and "reading the partitions [" in second.log(), seconds=60, every=1)
    first.kill9()
    eventually(
        lambda: write() and "reading the partitions [0, 1, 2, 3]" in second.log(),
        seconds=90,
        every=1,
    )
    last = next(numbers)
    eventually(lambda: sorted(taken(site)) == list(range(last)), seconds=60)
    keys = [run["occurrence_key"] for run in site.runs()]
    assert len(keys) == len(set(keys)) == last
    for partition in range(4):
        orders_of_it = [order for order in taken(site) if order % 4 == partition]
        assert orders_of_it == sorted(orders_of_it)


OWN = {"jobName": "ledger", "priority": 1, "taskName": "EchoTask", "cronTime": "*/5 * * * *"}
DEEP: dict[str, Any] = {"nested": [[[[[[[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]]]]]]}
POISON: list[tuple[Any, str]] = [
    (b"\xff\x00 no JSON", "its value is no JSON"),
    (None, "it has no value: a tombstone"),
    (["a list"], "its value is no JSON object"),
    ({"jobName": "unknown"}, "there is no job 'unknown'"),
    ({"taskName": "EchoTask"}, "its value names no job (jobName: Field required)"),
    (OWN | {"taskName": "LogTask"}, "but the job 'ledger' has the task 'EchoTask'"),
    (OWN | {"taskParams": DEEP}, ""),
    ({"jobName": "closed"}, "can see and change only jobs with one of the tags: kafka"),
]


def test_gscheds_messages_run_their_jobs_and_what_cannot_run_is_a_dead_letter(
    cluster: KafkaCluster, site: Site
) -> None:
    save_jobs(site, [{"name": "closed", "task": "EchoTask", "schedule": "@manual"}])
    site.python("from jobs.models import Job; Job.objects.update(tags=['kafka'])")
    site.python("from jobs.models import Job; Job.objects.filter(name='closed').update(tags=[])")
    first, last = (OWN | {"taskParams": {"order": order}} for order in (1, 2))
    cluster.write("JobQueue", first, *(message for message, _ in POISON), last, key="1")
    process = consumer(site, "--tag", "kafka")
    eventually(lambda: len(site.runs("ledger")) == 2, seconds=60)
    site.worker()
    aside = "kafka-aside JobQueue"
    eventually(lambda: len(site.runs(aside, state="failed")) == len(POISON), seconds=60)

    assert taken(site) == [1, 2]
    for offset, (run, (_, told)) in enumerate(zip(site.runs(aside), POISON, strict=True), 1):
        assert f"JobQueue/0/{offset}: " in run["error"]
        assert told in run["error"]
    assert site.runs(aside)[0]["params"]["value"] == "\\xff\\x00 no JSON"
    assert "there is no job 'unknown'" in site.manage("dead_letters", "list")
    assert process.stop() == 0


def test_the_lag_of_a_group_is_measured(cluster: KafkaCluster, site: Site) -> None:
    cluster.write("orders", *orders(0, 5))
    process = consumer(site)
    eventually(lambda: lag(site) == {0: (5, 5), 1: (0, 0), 2: (0, 0), 3: (0, 0)}, seconds=60)
    process.suspend()
    cluster.write("orders", *orders(5, 7))
    process.resume()
    eventually(lambda: lag(site)[0] == (12, 12), seconds=60)


def lag(site: Site) -> dict[int, tuple[int, int]]:
    rows = site.query("SELECT * FROM beatwright_kafkapartition WHERE topic = %s", "orders")
    return {row["partition"]: (row["offset"], row["end"]) for row in rows}


def test_a_run_writes_its_message_and_has_partition_and_offset_as_its_result(
    cluster: KafkaCluster, site: Site
) -> None:
    value = {"jobName": "ledger", "priority": 3, "taskName": "EchoTask", "taskParams": {"order": 9}}
    params = {"topic": "JobQueue", "key": "3", "value": value}
    save_jobs(
        site, [{"name": "push", "task": "KafkaProduce", "schedule": "@manual", "params": params}]
    )
    site.worker()
    for _ in range(2):
        site.manage("job", "run", "push")
    eventually(lambda: len(site.runs("push", state="succeeded")) == 2, seconds=60)

    found = cluster.read("JobQueue", 2)
    assert [(key, json.loads(value or b"")) for key, value, _, _ in found] == [(b"3", value)] * 2
    results = [result_of(attempt) for attempt in site.attempts()]
    assert sorted((each["partition"], each["offset"]) for each in results) == sorted(
        each[2:] for each in found
    )
    assert {each["topic"] for each in results} == {"JobQueue"}

    consumer(site, "--job", "")
    eventually(lambda: taken(site) == [9, 9], seconds=60)


def test_a_cluster_that_is_away_fails_the_run_within_its_time(
    cluster: KafkaCluster, site: Site
) -> None:
    params = {"topic": "JobQueue", "value": "text", "timeout_seconds": 2}
    save_jobs(
        site, [{"name": "push", "task": "KafkaProduce", "schedule": "@manual", "params": params}]
    )
    cluster.process.suspend()
    try:
        site.worker()
        site.manage("job", "run", "push")
        eventually(lambda: site.runs("push", state="failed"), seconds=60)
    finally:
        cluster.process.resume()
    [run] = site.runs("push")
    assert "NotDelivered" in run["error"]


def result_of(attempt: dict[str, Any]) -> dict[str, Any]:
    stored = attempt["result"]
    return json.loads(stored) if isinstance(stored, str) else stored
