"""Files, health and tokens on another machine."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.people.tokens import create_token
from jobs.models import IdempotencyKey, Job
from tests.support.builders import make_job
from tests.support.far import far_away
from tests.support.redis import RedisServer
from tests.support.typed import manage, manage_json

Words = tuple[str, ...]


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


@pytest.mark.parametrize(
    "flags", [("--dry-run",), (), ("--partial", "--dry-run"), ("--partial",), ("--json",)]
)
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
        Path(f"{name}.json").write_text(
            json.dumps([{"name": name, "task": "EchoTask", "schedule": "@daily"}])
        )
    Path("crontab").write_text("30 2 * * * root /bin/true\n")
    far_away(far)
    out, _, _ = typed("import_schedule", "one.json", "two.json")
    assert out.splitlines()[-1] == "2 new, 0 unchanged"
    _, _, end = typed("import_schedule", "one.json", "crontab", "--timezone", "Mars")
    assert "timezone: 'Mars' is not a known time zone" in end
    Path("two.json").write_text("[]")
    assert (
        "    paused: no longer in two.json"
        in typed("import_schedule", "two.json", "--prune")[0].splitlines()
    )


def test_an_export_from_afar_is_the_same_and_reveals_nothing(far: pytest.MonkeyPatch) -> None:
    make_job(name="a", priority=10, tags=["x"], params={"value": 1}, ends_at=timezone.now())
    make_job(name="b", enabled=False, paused_by="ana", paused_reason="move")
    make_job(name="c", params={"value": 1}, metadata={"password": "hush"})
    here = manage("export_schedule")
    far_away(far)
    assert manage("export_schedule") == here
    assert "hush" not in here
    _, _, end = typed("export_schedule", "--reveal")
    assert "reveal: works on the machine of the jobs alone" in end


def test_doctor_tells_from_afar_what_the_probe_says(
    far: pytest.MonkeyPatch, broker: RedisServer
) -> None:
    far_away(far)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert (
        "FAIL  scheduler: no scheduler has ever run\n      start one: celery -A scheduler_site beat"
        in out.getvalue()
    )
    assert "ok    database: " in manage("doctor", "--check", "database", "--check", "broker")


def test_tokens_are_made_and_revoked_from_afar_by_a_token_made_for_that(
    far: pytest.MonkeyPatch,
) -> None:
    user = User.objects.create_superuser("ana")
    scopes = ["operator", "beatwright.add_apitoken"]
    maker = create_token(
        user, name="maker", actor=SYSTEM, now=timezone.now(), scopes=scopes, days=7
    )
    far.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_token": maker.secret})
    far_away(far)
    made = manage_json(
        "token", "create", "ana", "--name", "ci", "--role", "viewer", "--tags", "fin, ops"
    )
    assert (made["user"], made["scopes"], made["tags"]) == ("ana", ["viewer"], ["fin", "ops"])
    assert made["expires_at"] == manage_json("token", "list", "--user", "ana")[-1]["expires_at"]
    assert manage("create_token", "ana", "--name", "more", "--role", "viewer").startswith("bw_")
    assert manage_json("token", "revoke", "more")["revoked_at"]
    assert manage_json("token", "revoke", made["prefix"])["revoked_at"]
    with pytest.raises(CommandError, match="would have rights that you do not have"):
        manage("token", "create", "ana", "--name", "all")
    assert made["secret"] not in str(list(IdempotencyKey.objects.values()))
