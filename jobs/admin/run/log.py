"""The log of a run: its part of the page, the answers to the page's script, and the whole as a text
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import reverse

from jobs.admin.look import paging
from jobs.admin.look.badges import run_badge
from jobs.admin.look.times import between
from jobs.models import Run, RunState
from jobs.queries.runs.log import AttemptLog, LogMatches, LogWindow, containing, is_error, log_of

LINKED = 30


def shown_attempt(request: HttpRequest, run: Run) -> int:
    """The attempt in the address, if it can be one; else the run's present one."""
    return min(_number(request, "attempt") or run.attempt, run.attempt)


def log_context(request: HttpRequest, run: Run) -> dict[str, Any]:
    """The log as the page first shows it: its end, or the lines about ``?line=``, or about the
    first with ``?q=``.
    """
    log = log_of(run, shown_attempt(request, run))
    text = paging.parameter(request, "q")
    found = log.find(containing(text)) if text else None
    line = _number(request, "line") or (found.lines[0] if found and found.lines else 0)
    return {
        "log": log.around(line) if line else log.tail(),
        "log_line": line,
        "log_url": reverse("beatwright:beatwright_run_log", args=[run.pk]),
        "log_q": text,
        "log_found": found,
        "log_links": found.lines[:LINKED] if found else [],
        "is_latest": log.attempt == run.attempt,
        "attempt": log.attempt,
        "attempt_before": log.attempt - 1 if log.attempt > 1 else None,
        "attempt_after": log.attempt + 1 if log.attempt < run.attempt else None,
        "outcome": outcome(run, log.attempt),
        "nothing": nothing(run, log.attempt),
    }


def nothing(run: Run, attempt: int) -> str:
    """What stands in the place of a log without a line."""
    if not run.attempt:
        return (
            "The run has not started yet."
            if not RunState(run.state).is_final
            else "The run never started."
        )
    if not RunState(run.state).is_final and attempt == run.attempt:
        return "No output yet."
    return (
        "No log: the task wrote nothing, or the log has expired."
        if run.finished_at
        else "The task wrote nothing."
    )


def outcome(run: Run, attempt: int) -> str:
    """The line below the log of a run that is over."""
    if not RunState(run.state).is_final or attempt != run.attempt:
        return ""
    took = (
        f" after {between(run.started_at, run.finished_at)}"
        if run.started_at and run.finished_at
        else ""
    )
    return f"{run_badge(run).word}{took}"


def lines(request: HttpRequest, run: Run) -> JsonResponse:
    """Lines ``?after=``, ``?before=`` or ``?around=`` a number, else the last ones; or where
    ``?q=`` occurs.

    The run was read before its log is: where it ``is_over``, nothing comes after these lines.
    """
    log = log_of(run, shown_attempt(request, run))
    if text := paging.parameter(request, "q"):
        return _found(log.find(containing(text)))
    if request.GET.get("level") == "error":
        return _found(log.find(is_error))
    window = _window(request, log)
    return JsonResponse(
        {
            "lines": window.lines,
            "last": window.last,
            "attempt": log.attempt,
            "newest_attempt": run.attempt,
            "state": run.state,
            "is_over": RunState(run.state).is_final or log.attempt != run.attempt,
            "outcome": outcome(run, log.attempt),
            "nothing": nothing(run, log.attempt),
        }
    )


def first_error(request: HttpRequest, run: Run) -> HttpResponseRedirect:
    """To the page at the first line that tells of an error, where there is one."""
    attempt = shown_attempt(request, run)
    found = log_of(run, attempt).find(is_error).lines
    url = f"{reverse('beatwright:beatwright_run_change', args=[run.pk])}?attempt={attempt}"
    return HttpResponseRedirect(f"{url}&line={found[0]}#L{found[0]}" if found else url)


def text_file(request: HttpRequest, run: Run) -> StreamingHttpResponse:
    """The whole log of one attempt, or of all, sent piece by piece."""
    attempts = (
        [shown_attempt(request, run)] if "attempt" in request.GET else range(1, run.attempt + 1)
    )
    logs = [log_of(run, number) for number in attempts]
    response = StreamingHttpResponse(_texts(logs), content_type="text/plain; charset=utf-8")
    part = f"-attempt-{logs[0].attempt}" if "attempt" in request.GET else ""
    response.headers["Content-Disposition"] = (
        f'attachment; filename="run-{str(run.pk)[-8:]}{part}.log.txt"'
    )
    return response


def _texts(logs: list[AttemptLog]) -> Iterator[str]:
    for log in logs:
        if len(logs) > 1:
            yield f"--- attempt {log.attempt} ---\n"
        yield from log.texts()


def _window(request: HttpRequest, log: AttemptLog) -> LogWindow:
    for name, read in (("after", log.after), ("before", log.before), ("around", log.around)):
        if (number := _number(request, name)) is not None:
            return read(number)
    return log.tail()


def _found(found: LogMatches) -> JsonResponse:
    return JsonResponse({"found": found.lines, "more": found.more})


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None
