from __future__ import annotations

import uuid
from typing import Any

from django.db.models import CharField, F, UUIDField

from jobs.lifecycle.prepared import Prepared, PreparedRow, prepared_update, slot
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
