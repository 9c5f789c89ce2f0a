"""Writes what is to be told of alerts, inside the transaction that changes them.

One hook for each change: ``alerts_opened``, ``alerts_closed`` and ``alert_unacknowledged``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet

from jobs.models import Alert, Channel, Notice, NoticeKind, NoticeState, Route
from jobs.notices.flapping import STABLE, hold_reopened, is_known_to_flap, times_opened
from jobs.notices.links import Links, links_of
from jobs.notices.matching import routes_of
from jobs.notices.quiet import quiet_until
from jobs.notices.wording import words_of

FLAPS = 3
OPENINGS = (NoticeKind.OPENED, NoticeKind.FLAPPING, NoticeKind.ESCALATED)
OVER_FIRST = "It was over before it was sent; its recovery tells of it."


def alerts_opened(kind: str, subjects: Collection[str], *, now: datetime) -> None:
    """Tell of the alerts of these that were opened ``now``; one query while there is no route.

    Many at the same moment cost a few queries together, and one for each that is of failures.
    """
    routes = _routes() if subjects else []
    if not routes:
        return
    opened = Alert.objects.filter(kind=kind, subject__in=subjects, opened_at=now, closed_at=None)
    times = times_opened(kind, subjects, now)
    hold_reopened(kind, subjects, now)
    notices: list[Notice] = []
    for alert in opened.select_related("job"):
        taken = list(routes_of(alert, routes))
        links = links_of(alert) if taken else Links()
        for route in taken:
            notices += _opening(alert, route, links, times[alert.subject], now)
    _write(notices)


def alerts_closed(ids: Collection[int], *, now: datetime) -> None:
    """Tell those who were told of these, or were about to be, that they are over since ``now``."""
    told = Notice.objects.filter(alert_id__in=ids, kind__in=OPENINGS)
    by_alert: dict[int, list[Notice]] = {}
    for notice in told.exclude(state=NoticeState.DROPPED, kind=NoticeKind.ESCALATED):
        by_alert.setdefault(notice.alert_id, []).append(notice)
    if not by_alert:
        return
    routes = {route.name: route for route in _routes()}
    closed = Alert.objects.filter(pk__in=by_alert, closed_at=now).select_related("job")
    for alert in closed:
        _close(alert, by_alert[alert.pk], routes, now)


def alert_unacknowledged(alert: Alert, *, now: datetime) -> None:
    """It waits for somebody again, from now on; its job is loaded."""
    Notice.objects.filter(
        alert_id=alert.pk, kind=NoticeKind.ESCALATED, state=NoticeState.WAITING, attempts=0
    ).update(state=NoticeState.DROPPED, answer="Its time began again.")
    links = links_of(alert)
    for route in routes_of(alert, _routes()):
        _write(_escalation(alert, route, links, now))


def _routes() -> list[Route]:
    enabled = Route.objects.filter(enabled=True).select_related("channel", "escalate_to")
    return list(enabled.order_by("name"))


def _opening(
    alert: Alert, route: Route, links: Links, times: int, now: datetime
) -> Iterator[Notice]:
    kind = NoticeKind.FLAPPING if times > FLAPS else NoticeKind.OPENED
    notice = _notice(kind, alert, route, route.channel, links, now, times=times)
    if kind == NoticeKind.FLAPPING and is_known_to_flap(alert, route, now):
        notice.state, notice.answer = NoticeState.DROPPED, "It is flapping, as was told before."
    yield notice
    yield from _escalation(alert, route, links, now)


def _escalation(alert: Alert, route: Route, links: Links, now: datetime) -> Iterator[Notice]:
    if not route.escalate_minutes or route.escalate_to is None:
        return
    notice = _notice(NoticeKind.ESCALATED, alert, route, route.escalate_to, links, now)
    notice.key = f"{notice.key}:{int(now.timestamp() * 1000)}"
    notice.next_at = now + timedelta(minutes=route.escalate_minutes)
    yield notice


def _close(alert: Alert, told: list[Notice], routes: dict[str, Route], now: datetime) -> None:
    for notice in told:
        route = routes.get(notice.route_name)
        if _is_withdrawn(notice) or route is None or not route.recovery:
            continue
        _unsent(notice).update(state=NoticeState.COUNTED, answer=OVER_FIRST)
        _recover(alert, route, notice, now)


def _is_withdrawn(notice: Notice) -> bool:
    """Whether it was to be escalated, and no longer is."""
    return notice.kind == NoticeKind.ESCALATED and bool(
        _unsent(notice).update(state=NoticeState.DROPPED, answer="It was over by then.")
    )


def _unsent(notice: Notice) -> QuerySet[Notice]:
    return Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING, attempts=0)


def _recover(alert: Alert, route: Route, told: Notice, now: datetime) -> None:
    channel = Channel.objects.filter(pk=told.channel_id).first()
    if channel is None:
        return
    notice = _notice(NoticeKind.RECOVERED, alert, route, channel, links_of(alert), now)
    if told.kind == NoticeKind.FLAPPING:
        notice.next_at = max(notice.next_at, now + STABLE)
    _write([notice])


def _notice(
    kind: NoticeKind,
    alert: Alert,
    route: Route,
    channel: Channel,
    links: Links,
    now: datetime,
    times: int = 0,
) -> Notice:
    words = words_of(kind, alert, route, links, now=now, times=times)
    return Notice(
        key=f"{alert.pk}:{kind}:{route.name}:{channel.name}",
        kind=kind,
        channel=channel,
        channel_name=channel.name,
        route_name=route.name,
        title=words.title,
        text=words.text,
        data=words.data,
        alert_id=alert.pk,
        alert_kind=alert.kind,
        subject=alert.subject,
        job_id=alert.job_id,
        run_id=links.run_id,
        created_at=now,
        next_at=quiet_until(route.quiet, route.timezone, now) or now,
    )


def _write(notices: Iterable[Notice]) -> None:
    """Whoever comes first writes it: the key keeps one."""
    Notice.objects.bulk_create(list(notices), ignore_conflicts=True, batch_size=500)
