"""``manage.py bulk``: begun, counted, followed and cancelled from the command line."""

from __future__ import annotations

import pytest
from django.core.management import CommandError
from django.utils import timezone

from jobs.maintenance.bulk import BulkOperations
from jobs.models import BulkOperation, Job
from tests.support.builders import make_job
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")


def test_all_that_match_are_paused_and_the_rest_are_not() -> None:
    make_job(name="night", queue="night")
    make_job(name="day")
    words = (
        "bulk",
        "begin",
        "pause",
        "--filter",
        "queue=night",
        "--arguments",
        '{"reason": "move"}',
    )
    assert manage_json(*words, "--dry-run") == {"matched": 1, "more": False}
    begun = manage_json(*words)
    assert (begun["state"], begun["filter"]) == ("queued", {"queue": "night"})
    BulkOperations().run_once(now=timezone.now())
    told = manage_json("bulk", "get", begun["id"])
    assert (told["state"], told["done"], told["progress"]) == ("done", 1, 100)
    assert Job.objects.get(enabled=False).paused_reason == "move"
    assert begun["id"] in manage("bulk", "list")
    assert manage_json("bulk", "list", "--last-id", begun["id"]) == []


def test_it_is_cancelled() -> None:
    begun = manage_json("bulk", "begin", "run", "--all")
    assert manage_json("bulk", "cancel", begun["id"])["state"] == "cancelled"
    with pytest.raises(CommandError, match="has finished: cancelled"):
        manage("bulk", "cancel", begun["id"])


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("begin", "pause"), 1, "filter: narrow with --filter"),
        (("begin", "pause", "--all", "--filter", "queue=x"), 1, "filter: narrow with --filter"),
        (("begin", "pause", "--filter", "night"), 1, "filter: must be NAME=VALUE, not 'night'"),
        (
            ("begin", "pause", "--filter", "status=pasued"),
            1,
            "filter.status: must be 'active', 'paused', .*did you mean paused",
        ),
        (("begin", "pause", "--all", "--arguments", "[]"), 1, "arguments: must be a JSON object"),
        (("begin", "pause", "--all", "--arguments", "{"), 1, "arguments: "),
        (("begin", "add_tag", "--all", "--dry-run"), 1, "arguments.tags: is required"),
        (("get", "00000000-0000-0000-0000-000000000000"), 3, "there is no bulk operation"),
        (("cancel", "nothing"), 3, "there is no bulk operation 'nothing'"),
    ],
)
def test_what_cannot_be_done_is_told(words: tuple[str, ...], status: int, text: str) -> None:
    with pytest.raises(CommandError, match=text) as error:
        manage("bulk", *words)
    assert error.value.returncode == status
    assert not BulkOperation.objects.exists()
