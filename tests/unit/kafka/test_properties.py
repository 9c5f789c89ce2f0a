"""gsched's kafka.properties as it is; whatever is not understood is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from jobs.kafka.properties import WrongProperties, client_settings, read_properties
from scheduler_site.broker import broker_url, kafka_properties
from scheduler_site.config import Config

GSCHED = """# Kafka
! another comment

bootstrap.servers=localhost:9092,other:9092
job.topic = JobQueue
consumer.group.id: gsched-default-group
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "kafka.properties"
    path.write_text(text)
    return path


def test_gscheds_file_is_read_as_it_is(tmp_path: Path) -> None:
    found = read_properties(written(tmp_path, GSCHED))
    assert found == {
        "bootstrap.servers": "localhost:9092,other:9092",
        "job.topic": "JobQueue",
        "consumer.group.id": "gsched-default-group",
    }
    assert client_settings(found) == {"bootstrap.servers": "localhost:9092,other:9092"}


def test_what_a_secured_cluster_needs_is_passed_on(tmp_path: Path) -> None:
    text = "bootstrap.servers=k:9093\nsecurity.protocol=SASL_SSL\nsasl.password=a=b:c\n"
    assert client_settings(read_properties(written(tmp_path, text)))["sasl.password"] == "a=b:c"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "bootstrap.server=k",
            "line 1: the key 'bootstrap.server' is not known; did you mean bootstrap.servers?",
        ),
        (
            "bootstrap.servers=k\nacks=1",
            "line 2: the key 'acks' is not known; these are: bootstrap.servers, ",
        ),
        ("bootstrap.servers", "line 1: it is not written as key=value"),
        ("job.topic=x", "bootstrap.servers is missing"),
        ("bootstrap.servers=", "bootstrap.servers is missing"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(WrongProperties) as refusal:
        read_properties(path)
    assert told in str(refusal.value)
    config = Config(kafka_properties=path)
    with pytest.raises(ImproperlyConfigured, match=r"^KAFKA_PROPERTIES: "):
        kafka_properties(config)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongProperties, match="gone"):
        read_properties(tmp_path / "gone")


@pytest.mark.parametrize("url", ["kafka://localhost:9092", "confluentkafka://localhost:9092"])
def test_kafka_as_the_broker_is_refused_with_what_it_is_good_for(url: str) -> None:
    config = Config(celery_broker_url=url)
    with pytest.raises(
        ImproperlyConfigured, match=r"Kafka cannot be the broker.*kafka_consume and the task KafkaP"
    ):
        broker_url(config)
