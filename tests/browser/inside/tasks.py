"""Tasks to watch: one that counts aloud until a file says go, one that fails in the middle."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from celery import Task, shared_task
from celery.utils.log import get_task_logger

logger = get_task_logger(__name__)


@shared_task(name="CountAloud", bind=True)
def count_aloud(
    self: Task[..., Any], total: int, until: str = "", seconds: float = 60.0
) -> dict[str, int]:
    """Log one line for each number and report progress; after half of them wait for the file
    ``until``.
    """
    end = time.monotonic() + seconds
    for number in range(1, total + 1):
        logger.info("number %s of %s", number, total)
        self.update_state(
            state="PROGRESS", meta={"current": number, "total": total, "message": f"at {number}"}
        )
        time.sleep(0.05)
        while (
            number == total // 2 and until and not Path(until).exists() and time.monotonic() < end
        ):
            time.sleep(0.05)
    return {"counted": total}


@shared_task(name="WriteMuch")
def write_much(lines: int, width: int = 100) -> None:
    """Write so many lines as fast as it can, the first of them with the word needle, and fail at
    the end.
    """
    logger.info("needle in the first line")
    for number in range(2, lines):
        logger.info("%s", f"{number} ".ljust(width, "."))
    logger.error("this is how it ends")
    raise ArithmeticError("too much was written")
