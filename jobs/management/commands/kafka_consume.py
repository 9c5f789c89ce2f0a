"""``manage.py kafka_consume``: the messages of a topic become runs, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs import conf
from jobs.database.deadlines import answer_within
from jobs.kafka.consumer import OWN_GROUP, CannotConsume, consume, source_of
from jobs.kafka.intake import Intake
from jobs.kafka.properties import WrongProperties, read_properties
from jobs.logs import stream
from jobs.management.plain import PlainCommand

ANSWER_SECONDS = 60


class Command(PlainCommand):
    help = (
        "Make a run of each message of a Kafka topic, exactly once; where Kafka is, "
        "KAFKA_PROPERTIES says."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--topic", default="", help="the topic to read (default: the properties' job.topic)"
        )
        parser.add_argument(
            "--group", default="", help=f"the group (default: consumer.group.id, or {OWN_GROUP})"
        )
        parser.add_argument(
            "--job", default="", help="the job of all messages, whose values are its params"
        )
        parser.add_argument(
            "--tag", action="append", default=[], help="only jobs with this tag; may be repeated"
        )
        parser.add_argument(
            "--idle-exit", type=float, help="end after so many seconds without a message"
        )
        parser.add_argument(
            "--properties", type=Path, help="another file than that of KAFKA_PROPERTIES"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what was taken."""
        try:
            own = options["properties"]
            found = read_properties(own) if own else conf.get().kafka
            place = source_of(found, options["topic"], options["group"], options["idle_exit"])
        except (WrongProperties, CannotConsume) as error:
            raise CommandError(str(error)) from None
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        answer_within(ANSWER_SECONDS)
        stream.make_patient()
        self.stdout.write(f"reading {place.topic} as {place.group}")
        self.stdout.flush()
        intake = Intake(place.topic, options["job"], frozenset(options["tag"]) or None)
        try:
            counts = consume(place, intake, stopping)
        except ImportError as error:
            raise CommandError(
                "kafka_consume needs confluent-kafka (pip install -r requirements-kafka.txt)"
            ) from error
        except CannotConsume as error:
            raise CommandError(str(error)) from error
        run, known, aside = (counts[what] for what in ("run", "known", "aside"))
        self.stdout.write(f"runs: {run}, known: {known}, kept aside: {aside}")
