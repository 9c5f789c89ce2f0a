"""What our Celery workers do beside running tasks. Steps are named by path: Django is not ready yet."""

from __future__ import annotations

from celery import Celery


def install(app: Celery) -> None:
    """Add the worker's steps to the app."""
    app.steps["worker"].add("jobs.execution.heart:Heart")
    app.steps["consumer"].add("jobs.execution.queue_follower:QueueFollower")
