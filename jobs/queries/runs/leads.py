"""How runs are found: an index leads to them, newest first, and what it does not answer is looked
at in so many of them.

Every index that leads ends with the id. Where a state or a trigger stands before the id and is not
asked for, each of its few values is looked up, and the finds are merged: so one index answers any
combination of queue, state and trigger, and never reads more than a page for each. What no index
answers (a duration, a parameter, a text) is compared in the next WALK runs to which one leads: the
cost has a bound, and whoever asks is told how far the search went.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, F, Q, QuerySet, When
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.models import Run, RunState, Trigger
from jobs.models.finding_runs import RARE_ENDS, ErrorClass
from jobs.models.ids import first_id_at
from jobs.params.run_words import Bounds, keys_of, values_meant
from jobs.queries.jobs.filter import mentioning
from jobs.queries.runs.filter import RunFilter

WALK = 50_000
PARAMS: Any = "params"
Arm = Mapping[str, Any]


@dataclass(frozen=True)
class Lead:
    """The ranges of one index that hold all that match, and what else must be true of each run.

    ``answers``: the fields of the filter that the index has answered.
    """

    arms: tuple[Arm, ...]
    answers: frozenset[str]


def lead_of(wanted: RunFilter) -> Lead:
    """The index that leaves the fewest runs to look at: a job's, an error's, a worker's, a queue's,
    a state's; else all, by their ids.
    """
    if wanted.job_id:
        if wanted.state in RARE_ENDS:
            arm = {"job_id": wanted.job_id, "state": wanted.state, "state__in": RARE_ENDS}
            return Lead((arm,), frozenset({"job_id", "state"}))
        return Lead(({"job_id": wanted.job_id},), frozenset({"job_id"}))
    if wanted.error:
        return Lead((_of_error(wanted),), frozenset({"error"}))
    if wanted.worker:
        return _by_values(wanted, {"worker": wanted.worker, "worker__gt": ""})
    if wanted.queue:
        return _by_values(wanted, {"queue": wanted.queue})
    return _by_values(wanted, {}) if wanted.state or wanted.trigger else Lead(({},), frozenset())


def _of_error(wanted: RunFilter) -> Arm:
    if wanted.is_fingerprint:
        return {"fingerprint": wanted.error, "fingerprint__gt": ""}
    return {"error_class": wanted.error, "error__gt": ""}


def _by_values(wanted: RunFilter, begins: Arm) -> Lead:
    states = [wanted.state] if wanted.state else RunState.values
    triggers = [wanted.trigger] if wanted.trigger else Trigger.values
    arms = [
        {**begins, "state": state, "trigger": trigger}
        for state, trigger in product(states, triggers)
    ]
    return Lead(tuple(arms), frozenset({"state", "trigger", *begins}))


class Search:
    """Runs that one filter matches, of those that the actor sees: by their ids, newest first."""

    def __init__(self, wanted: RunFilter, actor: Actor) -> None:
        self.lead = lead_of(wanted)
        rest = list(_conditions(wanted, self.lead.answers, actor))
        self._fits = reduce(Q.__and__, rest) if rest else None
        self._runs = _within(wanted)
        if any("error_class" in arm for arm in self.lead.arms):
            self._runs = self._runs.alias(error_class=ErrorClass(F("error")))

    @property
    def is_exact(self) -> bool:
        """Whether the index answers all: nothing found is then nothing there."""
        return self._fits is None

    def ids(
        self, most: int, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None
    ) -> RawSQL:
        """At most ``most`` ids beyond ``after``, or just ahead of ``before``, for a filter on
        ``pk``.
        """
        runs, order = self._beyond(after, before)
        if self.is_exact:
            merged, params = self._merged(runs, order, most)
            return RawSQL(merged, params)  # nosec B611 # noqa: S611 - names of ours
        runs = runs.annotate(
            fits=Case(When(self._fits, then=True), default=False, output_field=BooleanField())
        )
        merged, params = self._merged(runs, order, WALK, "id", "fits")
        sql = (
            f"SELECT id FROM ({merged}) looked_at WHERE fits"  # noqa: S608
            f" ORDER BY id{order} LIMIT {most:d}"
        )
        return RawSQL(sql, params)  # nosec B611 # noqa: S611

    def count(self, most: int) -> int:
        """One query: how many match, counted up to ``most`` and among the runs looked at."""
        return len(_fetched(self.ids(most)))

    def edge(
        self, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None
    ) -> uuid.UUID | None:
        """Two queries: the last run that was looked at, where there are others beyond it."""
        runs, order = self._beyond(after, before)
        merged, params = self._merged(runs, order, WALK)
        back = "" if order else " DESC"
        sql = f"SELECT id FROM ({merged}) looked_at ORDER BY id{back} LIMIT 1"  # noqa: S608
        last = _fetched(RawSQL(sql, params))  # nosec B611 # noqa: S611
        if not last:
            return None
        place = {"before" if before else "after": last[0]}
        runs, order = self._beyond(place.get("after"), place.get("before"))
        merged, params = self._merged(runs, order, 1)
        return last[0] if _fetched(RawSQL(merged, params)) else None  # nosec B611 # noqa: S611

    def _beyond(
        self, after: uuid.UUID | None, before: uuid.UUID | None
    ) -> tuple[QuerySet[Run], str]:
        """The runs on that side, and the order in which they are read."""
        if before:
            return self._runs.filter(pk__gt=before), ""
        return (self._runs.filter(pk__lt=after) if after else self._runs), " DESC"

    def _merged(
        self, runs: QuerySet[Run], order: str, most: int, *columns: str
    ) -> tuple[str, list[Any]]:
        """SQL: the first ``most`` of all arms together, each read by its own range of the index."""
        sorted_runs = runs.order_by("-id" if order else "id")
        parts, params = list[str](), list[Any]()
        for number, arm in enumerate(self.lead.arms):
            rows = sorted_runs.filter(**arm).values_list(*(columns or ("id",)))[:most]
            sql, values = rows.query.sql_with_params()
            parts.append(f"SELECT * FROM ({sql}) arm_{number}")  # noqa: S608
            params.extend(values)
        merged = " UNION ALL ".join(parts)
        if len(parts) == 1:
            return merged, params
        named = ", ".join(columns) or "id"
        sql = f"SELECT {named} FROM ({merged}) arms ORDER BY id{order} LIMIT {most:d}"  # noqa: S608
        return sql, params


def all_matching(wanted: RunFilter, actor: Actor) -> QuerySet[Run]:
    """All of them, in no order and without a bound: for what is worked off in batches."""
    runs = _within(wanted).filter(*_conditions(wanted, frozenset(), actor))
    return runs.filter(job=wanted.job_id) if wanted.job_id else runs


def _within(wanted: RunFilter) -> QuerySet[Run]:
    """Ids tell when a run was made, and every index ends with them."""
    runs: QuerySet[Run] = Run.objects.alias(**_params_of(wanted))
    if wanted.since:
        runs = runs.filter(pk__gte=first_id_at(wanted.since))
    return runs.filter(pk__lt=first_id_at(wanted.until)) if wanted.until else runs


def _fetched(ids: RawSQL) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(ids.sql, ids.params)
        return [uuid.UUID(str(row[0])) for row in cursor.fetchall()]


def _conditions(wanted: RunFilter, answered: frozenset[str], actor: Actor) -> Iterator[Q]:
    """What the index has not answered."""
    if actor.tags is not None:
        yield Q(job__in=visible_jobs(actor).values("pk"))
    for name in ("queue", "state", "trigger", "worker"):
        if name not in answered and getattr(wanted, name):
            yield Q(**{name: getattr(wanted, name)})
    if wanted.error and "error" not in answered:
        yield _has_error(wanted)
    if wanted.duration:
        yield _lasted(wanted.duration)
    if wanted.search:
        yield _mentions_text(wanted.search, actor)
    for number, (_, value) in enumerate(wanted.params):
        yield _has_value(f"param_{number}", value)


def _has_error(wanted: RunFilter) -> Q:
    if wanted.is_fingerprint:
        return Q(fingerprint=wanted.error)
    return Q(error=wanted.error) | Q(error__startswith=f"{wanted.error}:")


def _lasted(bounds: Bounds) -> Q:
    """Of a run that is over, from its last start to its end; of a running one, up to now."""
    found = Q(started_at__isnull=False)
    running = Q(finished_at=None, state=RunState.RUNNING)
    if bounds.least is not None:
        found &= Q(finished_at__gt=F("started_at") + bounds.least) | (
            running & Q(started_at__lt=Now() - bounds.least)
        )
    if bounds.most is not None:
        found &= Q(finished_at__lt=F("started_at") + bounds.most) | (
            running & Q(started_at__gt=Now() - bounds.most)
        )
    return found


def _mentions_text(text: str, actor: Actor) -> Q:
    """The text in the error or the reason as it stands, or a job with each of its words."""
    jobs = mentioning(visible_jobs(actor), text).values("pk")
    return Q(error__icontains=text) | Q(reason__icontains=text) | Q(job__in=jobs)


def _params_of(wanted: RunFilter) -> dict[str, Any]:
    """An alias for the place of each parameter that is asked for."""
    return {
        f"param_{number}": reduce(
            lambda inner, key: KeyTransform(key, inner), keys_of(path), PARAMS
        )
        for number, (path, _) in enumerate(wanted.params)
    }


def _has_value(alias: str, text: str) -> Q:
    return reduce(Q.__or__, (Q(**{alias: value}) for value in values_meant(text)))
