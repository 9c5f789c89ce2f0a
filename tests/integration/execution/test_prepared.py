from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import CharField, F, UUIDField
from django.db.models.functions import Now
from django_celery_results.models import TaskResult

from jobs.lifecycle.prepared import (
    GuardedPair,
    Prepared,
    PreparedRow,
    prepared_insert,
    prepared_update,
    slot,
)
from jobs.models import Run
from tests.support.builders import make_job, make_run

COLUMNS = ("id", "params", "scheduled_for", "state", "finished_at", "job__name", "attempt")
ROW = PreparedRow(
    lambda: Run.objects.using("lifecycle").filter(pk=slot("run", UUIDField())),
    lambda *row: row,
    COLUMNS,
)
NOTE = Prepared(
    lambda: prepared_update(
        Run.objects.using("lifecycle").filter(pk=slot("run", UUIDField())),
        reason=slot("reason", CharField()),
        attempt=F("attempt") + 1,
    )
)

BEGUN = Prepared(
    lambda: prepared_insert(
        TaskResult(
            task_id=slot("task_id", CharField()),
            status=slot("status", CharField()),
            date_created=Now(),
            date_done=Now(),
        )
    )
)
ENDED = Prepared(
    lambda: prepared_update(
        TaskResult.objects.using("lifecycle").filter(task_id=slot("task_id", CharField())),
        status=slot("status", CharField()),
    )
)


def test_a_prepared_row_has_the_values_that_the_orm_gives() -> None:
    runs = [make_run(make_job(params={"n": [number, None, "é"]})) for number in range(3)]

    for run in runs:
        assert ROW.fetch(run=run.id) == Run.objects.filter(pk=run.pk).values_list(*COLUMNS).get()


def test_a_row_that_is_not_there_is_none() -> None:
    assert ROW.fetch(run=uuid.uuid4()) is None


def test_a_prepared_update_writes_the_values_of_this_time() -> None:
    one, other = make_run(), make_run()

    assert NOTE.execute(run=one.id, reason="it's 100 % first") == 1
    assert NOTE.execute(run=other.id, reason="second") == 1
    assert NOTE.execute(run=uuid.uuid4(), reason="nobody's") == 0

    notes = Run.objects.order_by("id").values_list("reason", "attempt")
    assert list(notes) == [("it's 100 % first", 1), ("second", 1)]


def test_a_statement_is_built_once(monkeypatch: Any) -> None:
    run = make_run()
    NOTE.execute(run=run.id, reason="built")

    def refuse() -> Any:
        raise AssertionError("built again")

    monkeypatch.setattr(NOTE, "build", refuse)

    assert NOTE.execute(run=run.id, reason="kept") == 1


def test_what_a_guard_lets_through_is_written_with_it() -> None:
    run = make_run()

    assert (
        GuardedPair(NOTE, BEGUN).execute(
            run=run.id, reason="begun", task_id="it's.1", status="STARTED"
        )
        == 1
    )
    assert (
        GuardedPair(NOTE, ENDED).execute(
            run=run.id, reason="ended", task_id="it's.1", status="SUCCESS"
        )
        == 1
    )

    run.refresh_from_db()
    assert (run.reason, run.attempt) == ("ended", 2)
    assert list(TaskResult.objects.values_list("task_id", "status")) == [("it's.1", "SUCCESS")]


def test_what_a_guard_refuses_is_not_written() -> None:
    TaskResult.objects.create(task_id="kept", status="STARTED")

    assert (
        GuardedPair(NOTE, BEGUN).execute(
            run=uuid.uuid4(), reason="", task_id="new", status="STARTED"
        )
        == 0
    )
    assert (
        GuardedPair(NOTE, ENDED).execute(
            run=uuid.uuid4(), reason="", task_id="kept", status="SUCCESS"
        )
        == 0
    )

    assert list(TaskResult.objects.values_list("task_id", "status")) == [("kept", "STARTED")]


def test_the_guard_decides_also_where_there_is_no_attempt_to_write_to() -> None:
    run = make_run()

    assert (
        GuardedPair(NOTE, ENDED).execute(
            run=run.id, reason="over", task_id="gone", status="SUCCESS"
        )
        == 1
    )

    run.refresh_from_db()
    assert run.reason == "over"


def test_an_attempt_that_cannot_be_written_leaves_the_run_as_it_was() -> None:
    run = make_run()
    TaskResult.objects.create(task_id="there already", status="STARTED")

    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        GuardedPair(NOTE, BEGUN).execute(
            run=run.id, reason="begun", task_id="there already", status="STARTED"
        )

    run.refresh_from_db()
    assert (run.reason, run.attempt) == ("", 0)
