"""What a body leaves open in the database is closed before the next one, and before its own end is
recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from celery.exceptions import Reject
from django.db import connection, connections, transaction

from jobs.models import Job, Run, RunLog, RunState
from tests.integration.execution.delivery import deliver, job_for, published_run


def begin() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")


def begin_and_save() -> None:
    begin()
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT here")


def break_a_transaction() -> None:
    begin()
    with contextlib.suppress(Exception), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")


def enter_atomic() -> None:
    transaction.atomic().__enter__()


def switch_off_autocommit() -> None:
    transaction.set_autocommit(False)
    Job.objects.filter(name="nobody").update(owner="x")


def test_nor_does_one_that_an_async_body_leaves_open_in_djangos_thread() -> None:
    async def work(self: Any) -> None:
        await sync_to_async(begin)()

    async def following(self: Any) -> int:
        return await sync_to_async(in_atomic)()

    left, following_run = published_run(job_for(work)), published_run(job_for(following))
    deliver(left)
    deliver(following_run)

    asyncio.run(sync_to_async(connections.close_all)())  # the thread stays, for whoever comes next
    assert "left a transaction open" in RunLog.objects.get(run=left).text
    assert following_run.state == RunState.SUCCEEDED


def in_atomic() -> int:
    with transaction.atomic():
        return Run.objects.count()


@pytest.mark.parametrize(
    "leave", [begin, begin_and_save, break_a_transaction, enter_atomic, switch_off_autocommit]
)
@pytest.mark.parametrize("ending", ["return", "raise", "reject"])
def test_a_transaction_left_open_does_not_reach_the_next_body(leave: Any, ending: str) -> None:
    def work(self: Any) -> None:
        leave()
        if ending == "raise":
            raise ValueError
        if ending == "reject":
            raise Reject("no", requeue=False)

    def following(self: Any) -> int:
        return in_atomic()

    left, following_run = published_run(job_for(work)), published_run(job_for(following))
    deliver(left)
    deliver(following_run)

    assert left.state == (RunState.SUCCEEDED if ending == "return" else RunState.FAILED)
    assert following_run.state == RunState.SUCCEEDED
    assert connection.get_autocommit()
    assert "left a transaction open" in RunLog.objects.get(run=left).text
    assert not RunLog.objects.filter(run=following_run).exists()
