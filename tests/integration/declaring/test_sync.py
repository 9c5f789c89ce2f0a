"""What code declares becomes the stored jobs, once a deploy says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from jobs.actions.jobs import update_job
from jobs.actions.pauses import pause_job
from jobs.declaring.sync import Synced, SyncOrder, sync
from jobs.importers.planning.ownership import IMPORTER
from jobs.models import AuditEntry, DeclaredPlan, Job, JobVersion, Run
from tests.support.builders import by, make_job, make_run
from tests.support.declared import DeclaringApp, declaring_app
from tests.support.threads import at_once

REPORT = """
    job("report", log_task.s(message="hi"), cron("30 2 * * *", "Europe/Berlin"),
        misfire="skip", overlap="skip", tags=["finance"], timeout=60)
"""


def synced(**asked: bool) -> Synced:
    return sync(SyncOrder(**asked), actor=IMPORTER, now=timezone.now())


def counts(**asked: bool) -> dict[str, int]:
    found = synced(**asked).plan
    assert found.problems == []
    return {kind: count for kind, count in found.counts().items() if count}


def set_to(**entries: Any) -> Any:
    return override_settings(BEATWRIGHT=settings.BEATWRIGHT | entries)


def test_a_declared_job_is_stored_with_all_that_it_says(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    assert counts() == {"new": 1}
    job = Job.objects.get()
    assert (job.name, job.task, job.params) == ("report", "LogTask", {"message": "hi"})
    assert (job.schedule, job.timezone, job.timeout_seconds) == ("30 2 * * *", "Europe/Berlin", 60)
    assert (job.misfire_policy, job.overlap_policy, job.tags) == ("skip", "skip", ["finance"])
    assert job.source == "code:orders.schedules"


def test_importing_writes_nothing_and_the_same_again_changes_nothing(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    assert counts(dry_run=True) == {"new": 1}
    assert not Job.objects.exists()
    assert not DeclaredPlan.objects.exists()
    counts()
    assert counts() == {"same": 1}
    assert DeclaredPlan.objects.count() == 1


def test_a_module_that_declares_nothing_and_never_did_leaves_no_trace(
    orders: DeclaringApp,
) -> None:
    orders.write("RATES = {}")
    assert counts() == {}
    assert not DeclaredPlan.objects.exists()


def test_a_module_with_one_mistake_changes_nothing_and_the_line_is_named(
    orders: DeclaringApp,
) -> None:
    orders.write(REPORT + '\n    job("bad", log_task.s(massage="hi"), every("5m"))\n')
    found = synced()
    assert not found.is_applied
    assert not Job.objects.exists()
    assert not DeclaredPlan.objects.exists()
    assert "orders/schedules.py:7" in str(found.plan.problems[0])
    assert "did you mean 'message'?" in "".join(map(str, found.plan.problems))


def test_a_module_that_cannot_be_imported_pauses_no_job_of_any_other(
    orders: DeclaringApp, tmp_path: Path
) -> None:
    orders.write(REPORT)
    counts()
    (tmp_path / "more").mkdir()
    with declaring_app(tmp_path / "more", "billing") as billing:
        billing.write("1 / 0")
        orders.write("")
        assert "ZeroDivisionError" in str(synced().plan.problems[0])
    assert Job.objects.get().enabled


def test_a_job_that_is_no_longer_declared_is_paused_and_resumed_once_it_is_again(
    orders: DeclaringApp,
) -> None:
    orders.write(REPORT)
    counts()
    orders.write('job("other", echo_task, manual())')
    assert counts() == {"new": 1, "paused": 1}
    paused = Job.objects.get(name="report")
    assert not paused.enabled
    assert paused.paused_reason.startswith("no longer declared in")
    orders.write(REPORT + '\n    job("other", echo_task, manual())\n')
    assert counts() == {"changed": 1, "same": 1}
    assert Job.objects.get(name="report").enabled


def test_a_module_that_is_gone_is_told_and_its_jobs_are_paused_on_request(
    orders: DeclaringApp,
) -> None:
    orders.write(REPORT)
    counts()
    orders.uninstall()
    found = synced()
    assert "sync --prune" in str(found.plan.warnings[0])
    assert Job.objects.get().enabled
    assert counts(prune=True) == {"paused": 1}


def test_what_operators_do_with_a_job_is_no_difference(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    counts()
    pause_job(Job.objects.get(), actor=by("ana"), now=timezone.now(), reason="the disk is full")
    assert synced(dry_run=True).is_current
    assert counts() == {"same": 1}
    assert not Job.objects.get().enabled


def test_an_edit_in_the_console_is_drift_until_the_next_sync(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    counts()
    update_job(Job.objects.get(), {"timeout_seconds": 90}, actor=by("ana"), now=timezone.now())
    found = synced(dry_run=True)
    assert not found.is_current
    assert found.plan.changed[0].fields == {"timeout_seconds": (90, 60)}
    assert counts() == {"changed": 1}
    assert Job.objects.get().timeout_seconds == 60
    assert JobVersion.objects.latest("version").fields["timeout_seconds"] == 90


def test_a_new_name_keeps_the_history(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    counts()
    run = make_run(Job.objects.get())
    orders.write(
        REPORT.replace('"report"', '"summary"').replace("misfire", 'was="report", misfire')
    )
    assert counts() == {"changed": 1}
    job = Job.objects.get()
    assert (job.name, job.enabled, Run.objects.get(pk=run.pk).job_id) == ("summary", True, job.pk)
    assert counts() == {"same": 1}


def test_a_name_that_another_declaration_has_is_not_taken_from_it(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    counts()
    orders.write(REPORT + '\n    job("second", echo_task, manual(), was="report")\n')
    assert counts() == {"new": 1, "same": 1}


def test_a_job_of_the_console_with_the_same_name_is_not_overwritten(orders: DeclaringApp) -> None:
    make_job(name="report", schedule="@daily")
    orders.write(REPORT)
    assert "that no file owns differs" in str(synced().plan.problems[0])
    assert Job.objects.get().schedule == "@daily"


def test_a_job_is_in_its_environments_only(orders: DeclaringApp) -> None:
    orders.write('job("a", echo_task, manual(), only_in=["production"])')
    assert "BEATWRIGHT" in str(synced().plan.problems[0])
    with set_to(environment="production"):
        assert counts() == {"new": 1}
    with set_to(environment="staging"):
        assert counts() == {"paused": 1}


# --- Which is newer ---


def test_what_was_replaced_does_not_come_back_by_a_slower_deploy(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    counts()
    newer = REPORT.replace("timeout=60", "timeout=120")
    orders.write(newer)
    counts()
    orders.write(REPORT)
    found = synced()
    assert not found.is_current
    assert "was declared before, and replaced on" in str(found.plan.warnings[0])
    assert Job.objects.get().timeout_seconds == 120
    assert counts(rollback=True) == {"changed": 1}
    assert Job.objects.get().timeout_seconds == 60


def test_an_older_release_changes_nothing_even_if_nobody_has_seen_it_before(
    orders: DeclaringApp,
) -> None:
    orders.write(REPORT)
    with set_to(release="v1.9.0"):
        counts()
    with set_to(release="v1.10.0"):  # says the same: from now on the older ones are older than it
        counts()
    orders.write(REPORT.replace("timeout=60", "timeout=120"))
    with set_to(release="v1.9.1"):
        assert "release v1.9.1 is older than v1.10.0" in str(synced().plan.warnings[0])
    assert Job.objects.get().timeout_seconds == 60
    with set_to(release="v1.10.1"):
        assert counts() == {"changed": 1}


def test_a_newer_release_may_say_again_what_an_older_one_said(orders: DeclaringApp) -> None:
    for release, timeout in (("1", 60), ("2", 120), ("3", 60)):
        orders.write(REPORT.replace("timeout=60", f"timeout={timeout}"))
        with set_to(release=release):
            counts()
        assert Job.objects.get().timeout_seconds == timeout


def test_a_module_that_a_newer_release_has_dropped_stays_dropped(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    with set_to(release="1"):
        counts()
    orders.write("")
    with set_to(release="2"):
        assert counts() == {"paused": 1}
    orders.write(REPORT)
    with set_to(release="1"):
        assert synced().plan.warnings
    assert not Job.objects.get().enabled


def test_two_deploys_at_once_leave_one_plan_of_each(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    first, second = at_once([synced, synced])
    assert first.plan.problems == second.plan.problems == []
    assert (Job.objects.count(), DeclaredPlan.objects.count()) == (1, 1)


def test_a_sync_is_written_into_the_audit(orders: DeclaringApp) -> None:
    orders.write(REPORT)
    counts()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id) == ("import", "code:orders.schedules")


# --- Celery's own signature is the binding ---


BOUND: list[tuple[str, dict[str, Any]]] = [
    ('log_task.s("hi")', {"params": {"message": "hi"}}),
    ('log_task.s("hi", level="error")', {"params": {"message": "hi", "level": "error"}}),
    ('log_task.s("hi").set(queue="reports")', {"queue": "reports"}),
    ('log_task.s("hi").set(expires=90)', {"start_deadline_seconds": 90}),
    ('log_task.s("hi").set(time_limit=5)', {"timeout_seconds": 5}),
    ("echo_task", {"params": {}, "queue": "default"}),
]


@pytest.mark.parametrize(("signature", "fields"), BOUND, ids=[each[0] for each in BOUND])
def test_a_signature_says_task_arguments_queue_and_deadlines(
    orders: DeclaringApp, signature: str, fields: dict[str, Any]
) -> None:
    orders.write(f'job("a", {signature}, manual())')
    counts()
    job = Job.objects.get()
    assert {name: getattr(job, name) for name in fields} == fields


REFUSED: list[tuple[str, str]] = [
    ('log_task.s("hi").set(countdown=5)', "countdown: cannot be kept by a job"),
    ('log_task.s("hi") | echo_task.s()', "a job starts one task, not a celery.chain"),
    ("log_task.s(object())", "is not what JSON can hold"),
    ("log_task.s()", "message"),
    ('log_task.s("a", "b", "c")', "3 are given, but the task takes 2"),
    ('log_task.s("a").set(headers={"x": 1})', "headers: cannot be kept by a job"),
]


@pytest.mark.parametrize(("signature", "problem"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_signature_that_no_job_can_keep_is_refused_with_its_place(
    orders: DeclaringApp, signature: str, problem: str
) -> None:
    orders.write(f'job("a", {signature}, manual())')
    told = str(synced().plan.problems[0])
    assert problem in told
    assert "orders/schedules.py:3" in told


def test_what_signature_and_job_both_say_is_refused(orders: DeclaringApp) -> None:
    orders.write('job("a", echo_task.s().set(queue="x"), manual(), queue="y")')
    assert "given twice" in str(synced().plan.problems[0])


NEXT_YEAR = timezone.now().year + 1
WHEN: list[tuple[str, str]] = [
    ('every("1h30m")', "@every 1h30m"),
    ("every(__import__('datetime').timedelta(minutes=5))", "@every 300s"),
    ('rrule("FREQ=DAILY;BYHOUR=9")', "RRULE:FREQ=DAILY;BYHOUR=9"),
    (f'once("{NEXT_YEAR}-01-01T09:00")', f"{NEXT_YEAR}-01-01T09:00"),
    ("manual()", "@manual"),
    ('cron("@daily")', "@daily"),
]


@pytest.mark.parametrize(("when", "schedule"), WHEN)
def test_every_kind_of_schedule_can_be_declared(
    orders: DeclaringApp, when: str, schedule: str
) -> None:
    orders.write(f'job("a", echo_task, {when})')
    counts()
    assert Job.objects.get().schedule == schedule


@pytest.mark.parametrize("call", ["starts_at=MOMENT", "ends_at=MOMENT"])
def test_a_moment_is_stored_as_it_is(orders: DeclaringApp, call: str) -> None:
    orders.write(f"""
        from datetime import UTC, datetime

        MOMENT = datetime(2999, 1, 1, tzinfo=UTC)
        job("a", echo_task, manual(), {call})
    """)
    counts()
    assert getattr(Job.objects.get(), call.partition("=")[0]) == datetime(2999, 1, 1, tzinfo=UTC)
