"""Direct runs: written by one statement, already marked as published, and sent once that is
committed.

For occurrences that nothing holds back: their jobs' runs may overlap, draw on no pool and are not
spread; they are due now, and their queue has room for all that is due. Mark, commit, send, as ever:
the mark is the row's first state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.expressions import RawSQL

from jobs import conf
from jobs.database.rows import rows_given, texts_of
from jobs.dispatch.admission import values_along
from jobs.dispatch.clock import STATEMENT_TIME
from jobs.dispatch.messages.outgoing import Outgoing
from jobs.dispatch.publish import closed_queues
from jobs.models import Job, JobState, OverlapPolicy, Run
from jobs.models.run import occurrence_key, rank

OF_GIVEN = {"id": "id", "job_id": "job_id", "occurrence_key": "occurrence_key",
            "scheduled_for": "due",
            "available_at": "due", "rank_at": "rank_at"}  # fmt: skip
OF_JOB = {
    "queue": "queue",
    "priority": "priority",
    "task": "task",
    "params": "params",
    "job_version": "version",
}
_key = lru_cache(maxsize=1024)(occurrence_key)
_rank = lru_cache(maxsize=1024)(rank)


def write_direct_runs(runs: Mapping[str, Outgoing]) -> list[Outgoing]:
    """Insert the runs, by their jobs' ids, as published by the database's clock, under their jobs'
    locks.

    Returns those written, best rank first. An occurrence that has its record is left alone, and
    gets no message. The transaction must be committed before anything is sent.
    """
    sql, defaults = _insert(connection.vendor)
    ids = dict(zip(texts_of([run.id for run in runs.values()]), runs.values(), strict=True))
    given, params = rows_given({
        "id": ("uuid", list(ids)),
        "job_id": ("uuid", list(runs)),
        "occurrence_key": ("text", [_key(run.scheduled_for) for run in runs.values()]),
        "due": ("moment", [run.scheduled_for for run in runs.values()]),
        "rank_at": ("moment", [_rank(run.scheduled_for, run.priority) for run in runs.values()]),
    })  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.format(given=given), [*defaults, *params])
        written = [ids[found] for (found,) in cursor.fetchall()]
    return sorted(written, key=lambda run: (_rank(run.scheduled_for, run.priority), run.id.int))


@lru_cache(maxsize=2)
def _insert(vendor: str) -> tuple[str, list[Any]]:
    """The statement, but for its rows, and the values of all columns that begin with what the model
    says.
    """
    now = STATEMENT_TIME[vendor]
    values = {column: f"given.{name}" for column, name in OF_GIVEN.items()}
    values |= {column: f"job.{name}" for column, name in OF_JOB.items()}
    values |= {"created_at": now, "published_at": now, "publish_count": "1"}
    defaults = {}
    for field in Run._meta.concrete_fields:
        default = (
            None
            if field.column in values
            else field.get_db_prep_save(field.get_default(), connection)
        )
        if default is not None:  # without a default it is NULL
            defaults[field.column] = default
    columns = ", ".join(f'"{column}"' for column in (*defaults, *values))
    chosen = ", ".join((*["%s"] * len(defaults), *values.values()))
    sql = (
        f'INSERT INTO "{Run._meta.db_table}" ({columns}) SELECT {chosen}'  # noqa: S608 - our names
        f' FROM {{given}} JOIN "{Job._meta.db_table}" AS job ON job.id = given.job_id WHERE TRUE'
        " ON CONFLICT DO NOTHING RETURNING CAST(id AS text)"
    )
    return sql, list(defaults.values())


class DirectRoom:
    """Which queues take direct runs during one turn, and how many more: asked once for each
    queue.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._room: dict[str, int] = {}
        self._due: int | None = None

    def look(self, queues: Collection[str]) -> None:
        """Find out about the queues of a batch; four statements where one is new, none where none
        is.
        """
        new = set(queues) - set(self._room)
        if not new:
            return
        if self._due is None:
            self._due = JobState.objects.filter(next_run_at__lte=self.now)[
                : conf.get().publish_window + 1
            ].count()
        sent = Run.objects.in_broker().filter(queue__in=new, pool="").values_list("queue")
        in_broker = dict(sent.annotate(n=Count("id")))
        room = {queue: conf.get().publish_window - in_broker.get(queue, 0) for queue in new}
        # Where not all fits, or others wait already, it is a matter of rank, and all wait until it
        # is decided.
        waiting = Run.objects.ready(self.now).filter(queue__in=new, pool="")
        closed = {*closed_queues(), *values_along(waiting, "queue")}
        closed |= {queue for queue in new if room[queue] < self._due}
        self._room |= {queue: 0 if queue in closed else room[queue] for queue in new}

    def takes(self, queue: str) -> bool:
        """Whether there is room for one more; it is taken."""
        self._room[queue] -= 1
        return self._room[queue] >= 0


def free_jobs(ids: Sequence[str]) -> QuerySet[Job]:
    """Of the jobs with these ids (as texts) those whose runs may overlap, draw on no pool, are not
    spread, have no start deadline, need not succeed by a moment and name no calendar, and which run
    more than once.
    """
    given, params = rows_given({"id": ("uuid", ids)})
    chosen = RawSQL(f"SELECT given.id FROM {given}", params)  # nosec B611 # noqa: S608, S611 - names of ours
    free = Job.objects.filter(
        pk__in=chosen, overlap_policy=OverlapPolicy.ALLOW, jitter_seconds=0, pool="", resources={}
    )
    plain = free.filter(
        start_deadline_seconds=None, must_succeed_by="", one_off=False, calendars=[]
    )
    return plain.filter(enabled=True, archived_at=None).order_by()
