"""The log of a run: the page's part of it, and what its script and its reader can ask for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.execution.outcome.logs import LogBuffer
from jobs.execution.outcome.reporter import store_log
from jobs.models import Run, RunLog, RunState
from tests.support.builders import make_log, make_run

STAMP = "2026-01-31T09:15:00.123Z"


def url(run: Run, tail: str = "") -> str:
    return f"/admin/beatwright/run/{run.pk}/{tail}"


def started_run(state: RunState = RunState.RUNNING, **fields: Any) -> Run:
    values: dict[str, Any] = {
        "state": state,
        "attempt": 1,
        "publish_count": 1,
        "started_at": timezone.now(),
    }
    return make_run(**values | fields)


def lines(client: Client, run: Run, query: str) -> list[str]:
    return [text for _, _, text in client.get(url(run, f"log/?{query}")).json()["lines"]]


def long_log(run: Run, count: int = 2_500, piece: int = 300) -> None:
    every = [f"line {number}\n" for number in range(1, count + 1)]
    make_log(run, *("".join(every[start : start + piece]) for start in range(0, count, piece)))


def test_lines_are_numbered_through_all_pieces_of_an_attempt() -> None:
    run = started_run()
    buffer = LogBuffer(run.pk, 1)
    buffer.write("one\ntwo")
    assert [(piece.first_line, piece.last_line) for piece in buffer.pending()] == [(1, 2)]
    buffer.write("three")
    assert [(piece.first_line, piece.last_line) for piece in buffer.pending()] == [(1, 2), (3, 3)]


def test_what_is_written_in_one_go_is_stored_in_pieces_of_bounded_size() -> None:
    buffer = LogBuffer(started_run().pk, 1)
    for number in range(3_000):
        buffer.write(f"{number:0100}")
    pieces = buffer.pending()
    assert max(len(piece.text) for piece in pieces) <= 65_536
    assert [piece.first_line for piece in pieces[1:]] == [
        piece.last_line + 1 for piece in pieces[:-1]
    ]
    assert pieces[-1].last_line == 3_000


def test_the_log_is_that_of_the_attempt_one_asks_for(boss: Client) -> None:
    run = started_run(RunState.SUCCEEDED, attempt=2, publish_count=2)
    make_log(run, "first try\n", attempt=1)
    make_log(run, "second try\n", attempt=2)
    for query, text in (
        ("", "second try"),
        ("?attempt=1", "first try"),
        ("?attempt=nonsense", "second try"),
    ):
        assert [line.text for line in boss.get(url(run, query)).context["log"].lines] == [text]


def test_a_long_log_is_shown_by_its_last_thousand_lines(boss: Client) -> None:
    run = started_run(RunState.SUCCEEDED)
    long_log(run)
    response = boss.get(url(run))
    log = response.context["log"]
    assert (log.lines[0].number, log.lines[-1].number, log.last) == (1_501, 2_500, 2_500)
    assert log.lines[-1].text == "line 2500"
    assert "lines 1501–2500 of 2500" in response.content.decode()


def test_any_stretch_is_found_by_its_numbers(boss: Client) -> None:
    run = started_run()
    long_log(run)
    assert lines(boss, run, "after=2495") == [f"line {number}" for number in range(2_496, 2_501)]
    assert lines(boss, run, "before=4") == ["line 1", "line 2", "line 3"]
    around = lines(boss, run, "around=1200")
    assert (around[0], around[-1], len(around)) == ("line 700", "line 1699", 1_000)
    assert lines(boss, run, "around=99999")[-1] == "line 2500"
    assert boss.get(url(run, "?line=1200")).context["log"].lines[0].number == 700


def test_lines_that_follow_each_other_leave_nothing_out_and_repeat_nothing(boss: Client) -> None:
    run = started_run()
    make_log(
        run,
        *(
            "".join(f"{n:0200}\n" for n in range(start, start + 40))
            for start in range(0, 2_000, 40)
        ),
    )
    read: list[str] = []
    while more := lines(boss, run, f"after={len(read)}"):
        assert sum(map(len, more)) <= 65_536
        read += more
    assert read == [f"{n:0200}" for n in range(2_000)]


@pytest.fixture
def cut_run(settings: Any) -> Run:
    """A run whose 2,000 lines were stored as they came, of which a few at both ends were to be
    kept.
    """
    settings.BEATWRIGHT = {**settings.BEATWRIGHT, "log_max_bytes": 2_000}
    run = started_run()
    log = LogBuffer(run.pk, 1)
    for number in range(1, 2_001):
        log.write(f"{number:049}")
        if number % 3 == 0:
            store_log(log)
    store_log(log)
    return run


def test_a_log_too_large_is_read_across_the_line_that_stands_for_its_middle(
    boss: Client, cut_run: Run
) -> None:
    [forth, mark, back] = ahead_of_and_behind_the_cut(boss, cut_run)
    assert [int(text) for text in forth] == list(range(1, len(forth) + 1))
    assert [int(text) for text in back] == list(range(2_001 - len(back), 2_001))
    missing = 2_000 - len(forth) - len(back)
    assert mark.startswith(
        f"… log truncated: {missing:,} lines of {missing * 50:,} bytes are left out here"
    )
    assert len(forth) > len(back) >= 2
    assert sum(len(text) for text in RunLog.objects.values_list("text", flat=True)) < 2_200


def ahead_of_and_behind_the_cut(boss: Client, run: Run) -> tuple[list[str], str, list[str]]:
    every = boss.get(url(run, "log.txt")).getvalue().decode().splitlines()
    [place] = [place for place, text in enumerate(every) if text.startswith("…")]
    return every[:place], every[place], every[place + 1 :]


def test_nobody_who_reads_on_or_back_is_stopped_by_what_is_left_out(
    boss: Client, cut_run: Run
) -> None:
    forth, mark, back = ahead_of_and_behind_the_cut(boss, cut_run)
    all_of_it, first_kept = [*forth, mark, *back], 2_001 - len(back)
    assert lines(boss, cut_run, "after=0") == [*forth, mark]
    assert lines(boss, cut_run, f"after={len(forth) + 1}") == back
    assert lines(boss, cut_run, "after=1000") == back
    assert lines(boss, cut_run, f"before={first_kept}") == [mark]
    assert lines(boss, cut_run, f"before={len(forth) + 1}") == forth
    assert lines(boss, cut_run, "around=1000") == [mark]
    assert lines(boss, cut_run, "") == [mark, *back]
    assert boss.get(url(cut_run, "log/?q=0")).json()["found"] == [
        *range(1, len(forth) + 2), *range(first_kept, 2_001)
    ]  # fmt: skip
    assert len(all_of_it) < 60


def test_asking_for_what_is_new_costs_two_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = started_run()
    long_log(run)
    with django_assert_num_queries(4):  # session, user; the run, its log
        answer = boss.get(url(run, "log/?after=2500")).json()
    assert answer["lines"] == []
    assert (answer["last"], answer["state"], answer["is_over"]) == (2_500, "running", False)


def test_the_end_is_told_with_the_outcome(boss: Client) -> None:
    run = started_run(RunState.FAILED, finished_at=timezone.now())
    answer = boss.get(url(run, "log/?after=0")).json()
    assert answer["is_over"]
    assert answer["outcome"].startswith("failed after")


def test_a_text_is_searched_in_the_whole_log_whatever_its_case(boss: Client) -> None:
    run = started_run()
    make_log(run, "Grüße\nnothing\n", "noch mehr GRÜSSE\n" * 2, *["filler\n" * 500] * 4)
    assert boss.get(url(run, "log/?q=grüsse")).json() == {"found": [1, 3, 4], "more": False}
    many = boss.get(url(run, "log/?q=filler")).json()
    assert (len(many["found"]), many["more"]) == (1_000, True)


def test_a_search_without_javascript_opens_at_the_first_match_and_links_the_others(
    boss: Client,
) -> None:
    run = started_run()
    long_log(run)
    html = boss.get(url(run, "?q=line 12")).content.decode()
    assert 'id="L12"' in html
    assert "&amp;line=1200#L1200" in html


def test_the_first_error_is_found(boss: Client) -> None:
    run = started_run()
    make_log(run, f"{STAMP} INFO fine\n" * 3, f"{STAMP} ERROR broken\n", f"{STAMP} ERROR again\n")
    assert boss.get(url(run, "log/?level=error")).json()["found"] == [4, 5]
    assert boss.get(url(run, "log/first-error/")).headers["Location"] == url(
        run, "?attempt=1&line=4#L4"
    )


def test_a_very_long_line_is_cut_on_the_page_and_whole_in_the_file(boss: Client) -> None:
    run = started_run()
    make_log(run, f"{'x' * 5_000}\n")
    assert lines(boss, run, "after=0")[0].endswith("… 3,000 more characters, in log.txt")
    file = boss.get(url(run, "log.txt?attempt=1"))
    assert b"".join(file.streaming_content) == b"x" * 5_000 + b"\n"  # type: ignore[attr-defined]
    assert file.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_the_file_has_all_attempts_unless_one_is_asked_for(boss: Client) -> None:
    run = started_run(attempt=2)
    make_log(run, "one\n", attempt=1)
    make_log(run, "two\n", attempt=2)
    file = boss.get(url(run, "log.txt"))
    text = b"".join(file.streaming_content)  # type: ignore[attr-defined]
    assert text == b"--- attempt 1 ---\none\n--- attempt 2 ---\ntwo\n"


def test_markup_in_a_log_is_text(boss: Client) -> None:
    run = started_run()
    make_log(run, "<img src=x onerror=alert(1)>\n")
    assert "<img" not in boss.get(url(run)).content.decode()


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "around=999999999999", "q=%00", "attempt=0&before=1"]
)
def test_nonsense_is_answered_and_never_an_error(boss: Client, query: str) -> None:
    run = started_run()
    make_log(run, "line\n")
    assert boss.get(url(run, f"log/?{query}")).status_code == 200
