"""The same verbs on another machine, over its API: the requests go through the whole stack, but for the network."""

from __future__ import annotations

import json
import pkgutil
import re
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.actions.tokens import create_token
from jobs.management import commands, verb_command
from jobs.management.remote.client import Remote
from jobs.management.remote.verbs import ASKED
from jobs.models import Alert, ApiToken, AuditEntry, IdempotencyKey, Job, Run, RunLog, RunState
from tests.support.api import Api
from tests.support.builders import by, make_alert, make_job, make_leader, make_pool, make_run, make_worker
from tests.support.processes import BASE_DIR
from tests.support.redis import RedisServer
from tests.support.typed import manage, manage_json

Words = tuple[str, ...]


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """From ``far_away`` on, commands ask the API of this same process."""
    transport = httpx.WSGITransport(app=get_wsgi_application())
    monkeypatch.setattr(verb_command, "Remote", partial(Remote, transport=transport))
    monkeypatch.setattr(settings.CONFIG, "scheduler_token", Api().secret)
    return monkeypatch


def far_away(far: pytest.MonkeyPatch) -> None:
    far.setattr(settings.CONFIG, "scheduler_url", "http://localhost/")


def prepare() -> dict[str, str]:
    """A site with something of everything; the ids that words may ask for."""
    job = make_job(name="hello", schedule="0 * * * *", tags=["ops"])
    update_job(job, {"description": "said before"}, actor=by("ana"), now=timezone.now())
    make_job(name="other", enabled=False)
    run = make_run(job)
    RunLog.objects.create(run=run, attempt=1, seq=1, text="line\n", created_at=run.created_at)
    dead = {"state": RunState.FAILED, "finished_at": timezone.now(), "fingerprint": "f" * 40, "error": "E: no"}
    make_run(job, **dead)
    make_worker(name="w1@here")
    make_leader()
    make_alert(job)
    make_pool("gpu", slots=2)
    bulk = begin_bulk("pause", {"state": "enabled"}, {}, actor=by("ana"), now=timezone.now())
    ApiToken.objects.update(last_used_at=timezone.now(), last_used_from="127.0.0.1")  # noted once a minute
    entry, me = AuditEntry.objects.order_by("-id")[0], ApiToken.objects.latest("id").user.username
    return {
        "job": str(job.pk),
        "alert": str(Alert.objects.get().pk),
        "run": str(run.pk),
        "bulk": str(bulk.pk),
        "entry": str(entry.pk),
        "me": me,
    }


