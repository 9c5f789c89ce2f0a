"""What a worker knows of a run before it has asked the database: the headers of its message."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from jobs.dispatch.messages.wire import told_by
from jobs.models.run import message_id


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one run, in the hands of one worker.

    A message with an older ``publish`` number is stale.
    """

    run_id: uuid.UUID
    publish: int
    worker: str
    task_name: str = ""
    job_name: str = ""

    @classmethod
    def of(cls, request: Any) -> Message | None:
        """The message behind a Celery request (a Context); None for a plain task's."""
        run_id, publish = told_by(request, "run"), told_by(request, "publish")
        if run_id is None or publish is None:
            return None
        return cls(
            run_id=uuid.UUID(run_id),
            publish=publish,
            worker=request.hostname or "",
            task_name=request.task or "",
            job_name=getattr(request, "periodic_task_name", None) or "",
        )

    @property
    def task_id(self) -> str:
        """Celery's task id, and the key of the attempt's TaskResult row."""
        return message_id(self.run_id, self.publish)
