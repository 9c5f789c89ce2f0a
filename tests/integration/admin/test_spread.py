"""Spread my night: the suggestion, applied in bulk, and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.actions.bulk import begin_bulk
from jobs.maintenance.bulk import BulkOperations
from jobs.models import BulkOperation, Job, JobHealth, JobVersion, Restriction
from tests.support.builders import by, make_job

SPREAD = "/admin/beatwright/spread/"
WINDOW = {"from": "2027-01-13T02:00Z", "to": "2027-01-13T03:00Z"}


def nightly(count: int, **fields: Any) -> list[Job]:
    jobs = [make_job(name=f"night {n:03}", schedule="0 2 * * *", **fields) for n in range(count)]
    JobHealth.objects.update(p50_ms=90_000, p95_ms=300_000)
    return jobs


def peaks(page: Any) -> list[tuple[str, str]]:
    return [(side.starts, side.at_once) for side in page.context["sides"]]


def apply(boss: Client, query: dict[str, str]) -> BulkOperation:
    page = boss.get(SPREAD, query)
    address = f"{SPREAD}{page.context['action']}"
    answer = boss.post(address, {"mark": page.context["mark"]})
    operation = BulkOperation.objects.latest("created_at")
    assert answer.headers["Location"].endswith(f"/bulk/{operation.pk}/")
    return operation


def work_off() -> None:
    while BulkOperation.objects.filter(state__in=["queued", "running"]).exists():
        BulkOperations().run_once(now=timezone.now())


def test_the_suggestion_shows_both_peaks_before_and_after(boss: Client) -> None:
    nightly(30)
    page = boss.get(SPREAD, WINDOW)
    assert peaks(page) == [("30", "30"), ("1", "1")]
    assert (page.context["count"], page.context["jobs"]) == ("29", "30")
    assert page.context["rows"][0].after.endswith(" 2 * * *")


def test_the_p95_asks_for_more_room_than_the_p50(boss: Client) -> None:
    nightly(30)
    assert peaks(boss.get(SPREAD, WINDOW | {"takes": "95"}))[1] == ("1", "3")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tags": ["fixed"]}, "tagged fixed"),
        ({"source": "jobs.json"}, "owned by jobs.json"),
        ({"jitter_seconds": 60}, "has a jitter already"),
        ({"schedule": "*/20 2 * * *"}, "its schedule has no single minute to move"),
        ({"schedule": "@every 1h"}, "its schedule has no single minute to move"),
        ({"schedule": "5 * * * *"}, "also starts outside this window"),
    ],
)
def test_a_job_with_a_fixed_time_is_left_out_with_the_reason(
    boss: Client, fields: dict[str, Any], reason: str
) -> None:
    nightly(5)
    make_job(**({"name": "stays", "schedule": "0 2 * * *"} | fields))
    page = boss.get(SPREAD, WINDOW)
    assert [(one.job.name, one.reason) for one in page.context["left_out"]] == [("stays", reason)]
    assert all(row.job != "stays" for row in page.context["rows"])


def test_applying_changes_the_jobs_in_bulk_and_one_button_takes_it_back(boss: Client) -> None:
    nightly(20)
    operation = apply(boss, WINDOW)
    work_off()
    moved = Job.objects.exclude(schedule="0 2 * * *")
    assert moved.count() == 19
    assert JobVersion.objects.count() == 19
    assert peaks(boss.get(SPREAD, WINDOW))[0] == ("1", "1")
    page = boss.get(f"/admin/beatwright/bulk/{operation.pk}/")
    assert page.context["can_reverse"]
    boss.post(f"/admin/beatwright/bulk/{operation.pk}/reverse/")
    work_off()
    assert set(Job.objects.values_list("schedule", flat=True)) == {"0 2 * * *"}
    assert peaks(boss.get(SPREAD, WINDOW))[0] == ("20", "20")


def test_taking_back_leaves_alone_what_was_changed_since(boss: Client) -> None:
    nightly(3)
    operation = apply(boss, WINDOW)
    work_off()
    other = Job.objects.exclude(schedule="0 2 * * *").order_by("name").first()
    assert other is not None
    other.schedule = "7 7 * * *"
    other.save()
    boss.post(f"/admin/beatwright/bulk/{operation.pk}/reverse/")
    work_off()
    other.refresh_from_db()
    assert other.schedule == "7 7 * * *"
    undone = BulkOperation.objects.latest("created_at")
    assert (undone.done, undone.failed) == (1, 1)
    assert undone.failures[0]["reason"] == "schedule: is 7 7 * * * by now"


def test_jitter_is_another_way_and_never_raises_a_peak(boss: Client) -> None:
    nightly(60)
    query = WINDOW | {"way": "jitter", "within": "60"}
    before, after = peaks(boss.get(SPREAD, query))
    assert int(after[0]) < int(before[0])
    assert int(after[1]) < int(before[1])
    apply(boss, query)
    work_off()
    assert set(Job.objects.values_list("jitter_seconds", flat=True)) == {3_600}
    page = boss.get("/admin/beatwright/forecast/", {"week": "2027-01-13", "at": WINDOW["from"]})
    fullest = max(int(bar.label.split(": ")[1].split()[0]) for bar in page.context["strip"])
    assert str(fullest) == after[0]


def test_a_suggestion_that_is_out_of_date_is_not_applied(boss: Client) -> None:
    jobs = nightly(5)
    page = boss.get(SPREAD, WINDOW)
    jobs[0].schedule = "30 2 * * *"
    jobs[0].save()
    boss.post(f"{SPREAD}{page.context['action']}", {"mark": page.context["mark"]})
    assert not BulkOperation.objects.exists()


def test_a_start_moves_no_further_than_was_asked_for(boss: Client) -> None:
    nightly(30)
    rows = boss.get(SPREAD, WINDOW | {"within": "15"}).context["rows"]
    assert rows
    assert all(int(row.by.split()[0]) <= 15 for row in rows)


def test_the_suggestion_costs_a_dozen_queries_however_many_jobs(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    nightly(100)
    with django_assert_max_num_queries(12):
        boss.get(SPREAD, WINDOW)


def test_only_who_changes_jobs_spreads_them(viewer: Client) -> None:
    nightly(2)
    assert viewer.get(SPREAD, WINDOW).status_code == 403
    assert viewer.post(SPREAD, {}).status_code == 403
    assert viewer.get("/admin/beatwright/forecast/").context["spread_url"] == ""


def test_who_is_limited_to_tags_spreads_their_own_jobs_alone(client: Client) -> None:
    nightly(5, tags=["mine"])
    make_job(name="other", schedule="0 2 * * *")
    user = User.objects.create_user("ana", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_job", "view_run", "change_job"])
    )
    Restriction.objects.create(user=user, tags=["mine"])
    client.force_login(user)
    page = client.get(SPREAD, WINDOW)
    assert page.context["jobs"] == "5"
    assert b"other" not in page.content


def test_only_who_changes_jobs_takes_a_spread_back(boss: Client, viewer: Client) -> None:
    nightly(5)
    operation = apply(boss, WINDOW)
    work_off()
    address = f"/admin/beatwright/bulk/{operation.pk}/"
    assert not viewer.get(address).context["can_reverse"]
    assert viewer.post(f"{address}reverse/").status_code == 403
    assert BulkOperation.objects.count() == 1


def test_there_is_nothing_to_take_back_of_another_operation(boss: Client) -> None:
    operation = begin_bulk("pause", {}, {}, actor=by("ana"), now=timezone.now())
    page = boss.post(f"/admin/beatwright/bulk/{operation.pk}/reverse/", follow=True)
    assert b"Not undone" in page.content
    assert BulkOperation.objects.count() == 1
