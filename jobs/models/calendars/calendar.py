"""Calendar: days and hours that are closed to jobs."""

from __future__ import annotations

import json
from dataclasses import astuple
from hashlib import blake2b
from typing import Any, ClassVar

from django.db import models

from jobs.schedules.closures.spec import CalendarSpec


class Applies(models.TextChoices):
    """Whose occurrences a calendar concerns."""

    NAMED = "named", "jobs that name it"
    TAGGED = "tagged", "jobs with one of its tags, as well"
    ALL = "all", "all jobs"


class Calendar(models.Model):
    """A named calendar. What its texts mean: ``jobs.schedules.closures.spec``.

    A job names calendars and says whether what falls in a closed stretch is skipped or moves. One
    that applies to all or to tags skips, whatever the jobs name.
    """

    name = models.CharField(max_length=100, primary_key=True)
    description = models.CharField(max_length=500, blank=True)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=50, blank=True)
    weekdays = models.JSONField(default=list, blank=True)
    closed_days = models.JSONField(default=list, blank=True)
    open_days = models.JSONField(default=list, blank=True)
    windows = models.JSONField(default=list, blank=True)
    ics = models.TextField(blank=True, help_text="With a feed, its last good copy.")
    feed_url = models.CharField(max_length=500, blank=True)
    feed_checked_at = models.DateTimeField(null=True, blank=True)
    feed_fetched_at = models.DateTimeField(null=True, blank=True)
    feed_error = models.CharField(max_length=500, blank=True)
    applies_to = models.CharField(max_length=6, choices=Applies, default=Applies.NAMED)
    tags = models.JSONField(default=list, blank=True)
    digest = models.CharField(max_length=24, help_text="Of all that says what is closed.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [("manage_calendar", "Can make, change and remove calendars")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.digest = digest_of(self.spec())
        super().save(*args, **kwargs)

    def spec(self) -> CalendarSpec:
        """What it closes, as plain texts."""
        return CalendarSpec(
            self.name,
            self.country,
            self.subdivision,
            tuple(self.weekdays),
            tuple(self.closed_days),
            tuple(self.open_days),
            tuple(self.windows),
            self.ics,
        )


def digest_of(spec: CalendarSpec) -> str:
    """Equal for calendars of one name that close the same."""
    return blake2b(json.dumps(astuple(spec)).encode(), digest_size=12).hexdigest()
