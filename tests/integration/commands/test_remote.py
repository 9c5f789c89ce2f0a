"""What is read here and there is the same, to the letter; and what is told where something cannot
be done there.
"""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core.management import CommandError

from jobs.models import Job, Run
from tests.support.api import Api
from tests.support.builders import make_job
from tests.support.far import far_away, prepare
from tests.support.typed import manage, manage_json

Words = tuple[str, ...]


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
    ("job", "why", "other"),
    ("run", "why", "{run}"),
    ("secret", "list"),
    ("preview_schedule", "30 2 * * 1-5", "--timezone", "Europe/Berlin", "--after", "2027-03-26"),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_what_is_read_is_the_same_from_afar(far: pytest.MonkeyPatch, words: Words) -> None:
    ids = prepare()
    words = tuple(word.format(**ids) for word in words)
    here = manage_json(*words), manage(*words)
    far_away(far)
    assert (manage_json(*words), manage(*words)) == here


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("job", "get", "nobody"), 3, "no job is named 'nobody'"),
        (("run", "get", "00000000-0000-0000-0000-000000000000"), 3, "there is no run"),
        (("job", "list", "--last-id", "nobody"), 3, "the list has no 'nobody'"),
        (
            ("job", "create", "x", "--task", "LogTask", "--schedule", "bogus"),
            1,
            "params: message is required",
        ),
        (("job", "list", "--status", "odd"), 1, "status: must be one of active"),
        (("job", "update", "hello", "--priority", "urgent"), 1, "priority: "),
        (("alerts", "ack", "x"), 1, "alert: 'x' is not an id"),
        (("alerts", "ack", "999999"), 3, "alert: there is no alert 999999"),
        (("alerts", "ack", "{alert}", "--until", "2020-01-01"), 1, "until: must be in the future"),
        (("worker", "shutdown", "nobody"), 3, "worker: there is no worker 'nobody'"),
        (("run", "delete", "{run}"), 1, "run: can be deleted only after it has finished"),
        (("token", "revoke", "nobodys"), 3, "token: no token in use is called 'nobodys'"),
        (("create_token", "nobody", "--name", "x"), 3, "user: there is no user 'nobody'"),
        (
            ("create_token", "{me}", "--name", "x"),
            1,
            "a token cannot create tokens (sign in to the console, or use a token",
        ),
        (("audit", "list", "--verb", "bake"), 1, "verb: must be 'create_job'"),
        (("preview_schedule", "61 * * * *"), 1, "schedule at character 1: "),
        (("preview_schedule", "@daily", "--count", "0"), 1, "count: must be a number from 1"),
        (
            ("export_schedule", "--format", "celery_beat"),
            1,
            "format: celery_beat writes rows into the database",
        ),
        (("import_schedule", "nowhere.json"), 1, "file: nowhere.json cannot be read: No such file"),
        (("import_schedule", "x.json", "--watch"), 1, "watch: works on this machine alone"),
        (("doctor", "--here"), 1, "here: looks at the processes of this machine"),
        (("doctor", "--check", "jobs"), 1, "check: jobs is looked at there alone"),
    ],
)
def test_what_cannot_be_done_is_told_from_afar(
    far: pytest.MonkeyPatch, words: Words, status: int, text: str
) -> None:
    ids = prepare()
    far_away(far)
    with pytest.raises(CommandError) as error:
        manage(*(word.format(**ids) for word in words))
    assert (error.value.returncode, text in str(error.value)) == (status, True), error.value
    assert (Job.objects.count(), Run.objects.count()) == (2, 2)


def test_a_token_that_opens_nothing_and_a_role_that_is_too_small_are_told(
    far: pytest.MonkeyPatch,
) -> None:
    make_job(name="hello")
    far_away(far)
    for token, text in (
        ("", "SCHEDULER_TOKEN: "),
        ("bw_x", "SCHEDULER_TOKEN: "),
        (Api("viewer").secret, "beatwright.run_job"),
    ):
        far.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_token": token})
        with pytest.raises(CommandError, match=text):
            manage("job", "run", "hello")


def test_a_page_behind_a_page_is_fetched(
    far: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.management.client.PAGE", 2)
    names = [make_job(name=f"job {number}").name for number in range(5)]
    far_away(far)
    assert [row["name"] for row in json.loads(manage("job", "list", "--json"))] == names
