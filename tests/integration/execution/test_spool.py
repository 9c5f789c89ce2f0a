"""Outcomes that wait on disk for a database that is away."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError

from jobs import conf
from jobs.execution import current
from jobs.execution.outcome import outcomes, settle, spool
from jobs.execution.outcome.settle import OutcomeWriter
from jobs.lifecycle.claim import claim
from jobs.models import Run, RunLog, RunState
from tests.integration.execution.delivery import attempts_of, message_of, published_run

NOTHING = {"outcomes taken from disk": 0}


@pytest.fixture
def folder(outcome_writer: OutcomeWriter) -> Path:
    """An empty spool."""
    return Path(conf.get().spool_dir)


def away(*_: object, **__: object) -> Any:
    raise OperationalError("could not connect to server")


def running_run() -> Run:
    run = published_run()
    assert claim(message_of(run))
    return run


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_an_outcome_survives_on_disk_with_the_rest_of_its_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = published_run()
    claimed = claim(message_of(run))
    assert claimed
    current.begin_run(claimed).log.write("the\nend")
    with monkeypatch.context() as patch:
        patch.setattr(settle, "finish", away)
        settle.settle_here(message_of(run), outcomes.success('{"answer": 42}', [["child", None]]))
    current.end_run()
    assert fresh(run).state == RunState.RUNNING
    assert len(list(folder.glob("*.json"))) == 1

    assert spool.replay() == {"outcomes taken from disk": 1}

    assert fresh(run).state == RunState.SUCCEEDED
    assert (attempts_of(run)[0].status, attempts_of(run)[0].result) == ("SUCCESS", '{"answer": 42}')
    piece = RunLog.objects.get(run=run)
    assert (piece.text, piece.first_line, piece.last_line) == ("the\nend\n", 1, 2)
    assert list(folder.iterdir()) == []
    assert spool.replay() == NOTHING


def test_nothing_is_lost_while_the_database_stays_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = running_run()
    spool.keep_outcome(message_of(run), outcomes.success("1", None))
    with monkeypatch.context() as patch:
        patch.setattr(spool, "finish", away)
        with pytest.raises(OperationalError):
            spool.replay()

    assert spool.replay() == {"outcomes taken from disk": 1}
    assert fresh(run).state == RunState.SUCCEEDED


def test_an_outcome_replayed_twice_counts_once(folder: Path) -> None:
    run = running_run()
    for _ in range(2):
        spool.keep_outcome(
            message_of(run), outcomes.failure({"exc_type": "ValueError"}, "{}", None)
        )

    assert spool.replay() == {"outcomes taken from disk": 2}

    assert (fresh(run).state, fresh(run).failures) == (RunState.FAILED, 1)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b'{"message": {}}', b"[]"])
def test_a_file_that_cannot_be_read_is_set_aside_and_the_next_is_taken(
    folder: Path, content: bytes
) -> None:
    folder.joinpath("0-broken.json").write_bytes(content)
    run = running_run()
    spool.keep_outcome(message_of(run), outcomes.success("1", None))

    assert spool.replay() == {"outcomes taken from disk": 1}

    assert [path.name for path in folder.iterdir()] == ["0-broken.bad"]
    assert fresh(run).state == RunState.SUCCEEDED


def test_only_the_worker_s_user_can_read_what_is_kept(folder: Path) -> None:
    spool.keep_outcome(message_of(running_run()), outcomes.success('"secret"', None))

    [path] = folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0


def test_a_disk_that_takes_nothing_is_no_crash(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.rmdir()
    folder.write_text("in the way")

    spool.keep_outcome(message_of(running_run()), outcomes.success("1", None))

    assert "outcome lost" in caplog.text
    folder.unlink()


def test_a_main_process_that_cannot_wait_any_longer_keeps_the_rest_on_disk(
    folder: Path, outcome_writer: OutcomeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, runs = Event(), [running_run(), running_run()]
    monkeypatch.setattr(settle, "settle_here", lambda *_: hold.wait(10))
    for run in runs:
        settle.settle(message_of(run), outcomes.release())

    assert not outcome_writer.drain(0.2)

    assert spool.replay() == {"outcomes taken from disk": 2}
    assert [fresh(run).state for run in runs] == [RunState.QUEUED] * 2
    hold.set()


def test_an_outcome_of_a_run_that_the_database_does_not_have_is_dropped(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a restore: the file was written by a worker whose runs came later than the
    backup.
    """
    run = running_run()
    message, line = (
        message_of(run),
        RunLog(run=run, attempt=1, seq=1, created_at=run.created_at, text="the end\n"),
    )
    spool.keep_outcome(message, outcomes.success("1", None), [line])
    Run.objects.filter(pk=run.pk).delete()

    assert spool.replay() == {"outcomes taken from disk": 1}
    assert (list(folder.iterdir()), RunLog.objects.count()) == ([], 0)
    assert "outcome dropped, there is no such run: succeeded" in caplog.text