READING: list[Words] = [
    ("job", "get", "hello"),
    ("job", "get", "--id", "{job}"),
    ("job", "list"),
    ("job", "list", "--status", "paused"),
    ("job", "list", "--search", "ops", "--page-size", "1"),
    ("job", "list", "--last-id", "hello"),
    ("job", "list", "--last-id", "{job}"),
    ("job", "runs", "hello"),
    ("job", "runs", "--id", "{job}", "--status", "failed"),
    ("job", "versions", "hello"),
    ("job", "backfills", "hello"),
    ("run", "get", "{run}"),
    ("run", "logs", "{run}"),
    ("dead_letters", "list", "--job", "hello"),
    ("dead_letters", "groups"),
    ("queue", "list"),
    ("worker", "list"),
    ("pool", "list"),
    ("pool", "get", "gpu"),
    ("bulk", "list"),
    ("bulk", "get", "{bulk}"),
    ("alerts",),
    ("alerts", "list", "--all"),
    ("token", "list"),
    ("token", "list", "--user", "{me}"),
    ("audit", "list"),
    ("audit", "list", "--who", "ana", "--verb", "update_job", "--job", "hello"),
    ("audit", "list", "--last-id", "{entry}"),
    ("preview_schedule", "30 2 * * 1-5", "--timezone", "Europe/Berlin", "--after", "2027-03-26"),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_what_is_read_is_the_same_from_afar(far: pytest.MonkeyPatch, words: Words) -> None:
    ids = prepare()
    words = tuple(word.format(**ids) for word in words)
    here = manage_json(*words), manage(*words)
    far_away(far)
    assert manage_json(*words) == here[0]
    if words[:2] not in {("dead_letters", "groups"), ("queue", "list")}:  # there, tables shorten counts and names
        assert manage(*words) == here[1]


def test_reasons_are_told_from_afar(far: pytest.MonkeyPatch) -> None:
    ids = prepare()
    far_away(far)
    assert "paused" in manage("job", "why", "other")
    assert manage_json("run", "why", ids["run"])["reasons"]


def test_a_job_is_made_changed_steered_and_taken_away_from_afar(far: pytest.MonkeyPatch, broker: RedisServer) -> None:
    far_away(far)
    words = ("--task", "LogTask", "--params", '{"message": "x"}', "--cron", "@daily", "--starts-at", "2999-01-01")
    made = manage_json("job", "create", "hello", *words, "--priority", "high")
    assert (made["priority"], made["starts_at"]) == (10, "2999-01-01T00:00:00Z")
    changed = manage_json("job", "update", "hello", "--name", "bye", "--status", "PAUSED")
    assert (changed["name"], changed["enabled"]) == ("bye", False)
    assert manage_json("job", "resume", "bye")["enabled"]
    paused = manage_json("job", "pause", "bye", "--reason", "move", "--until", "2999-01-01T00:00:00Z")
    assert (paused["paused_reason"], paused["paused_until"]) == ("move", "2999-01-01T00:00:00Z")
    run = manage_json("job", "run", "bye", "--params", '{"message": "now"}', "--key", "one")
    assert manage_json("job", "run", "bye", "--params", '{"message": "now"}', "--key", "one")["id"] == run["id"]
    assert manage_json("run", "cancel", run["id"])["state"] == "cancelled"
    assert manage_json("run", "rerun", run["id"], "--params", '{"message": "y"}')["parent"] == run["id"]
    assert manage_json("job", "restore", "bye", "--version", "1")["name"] == "hello"
    assert manage_json("job", "delete", "hello")["id"] == made["id"]
    assert Job.objects.get().archived_at


def test_a_range_is_run_again_from_afar(far: pytest.MonkeyPatch) -> None:
    make_job(name="hello", schedule="0 * * * *")
    far_away(far)
    words = ("job", "backfill", "hello", "--from", "2026-11-20", "--to", "2026-11-20T05:00:00Z")
    assert manage_json(*words, "--dry-run")["total"] == 5
    made = manage_json(*words, "--concurrency", "2")
    assert (made["total"], made["concurrency"]) == (5, 2)
    assert manage_json("job", "backfill-cancel", made["id"])["state"] == "cancelled"


def test_dead_letters_and_queues_are_dealt_with_from_afar(far: pytest.MonkeyPatch) -> None:
    prepare()
    far_away(far)
    assert manage_json("dead_letters", "requeue", "--job", "hello", "--dry-run")["requeued"] == 1
    assert manage_json("dead_letters", "discard", "--all", "--reason", "known")["discarded"] == 1
    assert manage_json("queue", "pause", "default", "--reason", "move")["paused_reason"] == "move"
    assert manage_json("queue", "resume", "default")["paused_at"] is None


def test_a_pool_is_made_changed_and_removed_from_afar(far: pytest.MonkeyPatch) -> None:
    far_away(far)
    made = manage_json("pool", "create", "gpu", "--slots", "2", "--cpu", "8")
    assert (made["name"], made["slots"], made["cpu"]) == ("gpu", 2, 8)
    changed = manage_json("pool", "update", "gpu", "--cpu", "none", "--description", "cards")
    assert (changed["slots"], changed["cpu"], changed["description"]) == (2, None, "cards")
    assert "0 of 2" in manage("pool", "get", "gpu")
    assert manage_json("pool", "delete", "gpu") == {"name": "gpu", "result": "deleted"}
    with pytest.raises(CommandError) as error:
        manage("pool", "get", "gpu")
    assert (error.value.returncode, str(error.value)) == (3, "pool: there is no pool 'gpu'")


def test_all_that_match_are_dealt_with_from_afar(far: pytest.MonkeyPatch) -> None:
    prepare()
    far_away(far)
    words = ("bulk", "begin", "archive", "--filter", "state=paused")
    assert manage_json(*words, "--dry-run") == {"matched": 1, "more": False}
    begun = manage_json(*words)
    assert (begun["state"], begun["filter"]) == ("queued", {"state": "paused"})
    assert manage_json("bulk", "cancel", begun["id"])["state"] == "cancelled"


FILE = """
[
  {"name": "a", "task": "EchoTask", "schedule": "0 0 1 1 *", "timezone": "Europe/Berlin"},
  {"name": "b", "task": "NoTask", "schedule": "@daily"}
]"""


def typed(*words: str) -> tuple[str, str, str]:
    """What goes to the output, what to the errors, and what the command ends with."""
    out, err, end = StringIO(), StringIO(), ""
    try:
        call_command(*words, stdout=out, stderr=err)
    except CommandError as error:
        end = str(error)
    return out.getvalue(), err.getvalue(), end


@pytest.mark.parametrize("flags", [("--dry-run",), (), ("--partial", "--dry-run"), ("--partial",), ("--json",)])
def test_files_are_imported_from_afar_with_the_same_report(
    far: pytest.MonkeyPatch, tmp_path: Path, flags: Words
) -> None:
    far.chdir(tmp_path)
    Path("jobs.json").write_text(FILE)
    here = typed("import_schedule", "jobs.json", *flags)
    stored = Job.objects.count()
    Job.objects.all().delete()
    far_away(far)
    assert typed("import_schedule", "jobs.json", *flags) == here
    assert Job.objects.count() == stored
    assert {job.source for job in Job.objects.all()} <= {"jobs.json"}


def test_several_files_are_imported_together_and_what_left_them_is_paused(
    far: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    far.chdir(tmp_path)
    for name in ("one", "two"):
        Path(f"{name}.json").write_text(json.dumps([{"name": name, "task": "EchoTask", "schedule": "@daily"}]))
    Path("crontab").write_text("30 2 * * * root /bin/true\n")
    far_away(far)
    out, _, _ = typed("import_schedule", "one.json", "two.json")
    assert out.splitlines()[-1] == "2 new, 0 unchanged"
    _, _, end = typed("import_schedule", "one.json", "crontab", "--timezone", "Mars")
    assert "timezone: 'Mars' is not a known time zone" in end
    Path("two.json").write_text("[]")
    assert "    paused: no longer in two.json" in typed("import_schedule", "two.json", "--prune")[0].splitlines()


def test_an_export_from_afar_is_the_same_and_says_what_it_may_not_show(far: pytest.MonkeyPatch) -> None:
    make_job(name="a", priority=10, tags=["x"], params={"value": 1}, ends_at=timezone.now())
    make_job(name="b", enabled=False, paused_by="ana", paused_reason="move")
    here = manage("export_schedule")
    far_away(far)
    assert manage("export_schedule") == here
    make_job(name="c", metadata={"password": "hush"})
    far.setattr(settings.CONFIG, "scheduler_token", Api("editor").secret)
    out, err, _ = typed("export_schedule")
    assert "hush" not in out
    assert err == "note: secrets are masked; a token of somebody who may see them exports them too\n"


def test_doctor_tells_from_afar_what_the_probe_says(far: pytest.MonkeyPatch, broker: RedisServer) -> None:
    far_away(far)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert (
        "FAIL  scheduler: no scheduler has ever run\n      start one: celery -A scheduler_site beat" in out.getvalue()
    )
    assert "ok    database: " in manage("doctor", "--check", "database", "--check", "broker")


def test_tokens_are_made_and_revoked_from_afar_by_a_token_made_for_that(far: pytest.MonkeyPatch) -> None:
    user = User.objects.create_superuser("ana")
    scopes = ["operator", "jobs.add_apitoken"]
    maker = create_token(user, name="maker", actor=SYSTEM, now=timezone.now(), scopes=scopes, days=7)
    far.setattr(settings.CONFIG, "scheduler_token", maker.secret)
    far_away(far)
    made = manage_json("token", "create", "ana", "--name", "ci", "--role", "viewer", "--tags", "fin, ops")
    assert (made["user"], made["scopes"], made["tags"]) == ("ana", ["viewer"], ["fin", "ops"])
    assert made["expires_at"] == manage_json("token", "list", "--user", "ana")[-1]["expires_at"]
    assert manage("create_token", "ana", "--name", "more", "--role", "viewer").startswith("bw_")
    assert manage_json("token", "revoke", "more")["revoked_at"]
    assert manage_json("token", "revoke", made["prefix"])["revoked_at"]
    with pytest.raises(CommandError, match="would have rights that you have not"):
        manage("token", "create", "ana", "--name", "all")
    assert made["secret"] not in str(list(IdempotencyKey.objects.values()))


def test_alerts_workers_and_runs_are_dealt_with_from_afar(far: pytest.MonkeyPatch) -> None:
    ids = prepare()
    over = make_run(state=RunState.SUCCEEDED, rolled_up=True)
    far_away(far)
    done = manage_json("alerts", "ack", ids["alert"], "--reason", "known", "--until", "2999-01-01T00:00:00Z")
    assert (done["acknowledged_reason"], done["snoozed_until"]) == ("known", "2999-01-01T00:00:00Z")
    assert (manage_json("alerts"), len(manage_json("alerts", "list", "--all"))) == ([], 1)
    assert manage_json("worker", "shutdown", "w1@here")["stop_requested_at"]
    assert manage_json("run", "delete", str(over.pk), "--reason", "a secret in its log")["result"] == "deleted"
    assert AuditEntry.objects.get(verb="delete_run").reason == "a secret in its log"


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("job", "get", "nobody"), 3, "no job is named 'nobody'"),
        (("run", "get", "00000000-0000-0000-0000-000000000000"), 3, "there is no run"),
        (("job", "list", "--last-id", "nobody"), 3, "the list has no 'nobody'"),
        (("job", "create", "x", "--task", "LogTask", "--cron", "bogus"), 1, "params: message is required"),
        (("job", "create", "--name", "x", "--cron", "@daily"), 1, "task: is needed"),
        (("job", "list", "--status", "completed"), 1, "status: must be one of active"),
        (("job", "update", "hello", "--priority", "urgent"), 1, "priority: "),
        (("alerts", "ack", "x"), 1, "alert: 'x' is not an id"),
        (("alerts", "ack", "999999"), 3, "alert: there is no alert 999999"),
        (("alerts", "ack", "{alert}", "--until", "2020-01-01"), 1, "until: must be in the future"),
        (("worker", "shutdown", "nobody"), 3, "worker: no worker is called 'nobody'"),
        (("run", "delete", "{run}"), 1, "run: can be deleted once it is over"),
        (("token", "revoke", "nobodys"), 3, "token: no token in use is called 'nobodys'"),
        (("create_token", "nobody", "--name", "x"), 1, "user: there is no user 'nobody'"),
        (("create_token", "{me}", "--name", "x"), 1, "a token cannot make tokens (sign in to the console, or come"),
        (("audit", "list", "--verb", "bake"), 1, "verb: must be one of create_job"),
        (("preview_schedule", "61 * * * *"), 1, "schedule: "),
        (("preview_schedule", "@daily", "--count", "0"), 1, "count: must be a number from 1"),
        (("export_schedule", "--format", "celery_beat"), 1, "format: celery_beat writes rows into the database"),
        (("import_schedule", "nowhere.json"), 1, "file: nowhere.json cannot be read: No such file"),
        (("import_schedule", "x.json", "--watch"), 1, "watch: works on this machine alone"),
        (("doctor", "--here"), 1, "here: looks at the processes of this machine"),
        (("doctor", "--check", "jobs"), 1, "check: jobs is looked at there alone"),
    ],
)
def test_what_cannot_be_done_is_told_from_afar(far: pytest.MonkeyPatch, words: Words, status: int, text: str) -> None:
    ids = prepare()
    far_away(far)
    with pytest.raises(CommandError) as error:
        manage(*(word.format(**ids) for word in words))
    assert (error.value.returncode, text in str(error.value)) == (status, True), error.value
    assert (Job.objects.count(), Run.objects.count()) == (2, 2)


