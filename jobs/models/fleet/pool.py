"""Pool: named slots that jobs share, and how much cpu, memory and storage the runs of one pool may
take together.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

RESOURCES = ("cpu", "memory", "storage")
DEFAULT_POOL = "default"  # of a job that needs resources and names no pool
# What a run can be said to need at most, so that thousands of runs together still fit into the
# database's integer.
MOST_NEEDED = 10**15


class Pool(models.Model):
    """A limit over the runs that are published or running. An empty column limits nothing.

    What is in use is never stored: it is added up from those runs, so no crash can leak a slot.
    """

    name = models.CharField(max_length=100, primary_key=True)
    description = models.CharField(max_length=500, blank=True)
    slots = models.PositiveIntegerField(null=True, blank=True, help_text="So many runs at once.")
    cpu = models.PositiveBigIntegerField(null=True, blank=True)
    memory = models.PositiveBigIntegerField(null=True, blank=True)
    storage = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [("manage_pool", "Can make, change and remove pools")]

    def __str__(self) -> str:
        return self.name
