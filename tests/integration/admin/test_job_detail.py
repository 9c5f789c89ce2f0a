"""One job's page: its bars, days and figures, what is in its way, and how it is configured."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.models import Job, JobDay, Run, RunState, Trigger
from jobs.models.stats.histogram import count_in, empty_histogram
from tests.support.builders import make_job, make_leader, make_run, make_worker
from tests.support.redis import RedisServer
from tests.support.shown import never_meant

SIGNED_IN = 2  # session, user
# The job with state and health; runs, days, errors; why: the leader, the queue's pause, its
# workers; calendars for what comes next and for why.
QUERIES = SIGNED_IN + 9
# And, of a run that waits, how many are ahead of it.
WAITING_QUERIES = QUERIES + 1


def url(job: Job, tail: str = "") -> str:
    return f"/admin/beatwright/job/{job.pk}/{tail}"


def ended(
    job: Job,
    state: RunState = RunState.SUCCEEDED,
    *,
    seconds: float = 10,
    ago: float = 1,
    **fields: Any,
) -> Run:
    start = timezone.now() - timedelta(hours=ago)
    times = {
        "scheduled_for": start,
        "started_at": start,
        "finished_at": start + timedelta(seconds=seconds),
    }
    return make_run(job, **{"state": state, "attempt": 1} | times | fields)


def make_day(job: Job, ago: int, *, ms: int | None = None, **fields: Any) -> JobDay:
    histogram = empty_histogram()
    if ms is not None:
        for _ in range(sum(fields.get(name, 0) for name in ("succeeded", "failed"))):
            count_in(histogram, ms)
    day = timezone.now().date() - timedelta(days=ago)
    return JobDay.objects.create(job=job, day=day, duration_histogram=histogram, **fields)


# --- What it costs ---


def test_the_page_costs_a_known_number_of_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_worker()
    make_leader()
    job = make_job()
    for _ in range(70):
        ended(job)
    ended(job, RunState.FAILED, error="boom", fingerprint="a" * 40)
    with django_assert_num_queries(QUERIES):
        boss.get(url(job))
    make_run(job)
    with django_assert_num_queries(WAITING_QUERIES):
        boss.get(url(job))


def test_a_refresh_without_news_costs_two_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job()
    ended(job)
    known = boss.get(url(job, "live/")).headers["ETag"]
    with django_assert_num_queries(SIGNED_IN + 2):  # the job, what changed last
        assert boss.get(url(job, "live/"), headers={"if-none-match": known}).status_code == 304
    make_run(job)
    assert boss.get(url(job, "live/"), headers={"if-none-match": known}).status_code == 200


# --- Bars, days, figures ---


def test_bars_are_as_high_as_the_runs_were_long_the_newest_on_the_right(boss: Client) -> None:
    job = make_job()
    for seconds in (100, 50, 0):
        ended(job, seconds=seconds)
    bars = boss.get(url(job)).context["bars"]
    assert [bar.height for bar in bars.bars] == [148, 76, 4]
    assert bars.bars[-1].x + 14 == bars.width


def test_one_very_long_run_does_not_flatten_the_others(boss: Client) -> None:
    job = make_job()
    for _ in range(40):
        ended(job, seconds=10)
    ended(job, seconds=5_000)
    ended(job, seconds=20)
    long, usual = boss.get(url(job)).context["bars"].bars[-2:]
    assert (long.height, usual.height) == (148, 76)
    assert long.mark
    assert "1 h 23 min" in long.label


@pytest.mark.parametrize(
    ("state", "kind", "is_marked"),
    [
        (RunState.SUCCEEDED, "solid", False),
        (RunState.FAILED, "solid", True),
        (RunState.TIMED_OUT, "solid", True),
        (RunState.CANCELLED, "solid", True),
        (RunState.SKIPPED, "hatched", False),
        (RunState.RUNNING, "solid", False),
        (RunState.QUEUED, "hollow", False),
    ],
)
def test_a_bar_tells_its_state_by_shape_and_word(
    boss: Client, state: RunState, kind: str, is_marked: bool
) -> None:
    job = make_job()
    ended(
        job,
        state,
        reason="overlap: the run before is not over" if state == RunState.SKIPPED else "",
    )
    bar = boss.get(url(job)).context["bars"].bars[0]
    assert (bar.kind, bool(bar.mark)) == (kind, is_marked)
    assert bar.label.startswith(RunState(state).label.lower().replace("queued", "retrying"))
    assert ("overlap" in bar.label) == (state == RunState.SKIPPED)


def test_ninety_days_are_shown_and_the_table_has_their_numbers(boss: Client) -> None:
    job = make_job()
    make_day(job, 0, succeeded=9, failed=1, retries=2, ms=2_000)
    make_day(job, 89, succeeded=4)
    heat = boss.get(url(job)).context["heat"]
    assert len(heat.cells) == 90
    assert (heat.cells[-1].tone, bool(heat.cells[-1].mark)) == ("bad", True)
    assert "9 succeeded, 1 failed" in heat.cells[-1].label
    assert heat.cells[1].label.endswith("no run finished")
    assert [(row.ok, row.failed, row.retries) for row in heat.rows] == [(9, 1, 2), (4, 0, 0)]


@pytest.mark.parametrize(
    ("kind", "levels"), [("late", [2, 4]), ("duration", [4, 1]), ("nonsense", [3, 3])]
)
def test_the_days_show_what_one_asks_for(boss: Client, kind: str, levels: list[int]) -> None:
    job = make_job()
    make_day(job, 1, succeeded=5, late=2, ms=60_000)
    make_day(job, 0, succeeded=5, late=4, ms=5_000)
    cells = boss.get(url(job, f"?heat={kind}")).context["heat"].cells[-2:]
    assert [cell.level for cell in cells] == levels


def test_figures_are_of_thirty_days_and_compare_with_those_before(boss: Client) -> None:
    job = make_job()
    make_day(job, 45, succeeded=20, ms=1_000)
    make_day(job, 5, succeeded=99, failed=1, retries=3, late=2, ms=10_000)
    stats = {stat.label: stat for stat in boss.get(url(job)).context["stats"]}
    assert stats["Success"].value == "99.0 %"
    assert stats["p95"].note.startswith("+")
    assert (stats["Late"].value, stats["Retries"].value) == ("2", "3")


# --- When, and why not ---


def test_the_next_twenty_come_from_the_engine_with_notes_about_clock_changes(boss: Client) -> None:
    job = make_job(schedule="30 2 * * *", timezone="Europe/Berlin")
    preview = boss.get(url(job)).context["preview"]
    assert len(preview.occurrences) == 20
    assert datetime.fromisoformat(preview.occurrences[0].iso) == job.state.next_run_at
    assert any("clock" in note.lower() or "exist" in note for note in preview.notes)


def test_what_is_in_the_way_is_said_on_top(boss: Client) -> None:
    job = make_job(task="EchoTask")
    assert boss.get(url(job)).context["why"] is None
    Job.objects.filter(pk=job.pk).update(enabled=False, paused_by="ana", paused_reason="db move")
    assert "It is paused (by ana): db move." in boss.get(url(job)).content.decode()


def test_a_skipped_run_shows_its_reason_and_can_be_run_now(
    boss: Client, broker: RedisServer
) -> None:
    job = make_job(params={"payload": "x"})
    skipped = ended(
        job, RunState.SKIPPED, reason="misfire: nobody planned it", started_at=None, attempt=0
    )
    html = boss.get(url(job)).content.decode()
    assert "misfire: nobody planned it" in html
    assert "Run it now" in html
    boss.post(boss.get(url(job)).context["skips"][0].rerun_url)
    assert Run.objects.get(trigger=Trigger.RERUN).parent == skipped


def test_errors_are_grouped_until_somebody_resolves_them(boss: Client) -> None:
    job = make_job()
    for _ in range(3):
        ended(job, RunState.FAILED, error="boom", fingerprint="a" * 40)
    ended(job, RunState.FAILED, error="bang", fingerprint="b" * 40)
    ended(job, RunState.FAILED, error="old", fingerprint="c" * 40, resolved_at=timezone.now())
    errors = boss.get(url(job)).context["errors"]
    assert [(row.error, row.count) for row in errors] == [("bang", 1), ("boom", 3)]
    assert errors[1].url == f"/admin/beatwright/dead/group/{'a' * 40}/"


def test_a_job_that_never_ran_says_when_it_will(boss: Client) -> None:
    html = boss.get(url(make_job(schedule="@daily"))).content.decode()
    assert "It has not run yet. Its first run is" in html
    assert "No errors in the latest runs" in html
    manual = boss.get(url(make_job(schedule="@manual"))).content.decode()
    assert "“Run now” starts it immediately" in manual
    assert never_meant(html + manual) == []


POOL_LINK = '<a class="c-link" href="/admin/beatwright/pools/#pool-gpu">gpu</a>'


def test_every_policy_is_shown(boss: Client) -> None:
    job = make_job(overlap_policy="queue", timeout_seconds=90, max_retries=2,
                   retry_backoff_seconds=5, pool="gpu",
                   memory_limit_mb=2_048, fresh_process=True, retention_days=7,
                   metadata={"ticket": 7},
                   retry_jitter=False)  # fmt: skip
    facts = dict(fact for _, group in boss.get(url(job)).context["config"] for fact in group)
    assert (facts["Memory limit"], facts["Process"]) == ("2,048 MB", "new for each run")
    assert (facts["Overlap"], facts["Time limit"], facts["Pool"]) == (
        "let one wait",
        "1 min 30 s",
        POOL_LINK,
    )
    assert (facts["First delay"], facts["Longest delay"], facts["Jitter retries"]) == (
        "5 s",
        "set by the task",
        "no",
    )
    assert (facts["Keep history"], facts["Metadata"], facts["Not after"]) == (
        "7 days",
        '{"ticket": 7}',
        "no limit",
    )
    assert facts["Retries"].startswith("2. Waits 5 s, 10 s")


# --- Buttons ---


def test_run_now_takes_other_params_and_leads_to_the_run(boss: Client, broker: RedisServer) -> None:
    job = make_job()
    response = boss.post(url(job, "follow/"), {"params": '{"payload": "other"}'})
    run = Run.objects.get()
    assert response.headers["Location"] == f"/admin/beatwright/run/{run.pk}/"
    assert run.params == {"payload": "other"}


def test_params_that_do_not_fit_are_asked_for_again(boss: Client) -> None:
    job = make_job(task="LogTask", params={"message": "fine"})
    response = boss.post(url(job, "follow/"), {"params": '{"message": 5}'})
    assert response.status_code == 422
    assert "message" in response.context["problem"]
    assert "&quot;message&quot;: 5" in response.content.decode()
    assert not Run.objects.exists()


def test_hidden_params_are_not_in_the_page_and_still_run(boss: Client, broker: RedisServer) -> None:
    job = make_job(params={"payload": {"api_key": "abc123"}})
    page = boss.get(url(job))
    assert "abc123" not in page.content.decode()
    boss.post(url(job, "follow/"), {"params": page.context["params"]})
    assert Run.objects.get().params == {"payload": {"api_key": "abc123"}}


def test_a_viewer_reads_and_sees_no_buttons(viewer: Client) -> None:
    job = make_job()
    ended(job, RunState.SKIPPED, reason="overlap")
    html = viewer.get(url(job)).content.decode()
    for button in ("Run now…", "Pause…", "Edit", "Run it now", "Duplicate"):
        assert button not in html
    assert viewer.post(url(job, "follow/")).status_code == 403


def test_an_archived_job_offers_nothing_but_a_copy(boss: Client) -> None:
    job = make_job(archived_at=timezone.now())
    html = boss.get(url(job)).content.decode()
    assert "Duplicate" in html
    assert "Run now…" not in html
