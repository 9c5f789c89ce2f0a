"""Whether what code declares is newer than what is stored: a deploy that is late, or rolled back,
undoes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from jobs.importers.apply import ChangedMeanwhile
from jobs.models import DeclaredPlan

KEPT = 50
NOTHING = hashlib.sha256(b"").hexdigest()  # the fingerprint of no jobs


class Stated(NamedTuple):
    """What one module declares: its source, the fingerprint of it, and the release that says so;
    empty where nobody names releases.
    """

    source: str
    fingerprint: str
    release: str


def why_superseded(stated: Stated) -> str:
    """What is newer than this, in words; empty where nothing is.

    Two releases are compared. Without them, what has been declared before and replaced since is
    older.
    """
    plans = _plans(stated.source)
    if not plans or plans[0].fingerprint == stated.fingerprint:
        return ""
    newest, *before = plans
    since = f"{newest.synced_at:%Y-%m-%d %H:%M} UTC"
    if stated.release and newest.release:
        older = order_of(stated.release) < order_of(newest.release)
        told = f"release {stated.release} is older than {newest.release}, synced on {since}"
        return told if older else ""
    is_known = stated.fingerprint in {plan.fingerprint for plan in before}
    return f"this was declared before, and replaced on {since}" if is_known else ""


def order_of(release: str) -> tuple[int, ...]:
    """What releases are compared by: their numbers, from left to right."""
    return tuple(map(int, re.findall(r"\d+", release)))


def record_plan(stated: Stated, *, by: str, now: datetime) -> None:
    """Let it be the newest of its source; within the transaction that applies it.

    Raises ChangedMeanwhile where another one has become it.
    """
    plans = _plans(stated.source)
    newest = plans[0] if plans else None
    if newest is None and stated.fingerprint == NOTHING:
        return  # some app's module of that name, which declares no jobs and never did
    if newest and newest.fingerprint == stated.fingerprint:
        _raise_release(newest, stated.release)
        return
    number = newest.number + 1 if newest else 1
    try:
        with transaction.atomic():
            DeclaredPlan.objects.create(
                source=stated.source, number=number, fingerprint=stated.fingerprint,
                release=stated.release, synced_by=by[:150], synced_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise ChangedMeanwhile("another sync ran at the same time") from error
    DeclaredPlan.objects.filter(source=stated.source, number__lte=number - KEPT).delete()


def _plans(source: str) -> Sequence[DeclaredPlan]:
    """The newest first."""
    return list(DeclaredPlan.objects.filter(source=source).order_by("-number")[:KEPT])


def _raise_release(newest: DeclaredPlan, release: str) -> None:
    """A later release says the same: what is between the two is older from now on."""
    if release and order_of(release) > order_of(newest.release):
        same = DeclaredPlan.objects.filter(pk=newest.pk, release=newest.release)
        same.update(release=release)
