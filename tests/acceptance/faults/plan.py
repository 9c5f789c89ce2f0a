"""The fault plan: its scenarios, the bar each must clear, and what stock Celery did where that was
measured.
"""

from __future__ import annotations

from dataclasses import dataclass

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)


@dataclass(frozen=True)
class Planned:
    """One scenario of the plan."""

    number: int
    title: str
    bar: str
    databases: tuple[str, ...] = (POSTGRESQL,)
    vanilla: str = ""


PLAN = {
    planned.number: planned
    for planned in (
        Planned(
            1,
            "kill -9 the scheduler 5× in a burst of 500",
            "0 lost, 0 twice, all done ≤ 30 s",
            BOTH,
            "99 of 200 ran twice",
        ),
        Planned(
            2,
            "3 schedulers, random kills and restarts, 100 jobs every 2 s for 30 s",
            "rows = expected, at most 1 each; no gap > 3 s",
            BOTH,
        ),
        Planned(
            3,
            "crash after the plan's commit; after the mark, before the send; after the send",
            "0 lost; one start per run",
        ),
        Planned(
            4,
            "kill -9 the whole worker mid-run, 3× (40 jobs)",
            "0 lost; starts = attempts; recovered ≤ lease + grace + 2 s",
            BOTH,
        ),
        Planned(
            5, "kill -9 one pool child", "recorded lost ≤ 3 s, attempt 2 succeeds, others untouched"
        ),
        Planned(
            6,
            "a job that kills its own process",
            "exactly 3 starts, dead letter, 1 alert row; 20 others done",
        ),
        Planned(
            7,
            "kill -9 Redis without persistence, 200 queued",
            "0 lost; done ≤ 20 s after Redis is back",
            vanilla="40 of 60 lost",
        ),
        Planned(
            8,
            "FLUSHALL; DEL unacked; allkeys-lru",
            "0 lost; refused or warned",
            vanilla="583 of 600 lost under allkeys-lru",
        ),
        Planned(
            9,
            "Redis down 30 s, jobs every 2 s",
            "every occurrence has a row; caught up ≤ 10 s after",
        ),
        Planned(10, "Redis full for 10 s", "0 lost", vanilla="50 of 50 lost"),
        Planned(
            11,
            "PostgreSQL stopped hard for 5 s while running (SQLite: write lock held 5 s)",
            "0 lost, 0 twice, 100 % of results stored",
            BOTH,
            "16 of 50 ran",
        ),
        Planned(
            12, "PostgreSQL away longer than the lease (overlap allow)", "0 live workers condemned"
        ),
        Planned(
            13,
            "SIGSTOP a worker past its lease, then SIGCONT",
            "2 attempts, 1 result, the late one marked",
        ),
        Planned(
            14,
            "SIGSTOP a scheduler inside its transaction",
            "the other proceeds ≤ idle timeout + 2 s",
        ),
        Planned(15, "every message delivered 5×, shuffled", "starts = runs"),
        Planned(16, "a job that holds the GIL 3× the lease", "1 attempt"),
        Planned(
            17,
            "overlap skip / queue / cancel, 50 triggers in 1 s from 4 processes",
            "never 2 at the same time; skipped + run = 50; ≤ 1 waiting",
        ),
        Planned(
            18,
            "misfire: scheduler off over 50 occurrences × 3 policies; 30 days off for a "
            "minutely job",
            "0 / 1 / 50 runs; 43,200 accounted in ≤ 2 rows, CPU of the tick ≤ 1 s",
        ),
        Planned(19, "DST: 4 zones × 2 days × 12 expressions, fake clock", "0 missing, 0 extra"),
        Planned(20, "clock ±1 h", "0 twice, 0 lost, 1 logged jump"),
        Planned(
            21,
            "cancel queued / running / while the worker dies; rerun after cancel",
            "cancelled ≤ 3 s, by a dead worker ≤ lease + grace + 2 s; never retried; the rerun "
            "executes once",
        ),
        Planned(
            22,
            "SIGTERM with grace; rolling restart of 2 workers under load",
            "0 lost, no counted attempt used",
        ),
        Planned(
            23,
            "time limit on a job that ignores SIGTERM and forks",
            "whole group dead ≤ limit + 3 s",
        ),
        Planned(
            24,
            "120 bad inputs over HTTP, gRPC, import and forms",
            "120 clear errors naming the field, no 500; scheduler alive, other jobs on time",
        ),
        Planned(25, "soak: a random mix of the above for 90 s, 2 seeds", "I1–I8 hold", BOTH),
        Planned(
            30,
            "a run's row locked past its lease; three power cuts",
            "1 attempt each, no loss; 0 dead letters, 1 incident a worker",
        ),
        Planned(
            31,
            "an open transaction on rows of every kind, then LOCK TABLE",
            "everything else on time; caught up ≤ 15 s; the session is named",
        ),
        Planned(
            32,
            "the database's clock +1 h for less than a leader lease, then permanently, then back",
            "0 begun early, 1 alert; 0 twice, 0 lost; not silent after the step back",
        ),
        Planned(
            33,
            "the broker away for 20 s, 186 runs waiting",
            "≤ 2 updates a run; 1 line at its beginning and 1 at its end; run now answers "
            "meanwhile",
        ),
        Planned(
            34,
            "kill -9 a worker, and freeze another's main process, between taking a message and "
            "claiming its run",
            "0 lost, 0 twice, though the broker keeps their messages for an hour",
        ),
        Planned(
            35,
            "a proxy before PostgreSQL that acknowledges everything and answers nothing",
            "works again ≤ 30 s after; every occurrence has a row; no process ends",
        ),
        Planned(
            36,
            "SIGSTOP only a worker's main process, with an exclusive body running",
            "the body is stopped before its lease is over; never 2 at the same time",
        ),
        Planned(
            37,
            "the log of scheduler and worker is not read",
            "all runs done; neither process stops",
        ),
        Planned(
            38,
            "bodies leave environment, directory, umask, files, memory, threads, patches and "
            "daemons behind",
            "all runs after them succeed; no process outlives its run",
        ),
        Planned(
            39,
            "crash of the leader at each step between an alert and its notice's answer; kill -9 "
            "while a server never answers",
            "every alert arrives; twice only after an answer that was not written, with its id",
        ),
    )
}
