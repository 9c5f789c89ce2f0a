"""The list of runs: narrowing, columns and views of one's own, the export, many runs at once."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from jobs.access.roles import Role
from jobs.admin.run.list import exporting
from jobs.maintenance.bulk import BulkOperations
from jobs.models import BulkOperation, ListColumns, Run, RunState, SavedView, Trigger
from jobs.queries.runs import listing
from tests.support.builders import make_job, make_log, make_run
from tests.support.people import browser_of, make_user

LIST = "/admin/beatwright/run/"
OLD = timezone.now() - timedelta(days=3)


def ids(client: Client, **words: Any) -> list[str]:
    answer = client.get(f"{LIST}?{urlencode(words, doseq=True)}")
    assert answer.status_code == 200, answer.content
    return [row.id for row in answer.context["rows"]]


def made_earlier(days: int, **fields: Any) -> Run:
    """A run whose id, too, was made days ago."""
    made = timezone.now() - timedelta(days=days)
    run = make_run(**fields)
    pk = run.pk.__class__(int=(int(made.timestamp() * 1000) << 80) | (run.pk.int & (2**80 - 1)))
    Run.objects.filter(pk=run.pk).update(id=pk)
    return Run.objects.get(pk=pk)


def test_the_last_day_is_shown_and_the_older_runs_are_a_link_away(boss: Client) -> None:
    old = made_earlier(3, state=RunState.FAILED, finished_at=OLD, error="Oops: x")
    fresh = make_run(state=RunState.FAILED, finished_at=timezone.now(), error="Oops: y")
    answer = boss.get(f"{LIST}?state=failed")
    assert [row.id for row in answer.context["rows"]] == [str(fresh.pk)]
    older = boss.get(LIST + answer.context["older_url"])
    assert [row.id for row in older.context["rows"]] == [str(old.pk)]
    assert ids(boss, state="failed", window="7d") == [str(fresh.pk), str(old.pk)]
    assert ids(boss, job=str(old.job_id)) == [str(old.pk)]
    assert ids(boss, q=f"job:{old.job.name}") == [str(old.pk)]


def test_an_empty_list_is_the_same_a_second_later(boss: Client) -> None:
    minute = timezone.now().replace(second=0, microsecond=0)
    pages = []
    for second in (20, 21.5):
        with time_machine.travel(minute + timedelta(seconds=second), tick=False):
            pages.append(boss.get(f"{LIST}_f/rows/").content.decode())
    assert "Search older runs" in pages[0]
    assert pages[0] == pages[1]


def test_a_run_that_is_not_over_is_shown_however_long_ago_it_was_made(boss: Client) -> None:
    run = made_earlier(9, state=RunState.RUNNING, started_at=OLD)
    assert ids(boss, state="running") == [str(run.pk)]
    assert ids(boss, q="state:running") == []
    assert ids(boss, q="state:running window:all") == [str(run.pk)]


def test_the_words_of_the_search_and_the_boxes_are_the_same_filter(boss: Client) -> None:
    now = timezone.now()
    run = make_run(
        make_job(queue="night"), state=RunState.FAILED, trigger=Trigger.API, worker="w1@here",
        error="ReadTimeout: db2", started_at=now - timedelta(minutes=9), finished_at=now,
        params={"customer": {"id": 7}},
    )  # fmt: skip
    make_run()
    one = [str(run.pk)]
    assert ids(boss, q="error:ReadTimeout worker:w1@here duration:>5m params.customer.id:7") == one
    assert ids(boss, error="ReadTimeout", worker="w1@here", duration=">5m") == one
    assert ids(boss, param="customer.id:7", trigger="api", queue="night") == one
    context = boss.get(f"{LIST}?q=error:ReadTimeout+db2+duration:>5m").context
    assert context["search"] == "db2"
    chips = {chip.label: chip.url for chip in context["chips"]}
    assert set(chips) == {"error: ReadTimeout", "duration: >5m"}
    assert ids_at(boss, chips["error: ReadTimeout"]) == one
    assert "duration" not in boss.get(LIST + chips["duration: >5m"]).context["search"]


def ids_at(client: Client, address: str) -> list[str]:
    return [row.id for row in client.get(LIST + address).context["rows"]]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"q": "stat:failed"}, "did you mean state?"),
        ({"q": "state:faild"}, "did you mean failed?"),
        ({"duration": "long"}, "write a duration such as 90s"),
        ({"q": "params.password:x"}, "is secret and cannot be searched"),
        ({"param": "k:v", "window": "all"}, "give since or job"),
        ({"q": "job:ghost"}, "ghost"),
    ],
)
def test_what_the_list_cannot_be_narrowed_to_is_said(
    boss: Client, words: dict[str, str], says: str
) -> None:
    for page in (LIST, f"{LIST}_f/rows/", f"{LIST}runs.csv"):
        answer = boss.get(page, words)
        assert (answer.status_code, says in answer.content.decode()) == (400, True), page


def test_columns_are_kept_for_the_person_who_chose_them(boss: Client, viewer: Client) -> None:
    make_run(params={"k": "v", "password": "hush"})
    usual = [column.name for column in boss.get(LIST).context["columns"]]
    boss.post("/admin/views/runs/columns/", {"column": ["job", "params", "nonsense"]})
    answer = boss.get(LIST)
    assert [column.name for column in answer.context["columns"]] == ["job", "params"]
    assert "k&quot;: &quot;v" in answer.content.decode()
    assert "hush" not in answer.content.decode()
    assert [column.name for column in viewer.get(LIST).context["columns"]] == usual
    boss.post("/admin/views/runs/columns/", {"default": "1", "column": ["job"]})
    assert [column.name for column in boss.get(LIST).context["columns"]] == usual
    assert not ListColumns.objects.exists()


def test_a_view_is_ones_own_until_it_is_shared(boss: Client, viewer: Client) -> None:
    saved = {"name": "night", "query": "?queue=night&after=x", "column": ["job", "worker"]}
    boss.post("/admin/views/runs/save/", saved)
    [link] = boss.get(f"{LIST}?queue=night").context["saved"]
    assert (link.label, link.is_here, link.title) == ("night", True, "only yours")
    columns = boss.get(LIST + link.url).context["columns"]
    assert [column.name for column in columns] == ["job", "worker"]
    assert viewer.get(LIST).context["saved"] == []
    boss.post("/admin/views/runs/save/", saved | {"shared": "1"})
    [seen] = viewer.get(LIST).context["saved"]
    assert (seen.title, seen.pk) == ("shared by boss", "")
    view = SavedView.objects.get()
    assert viewer.post(f"/admin/views/{view.pk}/delete/").status_code == 403
    assert viewer.post("/admin/views/runs/save/", saved | {"shared": "1"}).status_code == 403
    assert boss.get("/admin/beatwright/job/").context["saved"] == []
    boss.post(f"/admin/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(("name", "query"), [("", ""), ("x" * 61, ""), ("n", "q=" + "x" * 2_001)])
def test_a_view_that_cannot_be_kept_is_not(boss: Client, name: str, query: str) -> None:
    answer = boss.post("/admin/views/runs/save/", {"name": name, "query": query}, follow=True)
    assert "Not saved: " in answer.content.decode()
    assert not SavedView.objects.exists()


def exported(client: Client, **words: Any) -> list[dict[str, str]]:
    answer = client.get(f"{LIST}runs.csv?{urlencode(words)}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_has_the_rows_and_columns_of_the_list(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "EXPORTED", 2)
    began = timezone.now()
    job = make_job(name="nightly")
    runs = [
        make_run(job, state=RunState.SUCCEEDED, started_at=began,
                 finished_at=began + timedelta(seconds=1.5), worker=f"w{number}")
        for number in range(5)
    ]  # fmt: skip
    make_run(queue="other")
    rows = exported(boss, queue="default", state="succeeded")
    assert [row["id"] for row in rows] == [str(run.pk) for run in reversed(runs)]
    assert list(rows[0])[:4] == ["id", "state", "job", "due"]
    assert [row["worker"] for row in rows] == ["w4", "w3", "w2", "w1", "w0"]
    assert {(row["job"], row["took"], row["state"]) for row in rows} == {
        ("nightly", "1.5", "succeeded")
    }
    monkeypatch.setattr(exporting, "MOST", 3)
    assert len(exported(boss, state="succeeded")) == 3


def test_the_export_hides_secrets_and_holds_no_formula(boss: Client) -> None:
    params = {"password": "c0rrect-horse", "note": "=1+1"}
    make_run(make_job(name="=cmd|' /C calc'!A0"), params=params,
             state=RunState.FAILED, finished_at=timezone.now(),
             error="@SUM(A1) with c0rrect-horse", worker="+w", queue="-q")  # fmt: skip
    [row] = exported(boss, columns="job,queue,worker,params,note")
    assert row["job"].startswith("'=cmd")
    assert (row["worker"], row["queue"]) == ("'+w", "'-q")
    assert row["note"].startswith("'@SUM")
    assert "c0rrect-horse" not in str(row)
    assert json.loads(row["params"])["note"] == "=1+1"


def test_a_run_is_peeked_at_in_a_fragment_and_on_a_page_of_its_own(boss: Client) -> None:
    run = make_run(make_job(name="nightly"), state=RunState.FAILED, attempt=1,
                   finished_at=timezone.now(), error="Oops: db2", params={"k": "v"})  # fmt: skip
    make_log(run, "first line\n", "last line\n")
    page = boss.get(f"{LIST}{run.pk}/peek/").content.decode()
    fragment = boss.get(f"{LIST}{run.pk}/peek/", headers={"X-Popup": "1"}).content.decode()
    assert "<html" in page
    assert "<html" not in fragment
    for html in (page, fragment):
        assert all(text in html for text in ("nightly", "Oops: db2", "last line", "&quot;v&quot;"))
    assert boss.get(f"{LIST}{make_job().pk}/peek/").status_code == 404


def pressed(client: Client, verb: str, runs: list[Run], **more: str) -> Any:
    return client.post(f"{LIST}bulk/", {"verb": verb, "run": [str(run.pk) for run in runs]} | more)


def work_off() -> BulkOperation:
    BulkOperations().run_once(now=timezone.now())
    return BulkOperation.objects.get()


def test_the_selected_runs_are_rerun_once_that_was_confirmed(boss: Client) -> None:
    over = [make_run(state=RunState.FAILED, finished_at=timezone.now()) for _ in range(2)]
    waits = make_run()
    question = pressed(boss, "rerun", [*over, waits]).content.decode()
    assert "Rerun 2 runs?" in question
    assert "1 of those selected are left out: not finished." in question
    assert not BulkOperation.objects.exists()
    begun = pressed(boss, "rerun", [*over, waits], sure="1")
    assert begun.url == f"/admin/beatwright/bulk/{BulkOperation.objects.get().pk}/"
    done = work_off()
    assert (done.state, done.done, done.failed) == ("done", 2, 0)
    assert {run.parent_id for run in Run.objects.filter(trigger="rerun")} == {r.pk for r in over}


def test_the_selected_runs_are_cancelled_and_those_that_are_over_left(boss: Client) -> None:
    waits, over = make_run(), make_run(state=RunState.SUCCEEDED, finished_at=timezone.now())
    assert "Cancel 1 run?" in pressed(boss, "cancel", [waits, over]).content.decode()
    pressed(boss, "cancel", [waits, over], sure="1")
    assert work_off().done == 1
    assert [Run.objects.get(pk=run.pk).state for run in (waits, over)] == ["cancelled", "succeeded"]
    answer = boss.post(f"{LIST}bulk/", {"verb": "cancel", "run": str(over.pk)}, follow=True)
    assert "they are finished" in answer.content.decode()


def test_all_that_match_are_rerun_and_no_others(boss: Client) -> None:
    job = make_job(queue="night")
    wanted = [
        make_run(job, state=RunState.FAILED, finished_at=timezone.now(), error=f"Oops: {number}")
        for number in range(3)
    ]
    make_run(job, state=RunState.FAILED, finished_at=timezone.now(), error="Other: x")
    address = f"{LIST}bulk/?error=Oops&queue=night"
    question = boss.post(address, {"verb": "rerun", "all": "1"}).content.decode()
    assert "Rerun 3 runs?" in question
    assert "error: Oops" in question
    boss.post(address, {"verb": "rerun", "all": "1", "sure": "1"})
    assert work_off().done == 3
    reruns = Run.objects.filter(trigger="rerun")
    assert {run.parent_id for run in reruns} == {run.pk for run in wanted}


def test_a_viewer_sees_no_buttons_and_may_press_none(viewer: Client) -> None:
    run = make_run()
    html = viewer.get(LIST).content.decode()
    assert "With selected runs" not in html
    assert 'name="run"' not in html
    assert pressed(viewer, "cancel", [run], sure="1").status_code == 403


def test_nothing_selected_is_nothing_done(boss: Client) -> None:
    answer = boss.post(f"{LIST}bulk/", {"verb": "rerun"}, follow=True)
    assert "no run was selected" in answer.content.decode()
    assert boss.post(f"{LIST}bulk/", {"verb": "explode"}).status_code == 404


def test_who_is_limited_to_tags_finds_their_own_runs_alone(db: None) -> None:
    mine, other = make_run(make_job(tags=["fin"])), make_run(make_job(tags=["ops"]))
    client = browser_of(make_user(Role.OPERATOR, "ana", tags=["fin"]))
    for words in ({}, {"queue": "default"}, {"state": "queued"}, {"job": str(other.job_id)}):
        expected = [] if "job" in words else [str(mine.pk)]
        assert ids(client, **words) == expected
    assert [row["id"] for row in exported(client, state="queued")] == [str(mine.pk)]
    assert client.get(f"{LIST}{other.pk}/peek/").status_code == 404