def test_a_token_that_opens_nothing_and_a_role_that_is_too_small_are_told(far: pytest.MonkeyPatch) -> None:
    make_job(name="hello")
    far_away(far)
    for token, text in (
        ("", "SCHEDULER_TOKEN: "),
        ("bw_x", "SCHEDULER_TOKEN: "),
        (Api("viewer").secret, "jobs.run_job"),
    ):
        far.setattr(settings.CONFIG, "scheduler_token", token)
        with pytest.raises(CommandError, match=text):
            manage("job", "run", "hello")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:1", "cannot be reached: nothing listens there"),
        ("nonsense", "is no address that begins with http:// or https://"),
        ("http://[", "cannot be reached: there is no host of this name"),
        ("ftp://x", "is no address that begins with http:// or https://"),
        ("http://nobody.invalid", "cannot be reached: there is no host of this name"),
    ],
)
def test_a_machine_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch, address: str, why: str) -> None:
    monkeypatch.setattr(settings.CONFIG, "scheduler_url", address)
    with pytest.raises(CommandError) as error:
        manage("job", "list")
    assert (str(error.value), error.value.returncode) == (f"SCHEDULER_URL: {address} {why}", 4)


def test_https_to_a_server_that_speaks_http_is_told(monkeypatch: pytest.MonkeyPatch, broker: RedisServer) -> None:
    monkeypatch.setattr(settings.CONFIG, "scheduler_url", f"https://127.0.0.1:{broker.port}")
    with pytest.raises(CommandError, match=r"^SCHEDULER_URL: https://\S+ cannot be reached"):
        manage("job", "list")


