"""Jobs that the application makes: ``upsert_job`` and ``remove_job``."""

from __future__ import annotations

import uuid
from typing import Any, Unpack

from django.utils import timezone

from jobs.declaring.declaration import JobOptions, declaration_of
from jobs.declaring.made import drop_application_job, keep_application_job
from jobs.declaring.when import Times


def upsert_job(
    key: str, task: Any, when: Times, *, name: str = "", **options: Unpack[JobOptions]
) -> uuid.UUID:
    """Let the job of this key be so; create it where there is none. Returns its id.

    It is part of the caller's transaction. ``name`` is the key, unless given. Raises ValueError
    that names the field, TypeError for an option that no job has.
    """
    declaration = declaration_of(name or key, task, when, options)
    return keep_application_job(key, declaration, now=timezone.now())


def remove_job(key: str) -> bool:
    """Archive the job of this key, in the caller's transaction; returns whether there was one."""
    return drop_application_job(key, now=timezone.now())
