"""Plain django-celery-beat rows: fired by the leader, each moment at most once."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry


class PlainEntry(ModelEntry):
    """A PeriodicTask row that is claimed in the database before its message is sent."""

    def __init__(self, model: PeriodicTask, app: Any = None) -> None:
        self.stored_last_run_at = model.last_run_at
        super().__init__(model, app=app)

    def __repr__(self) -> str:
        """Without the arguments, which Celery shows: at DEBUG, a scheduler writes its entries to
        the log.
        """
        return f"<{self.name}: {self.task}, {self.schedule}>"

    def claim(self) -> bool:
        """Write the advanced ``last_run_at`` if the row is still as it was read; False if somebody
        else got it.

        The caller has advanced the model (``next(entry)``): what is written is what the successor
        was read with.
        """
        row = PeriodicTask.objects.filter(
            pk=self.model.pk, enabled=True, last_run_at=self.stored_last_run_at
        )
        return bool(
            row.update(last_run_at=self.model.last_run_at, total_run_count=F("total_run_count") + 1)
        )
