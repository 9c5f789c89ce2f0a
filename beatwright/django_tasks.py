"""Django's own task framework, with a record: each ``task.enqueue(…)`` is a run.

    TASKS = {"default": {"BACKEND": "beatwright.django_tasks.LedgerBackend"}}

The framework is ``django.tasks`` of Django 6, or the package django-tasks before it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.module_loading import import_string

from jobs.declaring.calls import CallOptions, call_task
from jobs.models import Run, RunState
from jobs.queries.fields import attempts_of
from tasks.django_task import call_django_task

PACKAGES = ("django.tasks", "django_tasks")
PACKAGE = next((name for name in PACKAGES if find_spec(name)), "")
if not PACKAGE:
    raise ImproperlyConfigured(
        "beatwright.django_tasks needs Django 6, or django-tasks: pip install django-tasks"
    )
base: Any = import_module(f"{PACKAGE}.base")
exceptions: Any = import_module(f"{PACKAGE}.exceptions")
signals: Any = import_module(f"{PACKAGE}.signals")
BaseTaskBackend: Any = import_module(f"{PACKAGE}.backends.base").BaseTaskBackend

USUAL_QUEUE = "default"  # the framework's, which is the job's own here
STATUS = {
    RunState.BLOCKED: "READY",
    RunState.QUEUED: "READY",
    RunState.RUNNING: "RUNNING",
    RunState.SUCCEEDED: "SUCCESSFUL",
}


class LedgerBackend(BaseTaskBackend):
    """The calls of a task are runs of one job, which ``enqueue`` makes too."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Make the run within the caller's transaction; it is sent after the commit."""
        self.validate_task(task)
        params = {"function": task.module_path, "args": list(args), "kwargs": dict(kwargs)}
        options = CallOptions(
            eta=task.run_after,
            queue="" if task.queue_name == USUAL_QUEUE else task.queue_name,
            priority=task.priority or None,
        )
        run = call_task(
            call_django_task,
            base.normalize_json(params),
            options,
            now=timezone.now(),
            what=task.module_path,
        )
        result = self._result(run, task)
        signals.task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> Any:
        """How the run of this id stands; raises TaskResultDoesNotExist."""
        try:
            run = Run.objects.get(pk=uuid.UUID(result_id), task=call_django_task.name)
        except (ValueError, Run.DoesNotExist) as error:
            raise exceptions.TaskResultDoesNotExist(result_id) from error
        return self._result(run, import_string(run.params["function"]))

    def context_of(self, message_id: str) -> Any:
        """What a task that takes a context is given: of the run that the message starts."""
        return base.TaskContext(task_result=self.get_result(message_id.partition(".")[0]))

    def _result(self, run: Run, task: Any) -> Any:
        attempts = attempts_of(run) if run.attempt else []
        status = STATUS.get(RunState(run.state), "FAILED")
        result = base.TaskResult(
            task=task,
            id=str(run.pk),
            status=base.TaskResultStatus[status],
            enqueued_at=run.created_at,
            started_at=attempts[0].date_started if attempts else None,
            finished_at=run.finished_at,
            last_attempted_at=run.started_at,
            args=run.params["args"],
            kwargs=run.params["kwargs"],
            backend=self.alias,
            errors=[_error_of(attempt) for attempt in attempts if attempt.traceback],
            worker_ids=[attempt.worker or "" for attempt in attempts],
        )
        if status == "SUCCESSFUL":
            object.__setattr__(result, "_return_value", json.loads(attempts[-1].result or "null"))
        return result


def _error_of(attempt: Any) -> Any:
    """The error of an attempt that failed."""
    stored = json.loads(attempt.result or "{}")
    name, module = stored.get("exc_type", "Exception"), stored.get("exc_module", "builtins")
    return base.TaskError(exception_class_path=f"{module}.{name}", traceback=attempt.traceback)
