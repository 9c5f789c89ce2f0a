"""The JSON that an attempt's row holds."""

from __future__ import annotations

import json
import uuid
from typing import get_type_hints

import pytest

from jobs.lifecycle.rows import AttemptMeta, ClaimableRun, HeldRun, columns_of

RUN = uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.mark.parametrize(
    "meta",
    [
        AttemptMeta(RUN, 1, pid=17),
        AttemptMeta(RUN, 2, outcome="succeeded", children=()),
        AttemptMeta(
            RUN,
            3,
            outcome="lost",
            cause="lease",
            children=(["id", None],),
            late_finished_at="2026-01-01",
        ),
    ],
    ids=["running", "succeeded", "lost"],
)
def test_what_is_written_is_read_again(meta: AttemptMeta) -> None:
    assert AttemptMeta.read(meta.text()) == meta


def test_what_an_attempt_does_not_have_is_not_written() -> None:
    assert json.loads(AttemptMeta(RUN, 1, pid=17).text()) == {
        "run": str(RUN),
        "attempt": 1,
        "pid": 17,
    }


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no JSON",
        "[1]",
        "7",
        "null",
        '{"children": []}',
        '{"run": "nightly", "attempt": 1}',
        '{"run": 7, "attempt": 1}',
        f'{{"run": "{RUN}"}}',
        f'{{"run": "{RUN}", "attempt": "first"}}',
        f'{{"run": "{RUN.hex}", "attempt": 1}}',
        f'{{"run": "{RUN}", "attempt": 1, "children": 7}}',
        "[" * 200_000,
    ],
)
def test_what_others_keep_there_is_no_attempt(text: str | None) -> None:
    assert AttemptMeta.read(text) is None


@pytest.mark.parametrize("row", [ClaimableRun, HeldRun])
def test_a_row_is_read_from_a_column_for_each_of_its_fields(row: type[object]) -> None:
    assert len(columns_of(row)) == len(set(columns_of(row))) == len(get_type_hints(row))
