"""What a cache of jobs in Redis would save: ``GET /api/v1/jobs/{id}/`` with the job from the
database, and from Redis.

``bin/bench job_reads [sqlite|postgresql] [jobs] [requests]``

In one process, without a network; the database, Redis and the tokens (a viewer's, a superuser's)
are its own. The two kinds of request take turns, and the tenth percentile of each is printed. The
cache is the best there could be: always warm, never wrong.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any
from unittest.mock import patch

from tests.support.bench import choose_database, set_up

READ = "jobs.api.views.resource.job_by_id"


def main(database: str = "postgresql", jobs: str = "200", requests: str = "2000") -> None:
    choose_database(database)
    from tests.support.redis import RedisServer  # noqa: PLC0415 - after the choice

    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        server = RedisServer(Path(folder)).start()
        ending.callback(server.stop)
        os.environ["CELERY_BROKER_URL"] = server.url
        os.environ["API_RATE_PER_MINUTE"] = "1000000"
        set_up()
        from django.test.utils import setup_test_environment  # noqa: PLC0415 - Django has to be set up first

        setup_test_environment()
        _measure(server, int(jobs), int(requests))


def _measure(server: Any, jobs: int, requests: int) -> None:
    from jobs.access.actor import SYSTEM  # noqa: PLC0415
    from jobs.queries.lookup import job_by_id  # noqa: PLC0415
    from tests.support.api import Api  # noqa: PLC0415
    from tests.support.builders import make_job  # noqa: PLC0415

    client = _client(server)
    ids = [make_job(params={"to": "ana@example.com"}, tags=["finance"]).pk for _ in range(jobs)]
    client.mset({str(pk): pickle.dumps(job_by_id(pk, actor=SYSTEM)) for pk in ids})

    def from_redis(pk: Any, *, actor: Any) -> Any:
        return pickle.loads(client.get(str(pk)))

    def ask(api: Api, pk: Any) -> None:
        assert api.get(f"jobs/{pk}/").status_code == 200

    def ask_redis(api: Api, pk: Any) -> None:
        with patch(READ, from_redis):
            ask(api, pk)

    alone = partial(job_by_id, actor=SYSTEM), partial(from_redis, actor=SYSTEM)
    _print("the job alone", ids, requests, *alone)
    for who, api in (("a viewer's", Api("viewer")), ("a superuser's", Api())):
        _print(f"{who} whole request", ids, requests, partial(ask, api), partial(ask_redis, api))


def _client(server: Any) -> Any:
    import redis  # noqa: PLC0415

    return redis.Redis(unix_socket_path=str(server.socket_path))


def _print(
    what: str,
    ids: list[Any],
    requests: int,
    one: Callable[[Any], object],
    other: Callable[[Any], object],
) -> None:
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(requests):
        for read, times in zip((one, other), took, strict=True):
            began = time.perf_counter()
            read(ids[number % len(ids)])
            times.append(time.perf_counter() - began)
    database, cache = (quantiles(times, n=10)[0] * 1000 for times in took)
    print(
        f"{what}: {database:.2f} ms from the database, {cache:.2f} ms from Redis, "
        f"{database / cache:.2f} times"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
