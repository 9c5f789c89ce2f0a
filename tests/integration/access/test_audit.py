"""The audit: what is written, that it is written with the change or not at all, and that it
stays.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from jobs.access import audit
from jobs.access.actor import Actor, Surface
from jobs.actions.jobs import archive_job, create_job, update_job
from jobs.actions.pauses import pause_job, resume_due
from jobs.actions.queues import pause_queue, resume_due_queues
from jobs.actions.runs.run import rerun, run_now
from jobs.errors import DomainError
from jobs.importers.files.document import Document
from jobs.importers.service import import_documents
from jobs.maintenance.retention import Retention
from jobs.models import AuditEntry, JobVersion, RunState
from jobs.models.access.audit_entry import Unchangeable
from jobs.redaction.keys import MASK
from tests.support.builders import by, make_job, make_run
from tests.support.redis import RedisServer


def only() -> AuditEntry:
    return AuditEntry.objects.get()


def test_who_what_from_where_from_which_value_to_which_and_why() -> None:
    job, now = make_job(name="nightly"), timezone.now()
    ana = Actor("ana", Surface.API, address="198.51.100.7", token="deploys")
    pause_job(job, actor=ana, reason="db move", now=now)
    entry = only()
    assert (entry.who, entry.surface, entry.address, entry.token) == (
        "ana",
        "api",
        "198.51.100.7",
        "deploys",
    )
    assert (entry.verb, entry.target_kind, entry.target_id, entry.target_name) == (
        "pause_job", "job", str(job.pk), "nightly",
    )  # fmt: skip
    assert (entry.at, entry.reason, entry.job_id) == (now, "db move", job.pk)
    assert entry.changes == {"enabled": [True, False]}


def test_a_change_names_the_fields_that_changed_and_no_other() -> None:
    job = make_job(schedule="@daily")
    update_job(job, {"schedule": "@hourly", "owner": ""}, actor=by("ana"), now=timezone.now())
    assert only().changes == {"schedule": ["@daily", "@hourly"], "version": [1, 2]}


def test_a_secret_of_one_field_is_masked_in_another_as_well() -> None:
    """A job's metadata may say its params once more, as a text too, and does not name what is a
    secret among them.
    """
    params = {"db": {"credentials": ["corr3ct"]}}
    before = {
        "params": params,
        "metadata": {"note": "in with corr3ct", "params": json.dumps(params)},
    }
    changes = audit.difference(before, before | {"metadata": {"note": "corr3ct no more"}})
    assert changes.keys() == {"metadata"}
    assert "corr3ct" not in json.dumps(changes)


def test_secrets_are_masked_and_a_change_of_one_is_still_seen() -> None:
    values = {
        "name": "n",
        "task": "EchoTask",
        "schedule": "@daily",
        "params": {"password": "old", "host": "db"},
    }
    job = create_job(values, actor=by("ana"), now=timezone.now())
    update_job(
        job, {"params": {"password": "new", "host": "db"}}, actor=by("ana"), now=timezone.now()
    )
    hidden = {"password": MASK, "host": "db"}
    created, updated = AuditEntry.objects.order_by("id")
    assert created.changes["params"] == [None, hidden]
    assert updated.changes["params"] == [hidden, hidden]


def test_what_is_refused_or_rolled_back_leaves_no_entry() -> None:
    job = make_job()
    with pytest.raises(DomainError):
        update_job(job, {"schedule": "nonsense"}, actor=by("ana"), now=timezone.now())
    with transaction.atomic():
        pause_job(job, actor=by("ana"), now=timezone.now())
        transaction.set_rollback(True)
    update_job(job, {"owner": ""}, actor=by("ana"), now=timezone.now())  # nothing changes
    assert not AuditEntry.objects.exists()


def test_an_entry_outlives_its_job() -> None:
    job = make_job(name="brief")
    archive_job(job, actor=by("ana"), now=timezone.now())
    assert (only().target_name, only().verb) == ("brief", "archive_job")


def test_the_same_key_twice_is_one_entry(broker: RedisServer) -> None:
    job = make_job()
    for _ in range(2):
        run_now(job, actor=by("ana"), now=timezone.now(), key="k")
    assert only().verb == "run_now"


def test_a_rerun_tells_its_parent_and_its_params(broker: RedisServer) -> None:
    run = make_run(state=RunState.FAILED)
    answer = rerun(run, actor=by("ana"), now=timezone.now(), params={"x": 1})
    entry = only()
    assert entry.target_id == str(answer.run.pk)
    assert entry.changes == {"params": [None, {"x": 1}], "parent": [None, str(run.pk)]}


def test_what_happens_by_itself_is_told_as_the_systems() -> None:
    job, now = make_job(), timezone.now()
    pause_job(job, actor=by("ana"), until=now + timedelta(seconds=1), now=now)
    pause_queue("default", actor=by("ana"), until=now + timedelta(seconds=1), now=now)
    resume_due(now=now + timedelta(minutes=1))
    assert resume_due_queues(now=now + timedelta(minutes=1)) == 1
    verbs = AuditEntry.objects.filter(who="system").values_list("verb", flat=True)
    assert sorted(verbs) == ["resume_job", "resume_queue"]


def test_an_import_is_one_entry_and_one_for_each_job_it_changed() -> None:
    make_job(name="old", schedule="@daily", source="s.json")
    entries = [{"name": name, "task": "EchoTask", "schedule": "@hourly"} for name in ("old", "new")]
    document = Document("s.json", json.dumps(entries), source="s.json")
    plan = import_documents([document], actor=by("ana"), now=timezone.now())
    assert plan.problems == []
    told = dict(AuditEntry.objects.values_list("verb", "changes"))
    assert told["import"] == {
        "new": [None, 1],
        "changed": [None, 1],
        "paused": [None, 0],
        "same": [None, 0],
    }
    assert told["update_job"]["schedule"] == ["@daily", "@hourly"]
    assert JobVersion.objects.get().fields["schedule"] == "@daily"


def test_an_entry_is_written_once() -> None:
    pause_job(make_job(), actor=by("ana"), now=timezone.now())
    entry = only()
    entry.who = "somebody else"
    with pytest.raises(Unchangeable):
        entry.save()
    with pytest.raises(Unchangeable):
        entry.delete()


def test_retention_alone_takes_entries_and_versions_after_a_year_of_their_own() -> None:
    job, now = make_job(), timezone.now()
    update_job(job, {"owner": "a"}, actor=by("ana"), now=now - timedelta(days=366))
    update_job(job, {"owner": "b"}, actor=by("ana"), now=now - timedelta(days=364))
    counts = Retention().run_once(now=now)
    assert (counts["audit"], counts["versions"]) == (1, 1)
    assert only().changes["owner"] == ["a", "b"]
