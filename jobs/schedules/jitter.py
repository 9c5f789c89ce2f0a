"""Spreading jobs that are due at the same moment, the same way every time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from hashlib import blake2b


def jitter(job_id: uuid.UUID, scheduled_for: datetime, seconds: int) -> timedelta:
    """A delay with 0 <= delay < seconds that depends on the job and the occurrence alone."""
    if seconds <= 0:
        return timedelta(0)
    key = job_id.bytes + scheduled_for.astimezone(UTC).isoformat().encode()
    share = int.from_bytes(blake2b(key, digest_size=8).digest(), "big")
    return timedelta(microseconds=share * seconds * 1_000_000 >> 64)
