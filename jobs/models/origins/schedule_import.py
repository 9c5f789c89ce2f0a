"""ScheduleImport: a file that somebody handed in at the console, to be looked at and then, perhaps,
applied.
"""

from __future__ import annotations

import zlib
from typing import ClassVar

from django.db import models

from jobs.models.ids import new_id


class ScheduleImport(models.Model):
    """The text is kept, compressed, until it was applied; ``outcome`` says what came of it then."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=300, help_text="What it is called: the source of its jobs.")
    content = models.BinaryField(help_text="zlib; empty once it was applied.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text.")
    zone = models.CharField(max_length=64, blank=True)
    user_column = models.BooleanField(null=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["created_by", "created_at"], name="import_by_person")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        return zlib.decompress(self.content).decode()