@pytest.mark.parametrize(
    ("status", "headers", "text", "told"),
    [
        (200, {"Content-Type": "text/html"}, "<html>", "what answers at http://elsewhere is no Beatwright (200)"),
        (404, {"Content-Type": "text/html"}, "<html>", "what answers at http://elsewhere is no Beatwright (404)"),
        (
            200,
            {"Content-Type": "application/json"},
            "<html>",
            "what answers at http://elsewhere is no Beatwright (200)",
        ),
        (301, {"Location": "https://there/"}, "", "http://elsewhere sends on to https://there/"),
    ],
)
def test_what_answers_there_but_is_no_beatwright_is_told(
    monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str], text: str, told: str
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=text, headers=headers))
    monkeypatch.setattr(verb_command, "Remote", partial(Remote, transport=transport))
    monkeypatch.setattr(settings.CONFIG, "scheduler_url", "http://elsewhere")
    for words in (("job", "list"), ("doctor",)):
        with pytest.raises(CommandError, match=f"^SCHEDULER_URL: {re.escape(told)}"):
            manage(*words)


# Commands that are about this machine, whatever SCHEDULER_URL says, and why.
HERE_ALONE = {
    "up": "starts the processes of this machine",
    "grpc_server": "is a process of this machine",
    "prepare": "migrates the database, before anything answers",
    "seed_demo": "writes a past, which no API does",
}
PLAIN = {  # what asks the other machine without being one of a command's verbs
    "create_token": ("ana", "--name", "x"),
    "doctor": (),
    "export_schedule": (),
    "import_schedule": (str(BASE_DIR / "examples" / "schedule.json"),),
    "preview_schedule": ("@daily",),
}


def test_every_command_says_the_same_verbs_to_another_machine() -> None:
    names = {module.name for module in pkgutil.iter_modules(commands.__path__)}
    assert HERE_ALONE.keys() <= names
    for name in sorted(names - HERE_ALONE.keys() - PLAIN.keys()):
        command = import_module(f"{commands.__name__}.{name}").Command
        assert [verb.name for verb in command.verbs if verb not in ASKED] == [], name


@pytest.mark.parametrize("name", PLAIN)
def test_a_command_without_verbs_asks_the_other_machine_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "scheduler_url", "http://127.0.0.1:1")
    with pytest.raises(
        CommandError, match=r"^SCHEDULER_URL: http://127\.0\.0\.1:1 cannot be reached: nothing listens"
    ) as e:
        manage(name, *PLAIN[name])
    assert e.value.returncode == 4
    assert not Job.objects.exists()


def test_a_page_behind_a_page_is_fetched(far: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.management.remote.client.PAGE", 2)
    names = [make_job(name=f"job {number}").name for number in range(5)]
    far_away(far)
    assert [row["name"] for row in json.loads(manage("job", "list", "--json"))] == names
