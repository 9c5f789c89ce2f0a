"""Channels that fail: told on the other ones."""

from __future__ import annotations

from datetime import timedelta

from jobs import conf
from jobs.maintenance.alerts.detectors import Detected, Finding, Look
from jobs.models import Channel
from jobs.moments import stamp


def failing_channels(look: Look) -> Detected:
    """Those that have taken nothing for an hour of tries."""
    before = look.now - timedelta(seconds=conf.get().channel_failing_seconds)
    failing = Channel.objects.filter(enabled=True, failing_since__lte=before).order_by("name")
    rows = failing.values_list("name", "failing_since", "answer")
    return Detected(
        [
            Finding(name, f"channel {name} has failed since {stamp(since)}: {answer}"[:1000])
            for name, since, answer in rows
            if since
        ]
    )
