"""``enqueue``: one-off work with a record, committed with the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from jobs.declaring.calls import CallOptions, call_task


def enqueue(
    task: Any,
    *,
    params: Mapping[str, Any] | None = None,
    eta: datetime | None = None,
    queue: str = "",
    priority: int | None = None,
    expires: timedelta | datetime | None = None,
    key: str = "",
) -> uuid.UUID:
    """Run a task once; returns the id of the run, which has a log, retries and a page as any other.

    ``task`` is a task, or a signature with its arguments, queue, priority and expiry. The run is
    part of the caller's transaction, and is sent to a worker after it, not before ``eta``. It is
    skipped unless it starts before it ``expires``. Another call of the task with the same ``key``
    returns the first one's run. Raises ValueError that names the field.
    """
    options = CallOptions(eta, queue, priority, expires, key)
    return call_task(task, params, options, now=timezone.now()).pk
