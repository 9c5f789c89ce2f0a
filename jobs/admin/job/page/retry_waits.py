"""How long a job waits before each of its retries, in words."""

from __future__ import annotations

from jobs.lifecycle.backoff import Backoff
from jobs.words import duration

SHOWN = 4
SETTINGS = ("max_retries", "retry_backoff_seconds", "retry_backoff_max_seconds", "retry_jitter")


def waits(retries: int | None, base: int | None, cap: int | None, jitter: bool | None) -> str:
    """``Waits 10 s, 20 s, 40 s``, as the worker would with these SETTINGS of a job; empty where it
    asks for none.
    """
    if not retries or retries < 0:
        return ""
    backoff = Backoff.of_job(base, cap, False) or Backoff(jitter=False)
    shown = [duration(backoff.delay(failure)) for failure in range(1, min(retries, SHOWN) + 1)]
    more = f" … up to {duration(backoff.delay(retries))}" if retries > SHOWN else ""
    spread = "" if jitter is False else ", ±20 %"
    own = "; the task's own retry delays win" if base is cap is jitter is None else ""
    return f"Waits {', '.join(shown)}{more}{spread}{own}."
