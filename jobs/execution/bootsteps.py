"""What our Celery workers do beside running tasks. Steps are named by path: Django is not ready yet."""

from __future__ import annotations

import importlib
import os

import billiard.common
from celery import Celery


def install(app: Celery) -> None:
    """Add the worker's steps to the app, and let SIGTERM stop a worker with a limited grace time."""
    app.steps["worker"].add("jobs.execution.heart:Heart")
    app.steps["consumer"].add("jobs.execution.queue_follower:QueueFollower")
    stop_with_grace_on_sigterm()


def stop_with_grace_on_sigterm() -> None:
    """Celery's official switch, thrown from the inside.

    ``REMAP_SIGTERM=SIGQUIT`` makes SIGTERM wait for ``worker_soft_shutdown_timeout`` and then release what still runs.
    billiard reads it on import, which ``celery -A …`` has done before it loads the app; the modules that copy its
    value (the pool, the worker command) are loaded after it. An operator's own value is left alone.
    """
    if "REMAP_SIGTERM" not in os.environ:
        os.environ["REMAP_SIGTERM"] = "SIGQUIT"
        importlib.reload(billiard.common)
