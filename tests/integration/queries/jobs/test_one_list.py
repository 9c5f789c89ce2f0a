"""One list of jobs: the console, REST, the command here and the command on another machine answer
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from jobs.access.actor import SYSTEM
from jobs.errors import UnknownWord
from jobs.models import Job, JobStatus, RunState, Trigger
from jobs.models.job import status_of
from jobs.queries.bulk import count_told
from jobs.queries.jobs.filter import BETWEEN_TAGS, HEALTHS, STATUSES, JobFilter
from jobs.queries.jobs.listing import ORDERS, key_of, list_jobs
from jobs.queries.runs.filter import RunFilter
from jobs.queries.search import find_jobs
from tests.integration.queries.jobs.world import make_world
from tests.support.api import Api
from tests.support.typed import manage, manage_json

Ask = Callable[[dict[str, str]], list[str]]
JOBS = "/admin/beatwright/job/"


@dataclass(frozen=True)
class Surfaces:
    """Each says which jobs it lists for ``search``, ``status`` and ``queue``, by name and in
    order.
    """

    console: Ask
    rest: Ask
    here: Ask
    there: Ask

    def __iter__(self) -> Iterator[tuple[str, Ask]]:
        yield from vars(self).items()


@pytest.fixture
def surfaces(static_root: None, far: pytest.MonkeyPatch) -> Surfaces:
    browser, api = Client(), Api()
    browser.force_login(User.objects.create_superuser("boss"))

    def console(wanted: dict[str, str]) -> list[str]:
        words = {"q" if name == "search" else name: text for name, text in wanted.items()}
        answer = browser.get(f"{JOBS}?{urlencode(words | {'order': 'name'})}")
        assert answer.status_code == 200, answer.content
        assert not answer.context["pager"].next
        return [row.name for row in answer.context["rows"]]

    def rest(wanted: dict[str, str]) -> list[str]:
        answer = api.get(
            "jobs/", **{name: text for name, text in wanted.items() if text}, limit=500
        )
        assert answer.status_code == 200, answer.content
        return [row["name"] for row in answer.json()["results"]]

    def here(wanted: dict[str, str]) -> list[str]:
        far.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": ""})
        flags = [f"--{name}={text}" for name, text in wanted.items()]
        return [row["name"] for row in manage_json("job", "list", *flags)]

    def there(wanted: dict[str, str]) -> list[str]:
        far.setattr(
            settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": "http://localhost/"}
        )
        flags = [f"--{name}={text}" for name, text in wanted.items()]
        return [row["name"] for row in manage_json("job", "list", *flags)]

    return Surfaces(console, rest, here, there)


def expected(wanted: dict[str, str]) -> list[str]:
    """The names of the jobs that the words of the documents mean, found one by one."""
    jobs = Job.objects.select_related("state").order_by("name")
    return [job.name for job in jobs if _is_meant(job, wanted)]


def _is_meant(job: Job, wanted: dict[str, str]) -> bool:
    status = status_of(job)
    is_of_status = (
        status == wanted["status"] if wanted.get("status") else status != JobStatus.ARCHIVED
    )
    is_of_queue = job.queue == wanted["queue"] if wanted.get("queue") else True
    return (
        is_of_status
        and is_of_queue
        and all(_mentions(job, word) for word in wanted.get("search", "").split()[:5])
    )


def _mentions(job: Job, word: str) -> bool:
    tag = word.lstrip("#") or word
    tags = [] if tag in BETWEEN_TAGS else job.tags
    texts = [(job.name, word), (job.task, word), *((each, tag) for each in tags)]
    return any(part.lower() in text.lower() for text, part in texts)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"search": "a nightly"}, ["a-nightly", "nightly export a"]),
        ({"search": "nightly a"}, ["a-nightly", "nightly export a"]),
        ({"search": "#billing"}, ["invoices"]),
        ({"search": "BILL logtask"}, ["invoices"]),
        ({"search": "100%_"}, ["100%_done"]),
        ({"search": "ünï"}, ["ünïcode"]),
        ({"search": "back\\slash"}, ["back\\slash"]),
        ({"search": ","}, []),
        ({"search": "nothing"}, []),
        ({"status": "active", "queue": "reports"}, ["nightly export a"]),
        ({"status": "paused"}, ["a-nightly", "paused and broken"]),
        ({"status": "broken"}, ["a broken one"]),
        ({"status": "archived"}, ["gone nightly"]),
        ({"status": "archived", "search": "nightly"}, ["gone nightly"]),
    ],
    ids=str,
)
def test_what_is_asked_for_is_found_on_every_surface(
    surfaces: Surfaces, wanted: dict[str, str], names: list[str]
) -> None:
    make_world()
    assert {surface: ask(wanted) for surface, ask in surfaces} == dict.fromkeys(
        vars(surfaces), names
    )


words = st.sampled_from(
    ["a", "night", "#bill", "##bill", "#", "echo", "LOG", "task", "%", "\\", "_", '"', "[", "]",
     ",", "'", "100", "fin",
     "é", "export", "-", "zzz", "one", "[]", "a-", "e"]
)  # fmt: skip
filters = st.fixed_dictionaries(
    {},
    optional={
        "search": st.lists(words, min_size=1, max_size=7).map(" ".join),
        "status": st.sampled_from(JobStatus.values),
        "queue": st.sampled_from(["default", "reports", "none"]),
    },
)


def test_every_surface_finds_what_the_documents_say(surfaces: Surfaces) -> None:
    make_world()

    @examples(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(filters)
    def holds(wanted: dict[str, str]) -> None:
        found = {surface: ask(wanted) for surface, ask in surfaces}
        assert found == dict.fromkeys(vars(surfaces), expected(wanted))

    holds()


@examples(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(words, min_size=1, max_size=7).map(" ".join))
def test_the_search_of_every_page_finds_what_the_list_finds(search: str) -> None:
    if not Job.objects.exists():
        make_world()
    found = list_jobs(JobFilter(search=search), actor=SYSTEM, limit=12).rows
    assert {job.name for job in find_jobs(search, actor=SYSTEM)} == {job.name for job in found}


def test_a_job_has_one_status_and_is_listed_under_it_alone() -> None:
    make_world()
    assert [*STATUSES] == ["", *JobStatus.values]
    for job in Job.objects.select_related("state"):
        listed = [
            status
            for status in JobStatus.values
            if job in list_jobs(JobFilter(status=status), actor=SYSTEM, limit=100).rows
        ]
        assert listed == [status_of(job)], job.name


@pytest.mark.parametrize("written", ["enabled", "activ", "Paused", "scheduled", "nonsense", "0"])
def test_an_unknown_status_is_refused_everywhere_with_the_words_that_there_are(
    surfaces: Surfaces, far: pytest.MonkeyPatch, written: str
) -> None:
    make_world()
    hints = {"enabled": "active", "activ": "active", "Paused": "paused", "scheduled": "active"}
    hint = f"did you mean {hints[written]}?" if written in hints else ""
    known = ", ".join(JobStatus.values)
    with pytest.raises(UnknownWord, match=known) as error:
        JobFilter(status=written)
    assert error.value.hint == hint
    with pytest.raises(UnknownWord):
        count_told("pause", {"status": written}, SYSTEM, {})
    browser = Client()
    browser.force_login(User.objects.get(username="boss"))
    for page in (JOBS, f"{JOBS}_f/rows/"):
        answer = browser.get(f"{page}?status={written}")
        assert (
            answer.status_code,
            known in answer.content.decode(),
            hint in answer.content.decode(),
        ) == (
            400,
            True,
            True,
        )
    pressed = browser.post(
        f"{JOBS}bulk/?status={written}", {"verb": "pause", "all": "1", "reason": "x"}
    )
    assert (pressed.status_code, Job.objects.filter(paused_reason="x").count()) == (400, 0)
    answer = Api().get("jobs/", status=written)
    assert (answer.status_code, answer.json()["errors"][0]["hint"]) == (400, hint)
    assert all(f"'{word}'" in answer.json()["errors"][0]["message"] for word in JobStatus.values)


def test_an_unknown_health_state_or_trigger_is_refused_too() -> None:
    with pytest.raises(UnknownWord, match=r"failing, late, .*did you mean failing"):
        JobFilter(health="faling")
    with pytest.raises(UnknownWord, match=r"succeeded.*did you mean succeeded"):
        RunFilter(state="success")
    with pytest.raises(UnknownWord, match=", ".join(Trigger.values)):
        RunFilter(trigger="x")
    assert {RunFilter(state=state).state for state in RunState} == set(RunState)
    assert {JobFilter(health=health).health for health in HEALTHS} == set(HEALTHS)


@pytest.mark.parametrize("order", [*ORDERS, *(f"-{order}" for order in ORDERS)])
def test_every_order_is_walked_without_gap_or_repeat(order: str) -> None:
    make_world()
    seen: list[Job] = []
    after: list[Any] | None = None
    while (page := list_jobs(JobFilter(), order, actor=SYSTEM, after=after, limit=2)).more_after:
        seen += page.rows
        after = key_of(page.rows[-1], order)
        assert len(seen) <= Job.objects.count(), "the pages go round"
    seen += page.rows
    whole = list_jobs(JobFilter(), order, actor=SYSTEM, limit=100).rows
    assert [job.name for job in seen] == [job.name for job in whole]
    planned = Job.objects.filter(archived_at=None, state__next_run_at__isnull=False)
    assert {job.name for job in whole} == (
        {job.name for job in planned} if "next" in order else set(expected({}))
    )


def test_a_page_goes_on_after_the_last_job_by_name_or_by_id_here_and_there(
    surfaces: Surfaces, far: pytest.MonkeyPatch
) -> None:
    make_world()
    whole = surfaces.here({})
    last = Job.objects.get(name=whole[2])
    for url in ("", "http://localhost/"):
        far.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": url})
        for named in (last.name, str(last.pk)):
            rest = [row["name"] for row in manage_json("job", "list", "--last-id", named)]
            assert rest == whole[3:]
        with pytest.raises(CommandError, match="ghost"):
            manage("job", "list", "--last-id", "ghost")


def test_a_filter_is_asked_in_one_query(django_assert_num_queries: Any) -> None:
    make_world()
    wanted = JobFilter(
        search="a nightly", status="active", health="never_ran", tag="fin", queue="default", pool=""
    )
    with django_assert_num_queries(1):
        list_jobs(wanted, actor=SYSTEM, limit=50)
