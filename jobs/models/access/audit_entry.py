"""AuditEntry: who changed what, from where, from which value to which, and why."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F

from jobs.models.ids import new_id


class Unchangeable(RuntimeError):
    """Somebody tried to change what has been recorded: a mistake in the code, never a person's."""


class AuditEntry(models.Model):
    """Written once, in the transaction of the change it tells of; only retention takes it away.

    ``changes`` maps a field to [before, after]; secrets are masked before they come here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    who = models.CharField(max_length=150)
    surface = models.CharField(max_length=10)
    address = models.CharField(max_length=45, blank=True)
    token = models.CharField(
        max_length=100, blank=True, help_text="The name of the API token, if one was used."
    )
    verb = models.CharField(max_length=40)
    target_kind = models.CharField(max_length=20)
    target_id = models.CharField(max_length=100)
    target_name = models.CharField(max_length=200)
    job_id = models.UUIDField(
        null=True, help_text="The job it is about, also once that job is gone."
    )
    changes = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(F("target_kind"), F("target_id"), F("id").desc(), name="audit_by_target"),
            models.Index(F("job_id"), F("id").desc(), name="audit_by_job"),
            models.Index(F("who"), F("id").desc(), name="audit_by_who"),
            models.Index(F("verb"), F("id").desc(), name="audit_by_verb"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.verb} {self.target_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Unchangeable("an audit entry is written once")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Unchangeable("an audit entry is deleted by retention alone")
