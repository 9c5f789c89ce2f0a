"""How long it takes to seal a run's message, and to see that a seal is ours.

``bin/bench seal``

Needs no database. It prints microseconds: the least of 20 rounds of 2,000 messages each.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from jobs.dispatch.seal import HEADER, is_sealed, seal

ROUNDS, MESSAGES = 20, 2_000
CONTENT = ("application/json", "utf-8")
BODY = b'[[], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
RUN = str(uuid.uuid4())
HEADERS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "shadow",
            "eta",
            "expires",
            "group",
            "group_index",
            "parent_id",
            "stamped_headers",
            "timeout",
        )
    ),
    "lang": "py",
    "task": "beatwright.run",
    "beatwright_task": "InvoiceProcessor",
    "beatwright_timeout": None,
    "id": f"{RUN}.1",
    "root_id": f"{RUN}.1",
    "origin": "gen1@one",
    "argsrepr": "()",
    "kwargsrepr": "{}",
    "ignore_result": False,
    "replaced_task_nesting": 0,
    "stamps": {},
    "beatwright_run": RUN,
    "beatwright_publish": 1,
    "beatwright_queue": "default",
    "beatwright_scheduled_for": "2026-11-30T03:00:00+00:00",
    "retries": 0,
    "timelimit": [None, 75],
    "beatwright_max_retries": 3,
    "beatwright_backoff": [10, 600, True],
    "beatwright_memory_limit": None,
    "beatwright_exclusive": False,
    "periodic_task_name": "invoices of the night",
}


def main() -> None:
    first, second = "a" * 67, "b" * 67
    sealed = HEADERS | {HEADER: seal(first, HEADERS, BODY, CONTENT)}
    tell("to seal", lambda: seal(first, HEADERS, BODY, CONTENT))
    tell("to see that it is the first key's", lambda: is_sealed([first], sealed, BODY, CONTENT))
    tell(
        "to see that it is the second key's",
        lambda: is_sealed([second, first], sealed, BODY, CONTENT),
    )
    tell("to see that it is nobody's", lambda: is_sealed([second], sealed, BODY, CONTENT))


def tell(what: str, call: Callable[[], object]) -> None:
    print(f"{what:<36} {min(measured(call) for _ in range(ROUNDS)) * 1e6:5.1f} µs")


def measured(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(MESSAGES):
        call()
    return (time.perf_counter() - began) / MESSAGES


if __name__ == "__main__":
    main()
