"""A check that cannot hang its caller: a database or a broker that swallows every packet is an
answer, too.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial

from django.db import Error, connections

from jobs.queries.health.finding import Check, HealthFinding

Findings = list[HealthFinding]


class Bounded:
    """Runs the check in a thread of its own, one at a time: whoever asks meanwhile waits for that
    one's answer.

    So a check that hangs costs a process one thread and one connection, however often it is asked.
    """

    def __init__(self, name: str, check: Check) -> None:
        self.name, self.check = name, check
        self._lock = threading.Lock()
        self._running: dict[str, Future[Findings]] = {}

    def begin(self, host: str) -> Future[Findings]:
        """Start the check unless it is running; the future never holds an exception."""
        with self._lock:
            running = self._running.get(host)
            if running is None or running.done():
                running = self._running[host] = Future()
                work = partial(self._work, host, running)
                threading.Thread(target=work, name=f"health-{self.name}", daemon=True).start()
            return running

    def unanswered(self, seconds: float) -> HealthFinding:
        return HealthFinding(
            self.name,
            False,
            f"no answer within {seconds:g} s",
            "check whether its server is overloaded",
        )

    def _work(self, host: str, answer: Future[Findings]) -> None:
        try:
            findings = list(self.check(host))
        except Error as error:
            findings = [self._untold("unknown: the database does not answer", error)]
        except Exception as error:  # noqa: BLE001  # a check that breaks is a finding, not a page of the web server's
            findings = [self._untold(f"the check itself failed: {type(error).__name__}", error)]
        finally:
            connections.close_all()
        answer.set_result(findings)

    def _untold(self, detail: str, error: Exception) -> HealthFinding:
        remedy = "see the database check of manage.py doctor"
        return HealthFinding(self.name, False, detail, remedy, cause=str(error).strip())
