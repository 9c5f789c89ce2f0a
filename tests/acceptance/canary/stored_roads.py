"""What lies about afterwards: logs, every column of the database, command lines of the
processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.acceptance.canary.marks import Read
from tests.support.site import Site

# Where a job's and a row's own params are stored as they are, and what runs left of them whole.
KEPT = {
    "beatwright_job.params", "beatwright_job.metadata", "beatwright_jobversion.fields",
    "beatwright_run.params",
    "beatwright_runlog.text",
    "django_celery_beat_periodictask.kwargs", "django_celery_beat_periodictask.headers",
    "django_celery_results_taskresult.result", "django_celery_results_taskresult.traceback",
    "django_celery_results_taskresult.task_kwargs",
}  # fmt: skip


def logs(site: Site) -> Iterator[Read]:
    for path in sorted(site.folder.rglob("*.log")):
        yield path.name, path.read_text(errors="replace")


def files(site: Site) -> Iterator[Read]:
    """What else was written, but for the database, the modules of the test and Redis's own log."""
    for path in sorted(site.data_dir.rglob("*")):
        if path.is_file() and ".sqlite3" not in path.name:
            yield str(path.relative_to(site.folder)), path.read_bytes().decode(errors="replace")


def rows(site: Site) -> Iterator[Read]:
    """All that the database holds, by the names of its columns."""
    for table in site.query("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in site.query(f'SELECT * FROM "{table["name"]}"'):
            yield from ((f"{table['name']}.{column}", repr(value)) for column, value in row.items())


def command_lines(site: Site) -> Iterator[Read]:
    """What every user of this machine sees of each process that belongs to the site, and of its
    threads.
    """
    for process in psutil.process_iter():
        try:
            if process.environ().get("DATA_DIR") == str(site.data_dir):
                names = [
                    path.read_text() for path in Path(f"/proc/{process.pid}/task").glob("*/comm")
                ]
                yield f"process {process.pid}", f"{process.cmdline()} {process.name()} {names}"
        except (psutil.Error, OSError):
            continue  # somebody else's, or over
