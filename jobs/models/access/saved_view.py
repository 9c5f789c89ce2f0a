"""SavedView and ListColumns: how people want the long lists: which rows under a name, and which
columns.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from jobs.models.ids import new_id


class ListNoun(models.TextChoices):
    """The lists that have views."""

    JOBS = "jobs"
    RUNS = "runs"


class SavedView(models.Model):
    """A list's filter, order and columns under a name; its author's alone, unless it is shared."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    noun = models.CharField(max_length=10, choices=ListNoun)
    name = models.CharField(max_length=60)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="beatwright_views"
    )
    is_shared = models.BooleanField(default=False)
    query = models.CharField(max_length=2_000, help_text="The address behind the question mark.")
    columns = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "noun", "name"], name="saved_view_named_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["noun", "name"],
                condition=models.Q(is_shared=True),
                name="saved_view_shared",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """The columns of a list that a person has chosen, in the list's order."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="beatwright_columns"
    )
    noun = models.CharField(max_length=10, choices=ListNoun)
    columns = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "noun"], name="list_columns_once")
        ]

    def __str__(self) -> str:
        return f"{self.noun}: {', '.join(self.columns)}"
