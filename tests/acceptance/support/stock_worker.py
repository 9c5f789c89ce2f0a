"""A worker of Celery's as its documentation starts one: no Django, no setup, nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from tests.support.processes import PYTHON, Process, clean_environment

NAME = "stock@test"
# It has the tasks of our runs by name, and would leave a file if it ever called a body. The queue
# and its priorities are as on our site.
APP = """
    from pathlib import Path

    from celery import Celery

    app = Celery("stock", broker={broker!r})
    app.conf.broker_transport_options = {options!r}
    app.conf.task_queue_max_priority = 9


    def call(**params):
        Path({canary!r}).touch()


    for name in ("Note", "EchoTask"):
        app.task(name=name)(call)
"""
UNKNOWN = "Received unregistered task of type 'beatwright.run'"


@contextmanager
def stock_worker(folder: Path, broker: str, *words: str) -> Iterator[Process]:
    """One on the queue of our runs; ``canary_of(folder)`` is what a body of ours would leave."""
    folder.mkdir(exist_ok=True)
    options = {"priority_steps": list(range(10))} if broker.startswith("redis") else {}
    source = APP.format(broker=broker, options=options, canary=str(canary_of(folder)))
    (folder / "stock.py").write_text(dedent(source))
    process = Process(
        [
            PYTHON,
            "-m",
            "celery",
            "-A",
            "stock",
            "worker",
            "-Q",
            "default",
            "-n",
            NAME,
            "-l",
            "INFO",
            *words,
        ],
        env=clean_environment(),
        log_path=folder / "stock.log",
        cwd=folder,
    )
    try:
        process.wait_for_log(" ready.", seconds=60)
        yield process
    finally:
        process.kill_all()


def canary_of(folder: Path) -> Path:
    return folder / "a-body-was-called"
