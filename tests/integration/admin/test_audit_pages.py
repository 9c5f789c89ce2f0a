"""The audit's list, and the history of one job with its versions."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.roles import Role
from jobs.actions.jobs import update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.models import AuditEntry, Job
from tests.support.builders import by, make_job
from tests.support.people import browser_of, make_user

AUDIT = "/admin/beatwright/auditentry/"


def rows(client: Client, address: str = AUDIT) -> list[tuple[str, str, str]]:
    return [(row.who, row.verb, row.target) for row in client.get(address).context["rows"]]


def test_an_empty_audit_says_what_will_fill_it(boss: Client) -> None:
    assert "No changes yet" in boss.get(AUDIT).content.decode()


def test_the_list_is_one_query_newest_first_and_linked(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(name="nightly")
    pause_job(job, actor=by("ana"), reason="db move", now=timezone.now())
    resume_job(job, actor=by("bob"), now=timezone.now())
    with django_assert_num_queries(3):  # session, user, the entries
        html = boss.get(AUDIT).content.decode()
    assert rows(boss) == [("bob", "resume job", "nightly"), ("ana", "pause job", "nightly")]
    assert "“db move”" in html
    assert f"/admin/beatwright/job/{job.pk}/" in html


def test_it_is_narrowed_by_who_what_and_whom(boss: Client) -> None:
    one, two = make_job(name="one"), make_job(name="two")
    pause_job(one, actor=by("ana"), now=timezone.now())
    pause_job(two, actor=by("bob"), now=timezone.now())
    resume_job(two, actor=by("ana"), now=timezone.now())
    assert [row[2] for row in rows(boss, f"{AUDIT}?who=ana")] == ["two", "one"]
    assert [row[0] for row in rows(boss, f"{AUDIT}?verb=pause_job&target=tw")] == ["bob"]
    assert len(rows(boss, f"{AUDIT}?job={one.pk}")) == 1
    assert rows(boss, f"{AUDIT}?kind=queue") == []
    assert len(rows(boss, f"{AUDIT}?verb=nonsense&kind=%00&after=x")) == 3


def test_pages_are_walked_by_key_without_loss(boss: Client) -> None:
    now = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now, who=f"p{n}", surface="cli", verb="run_now", target_kind="job", target_id="-"
        )
        for n in range(120)
    )
    AuditEntry.objects.update(target_kind="queue")
    seen: list[str] = []
    address = "?"
    while address:
        context = boss.get(AUDIT + address).context
        seen += [row.who for row in context["rows"]]
        address = context["pager"].next
    assert seen == [f"p{n}" for n in reversed(range(120))]


def test_nothing_there_writes(boss: Client) -> None:
    pause_job(make_job(), actor=by("ana"), now=timezone.now())
    entry = AuditEntry.objects.get()
    for address in (f"{AUDIT}add/", f"{AUDIT}{entry.pk}/change/", f"{AUDIT}{entry.pk}/delete/"):
        assert boss.get(address).status_code == 404
    assert (
        boss.post(
            AUDIT, {"action": "delete_selected", "_selected_action": str(entry.pk)}
        ).status_code
        == 200
    )
    assert AuditEntry.objects.exists()


def test_a_jobs_history_shows_its_versions_with_what_each_changed(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(name="nightly", schedule="@daily")
    update_job(job, {"schedule": "@hourly"}, actor=by("ana"), now=timezone.now())
    with django_assert_num_queries(5):  # session, user, the job, its entries, its versions
        context = boss.get(f"/admin/beatwright/job/{job.pk}/history/").context
    present, first = context["versions"]
    assert (present.number, present.is_current, present.by) == (2, True, "ana")
    assert [(change.field, change.before, change.after) for change in present.changes] == [
        ("schedule", "@daily", "@hourly")
    ]
    assert (first.number, first.changes) == (1, [])
    assert [row.verb for row in context["rows"]] == ["update job"]


def test_restore_says_the_old_again(boss: Client) -> None:
    job = make_job(schedule="@daily")
    update_job(job, {"schedule": "@hourly"}, actor=by("ana"), now=timezone.now())
    answer = boss.post(f"/admin/beatwright/job/{job.pk}/restore/", {"version": "1"})
    assert answer.headers["Location"] == f"/admin/beatwright/job/{job.pk}/history/"
    assert Job.objects.get().schedule == "@daily"


def test_what_cannot_be_restored_says_why(boss: Client) -> None:
    job = make_job(schedule=f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}")
    update_job(job, {"schedule": "@daily"}, actor=by("ana"), now=timezone.now())
    for version in ("1", "9", "x", ""):
        boss.post(f"/admin/beatwright/job/{job.pk}/restore/", {"version": version})
        assert (
            "Not restored" in boss.get(f"/admin/beatwright/job/{job.pk}/history/").content.decode()
        )
    assert Job.objects.get().version == 2


def test_a_viewer_reads_the_history_and_restores_nothing() -> None:
    job = make_job()
    update_job(job, {"owner": "x"}, actor=by("ana"), now=timezone.now())
    viewer = browser_of(make_user(Role.VIEWER))
    html = viewer.get(f"/admin/beatwright/job/{job.pk}/history/").content.decode()
    assert "Restore</button>" not in html
    assert (
        viewer.post(f"/admin/beatwright/job/{job.pk}/restore/", {"version": "1"}).status_code == 403
    )
