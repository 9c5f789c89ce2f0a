"""Beginning a bulk operation: what is wrong is named before anything is written."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.actions import bulk_orders
from jobs.actions.bulk import begin_bulk, require_bulk
from jobs.errors import DomainError, Forbidden
from jobs.models import AuditEntry, BulkOperation
from jobs.queries.jobs.filter import HEALTHS, STATUSES, UNREGISTERED, JobFilter
from tests.support.builders import by

PAST = (timezone.now() - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("verb", "wanted", "arguments", "field"),
    [
        ("delete", {}, {}, "verb"),
        ("pause", {"status": "pasued"}, {}, "filter.status"),
        ("pause", {"health": "ill"}, {}, "filter.health"),
        ("pause", {"colour": "red"}, {}, "filter.colour"),
        ("pause", {"queue": 7}, {}, "filter.queue"),
        ("pause", {"search": "x\0"}, {}, "filter.search"),
        ("pause", {"fingerprint": ""}, {}, "filter.fingerprint"),
        ("pause", {}, {"reason": "x" * 501}, "arguments.reason"),
        ("pause", {}, {"until": PAST}, "arguments.until"),
        ("pause", {}, {"until": "tomorrow"}, "arguments.until"),
        ("pause", {}, {"until": 7}, "arguments.until"),
        ("pause", {}, {"until": "2099-01-01T00:00:00"}, "arguments.until"),
        ("run", {}, {"params": {}}, "arguments.params"),
        ("add_tag", {}, {}, "arguments.tags"),
        ("add_tag", {}, {"tags": "fin"}, "arguments.tags"),
        ("add_tag", {}, {"tags": ["x" * 51]}, "arguments.tags"),
        ("set_queue", {}, {}, "arguments.queue"),
        ("set_queue", {}, {"queue": "no good"}, "arguments.queue"),
        ("requeue", {"queue": "night"}, {}, "filter.queue"),
        ("requeue", {"job": "nightly"}, {}, "filter.job"),
        ("requeue", {"fingerprint": "xyz"}, {}, "filter.fingerprint"),
        ("requeue", {}, {"rate": 0}, "arguments.rate"),
        ("requeue", {}, {"params": [1]}, "arguments.params"),
        ("discard", {}, {}, "arguments.reason"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    verb: str, wanted: dict[str, Any], arguments: dict[str, Any], field: str
) -> None:
    for call in (begin_bulk, require_bulk):
        with pytest.raises(DomainError) as refused:
            call(verb, wanted, arguments, actor=by("ana"), now=timezone.now())
        assert refused.value.field == field
    assert not BulkOperation.objects.exists()
    assert not AuditEntry.objects.exists()


def test_an_operation_takes_the_permission_of_its_verb() -> None:
    operator = by("ana", permissions=frozenset({"beatwright.pause_job"}))
    begin_bulk("pause", {}, {}, actor=operator, now=timezone.now())
    with pytest.raises(Forbidden, match=r"beatwright\.delete_job"):
        begin_bulk("archive", {}, {}, actor=operator, now=timezone.now())


def test_the_filters_are_those_of_the_list_of_jobs() -> None:
    assert bulk_orders.JOB_FILTERS.keys() == {field.name for field in fields(JobFilter)}
    assert {*STATUSES} - {""} == {*bulk_orders.STATUSES}
    assert {*HEALTHS, UNREGISTERED} == {*bulk_orders.HEALTHS}
