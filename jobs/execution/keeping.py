"""A project's own result backend, whatever it is, beside ours: the outcome of a run is stored by
ours alone.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django_celery_results.backends import DatabaseBackend

from jobs.execution.backend import JobBackend
from jobs.lifecycle.message import Message


class _Keeping:
    """In front of a backend's class: what is stored of a run goes to ours, and all else to the
    backend.
    """

    app: Any

    @cached_property
    def of_runs(self) -> JobBackend:
        return JobBackend(app=self.app)

    def store_result(
        self,
        task_id: str,
        result: Any,
        state: str,
        traceback: str | None = None,
        request: Any = None,
        **more: Any,
    ) -> Any:
        if Message.of(request) is not None:
            return self.of_runs.store_result(task_id, result, state, traceback, request, **more)
        store: Any = super().store_result  # type: ignore[misc]  # of the backend behind this class
        return store(task_id, result, state, traceback=traceback, request=request, **more)


def keeping_runs(backend: type[Any]) -> type[Any]:
    """The class ``backend`` as the one that the app uses: rows of django-celery-results are ours to
    keep anyway.
    """
    if issubclass(backend, JobBackend):
        return backend
    if issubclass(backend, DatabaseBackend):
        return (
            JobBackend
            if backend is DatabaseBackend
            else type(backend.__name__, (JobBackend, backend), {})
        )
    return type(backend.__name__, (_Keeping, backend), {})
