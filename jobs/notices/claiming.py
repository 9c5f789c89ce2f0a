"""Which notices are sent now, and by whom: each by one guarded UPDATE that leases it for a while.

A notice whose sender died is claimed again once its lease is over, with the id that it has.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from jobs import conf
from jobs.models import Alert, Notice, NoticeKind, NoticeState, Route

LOOKED_AT = 200
CARRIED = "Told in one message with others."
OPENINGS = {NoticeKind.OPENED, NoticeKind.FLAPPING, NoticeKind.ESCALATED}


def claim_notices(most: int, busy: Mapping[uuid.UUID, str], *, now: datetime) -> list[Notice]:
    """At most ``most`` that are due, leased, with their channels.

    ``busy``: what this process sends now, with the channel of each; none of it is claimed again
    before it has ended, even where its lease is over.
    """
    taken, counts = list[Notice](), Counter(busy.values())
    limit = conf.get().notice_threads_per_channel
    full = [channel for channel, count in counts.items() if count >= limit]
    due = _due(now).exclude(pk__in=list(busy)).exclude(channel_name__in=full)
    for notice in list(due[:LOOKED_AT]):
        if len(taken) >= most:
            break
        if counts[notice.channel_name] < limit and _claim(notice, now):
            counts[notice.channel_name] += 1
            taken.append(notice)
    return taken


def _due(now: datetime) -> QuerySet[Notice]:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    due = Notice.objects.filter(free, state=NoticeState.WAITING, next_at__lte=now)
    return due.select_related("channel").order_by("next_at", "id")


def _claim(notice: Notice, now: datetime) -> bool:
    with transaction.atomic():
        if reason := _needless(notice):
            return _end(notice, NoticeState.DROPPED, reason)
        if _is_overtaken(notice):
            return _end(notice, NoticeState.COUNTED, "Its recovery tells of it.")
        if (later := _later(notice, now)) is not None:
            _same(notice).update(next_at=later)
            return False
        changed = _same(notice).update(
            leased_until=now + timedelta(seconds=conf.get().notice_lease_seconds),
            attempts=F("attempts") + 1,
            tried_at=now,
            first_tried_at=Coalesce(F("first_tried_at"), Value(now)),
        )
        if changed:
            notice.attempts += 1
            notice.first_tried_at = notice.first_tried_at or now
            _carry_others(notice, now)
    return bool(changed)


def _same(notice: Notice) -> QuerySet[Notice]:
    """The row as it was read: whoever claims it first changes what the others compare."""
    return Notice.objects.filter(
        pk=notice.pk, state=NoticeState.WAITING, attempts=notice.attempts, next_at=notice.next_at
    )


def _end(notice: Notice, state: NoticeState, answer: str) -> bool:
    """Always False: it is not to be sent."""
    _same(notice).update(state=state, answer=answer, leased_until=None)
    return False


def _needless(notice: Notice) -> str:
    """Why nobody need be told any more; empty where somebody must."""
    if notice.channel is None:
        return "The channel was removed."
    if not notice.channel.enabled:
        return "The channel is switched off."
    if notice.kind != NoticeKind.ESCALATED:
        return ""
    alert = Alert.objects.filter(pk=notice.alert_id, closed_at=None).first()
    if alert is None:
        return "It was over by then."
    is_seen_to = alert.acknowledged_at is not None and alert.snoozed_until is None
    return f"{alert.acknowledged_by} acknowledged it." if is_seen_to else ""


def _is_overtaken(notice: Notice) -> bool:
    """Whether it failed to be sent so long that the alert is over, and that is told too."""
    return (
        notice.kind in OPENINGS
        and notice.attempts > 0
        and Notice.objects.filter(
            alert_id=notice.alert_id,
            kind=NoticeKind.RECOVERED,
            channel_name=notice.channel_name,
        ).exists()
    )


def _later(notice: Notice, now: datetime) -> datetime | None:
    """Until when it has to wait; None where it goes now."""
    if notice.kind == NoticeKind.ESCALATED:
        alert = Alert.objects.filter(pk=notice.alert_id).first()
        until = alert.snoozed_until if alert and alert.acknowledged_at else None
        return until if until and until > now else None
    if notice.attempts:
        return None
    return _next_digest(notice, now)


def _next_digest(notice: Notice, now: datetime) -> datetime | None:
    route = Route.objects.filter(pk=notice.route_name, digest_minutes__gt=0).first()
    if route is None:
        return None
    of_route = Notice.objects.filter(route_name=route.name, channel_name=notice.channel_name)
    if of_route.filter(state=NoticeState.WAITING, attempts__gt=0).exists():
        return now + timedelta(seconds=conf.get().notice_retry_seconds)
    sent = of_route.filter(sent_at__isnull=False).order_by("-sent_at")
    last = sent.values_list("sent_at", flat=True).first()
    following = last + timedelta(minutes=route.digest_minutes) if last else None
    return following if following and following > now else None


def _carry_others(notice: Notice, now: datetime) -> None:
    """The first of a digest tells of the others that are due as well, and is sent as one."""
    if notice.attempts > 1 or notice.kind == NoticeKind.ESCALATED:
        return
    if not Route.objects.filter(pk=notice.route_name, digest_minutes__gt=0).exists():
        return
    others = _due(now).filter(
        route_name=notice.route_name, channel_name=notice.channel_name, attempts=0
    )
    found = others.exclude(pk=notice.pk).exclude(kind=NoticeKind.ESCALATED)
    Notice.objects.filter(
        pk__in=list(found.values_list("pk", flat=True)), state=NoticeState.WAITING, attempts=0
    ).update(state=NoticeState.COUNTED, carried_by=notice, answer=CARRIED)
