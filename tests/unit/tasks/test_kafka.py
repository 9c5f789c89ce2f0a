"""KafkaProduce against a cluster that answers, refuses, or is silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import shared_task

from tasks.kafka import KeptAside, NotDelivered, kafka_aside, kafka_produce
from tests.support.kafka import KafkaCluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    made = KafkaCluster(Path(tmp_path_factory.mktemp("kafka")))
    yield made
    made.close()


def test_a_message_is_written_as_it_is_said(cluster: KafkaCluster, settings: Any) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {
        "kafka": {
            "bootstrap.servers": cluster.servers,
            "job.topic": "x",
            "consumer.group.id": "y",
        }
    }
    first = kafka_produce("own", {"ä": 1}, key="k", headers={"from": "here"})
    second = kafka_produce("own", "as it is", key="k")
    assert second == first | {"offset": first["offset"] + 1}
    found = {value for _, value, _, _ in cluster.read("own", 2)}
    assert found == {'{"ä":1}'.encode(), b"as it is"}


def test_a_task_tells_a_topic_what_became_of_its_step(cluster: KafkaCluster, settings: Any) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"kafka": {"bootstrap.servers": cluster.servers}}

    @shared_task(name="tests.invoice_with_feedback")
    def invoice(order: int) -> dict[str, Any]:
        return kafka_produce("feedback", {"order": order, "done": True}, key=str(order))

    told = invoice.apply(kwargs={"order": 7}).get()
    assert cluster.read("feedback", 1) == [
        (b"7", b'{"order":7,"done":true}', told["partition"], told["offset"])
    ]


def test_nothing_is_left_running_in_the_process(cluster: KafkaCluster, settings: Any) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"kafka": {"bootstrap.servers": cluster.servers}}
    kafka_produce("t", "x")
    before = (
        len(list(Path("/proc/self/task").iterdir())),
        len(list(Path("/proc/self/fd").iterdir())),
    )
    kafka_produce("t", "x")
    assert (
        len(list(Path("/proc/self/task").iterdir())),
        len(list(Path("/proc/self/fd").iterdir())),
    ) == before


def test_a_cluster_that_accepts_and_never_answers_ends_in_time(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.BEATWRIGHT = settings.BEATWRIGHT | {
            "kafka": {"bootstrap.servers": f"127.0.0.1:{silent.getsockname()[1]}"}
        }
        done = threading.Event()

        def produce() -> None:
            with pytest.raises(NotDelivered):
                kafka_produce("t", "x", timeout_seconds=1)
            done.set()

        threading.Thread(target=produce, daemon=True).start()
        assert done.wait(60)


def test_without_properties_it_says_so(settings: Any) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"kafka": {}}
    with pytest.raises(ValueError, match="KAFKA_PROPERTIES"):
        kafka_produce("t", "x")


def test_a_message_that_is_kept_aside_fails_with_its_reason() -> None:
    with pytest.raises(KeptAside, match="orders/1/2: its value is no JSON"):
        kafka_aside("its value is no JSON", topic="orders", partition=1, offset=2)
