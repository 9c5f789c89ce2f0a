"""``job`` on another machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jobs.compat import dts_go
from jobs.errors import DomainError, known_word
from jobs.management.cli.job_flags import values_from
from jobs.management.cli.reading import read_limit, read_moment, read_params
from jobs.management.remote.client import Remote, Row
from jobs.models import JobStatus
from jobs.moments import iso

Options = dict[str, Any]


def create(remote: Remote, options: Options) -> Row:
    values = _values(options)
    if "task" in (values.get("metadata") or {}):
        values = dts_go.with_task(values)
    if "task" not in values:
        raise DomainError("is needed on another machine, as --task or in --metadata", field="task")
    values |= {"name": options["set_name"] or options["job"] or "", "enabled": not options["paused"]}
    return row_of(remote.post("jobs/", values))


def get(remote: Remote, options: Options) -> Row:
    return row_of(remote.get(_path(remote, options)))


def list_(remote: Remote, options: Options) -> list[Row]:
    status = known_word(options["status"].lower(), JobStatus.values, field="status")
    wanted = {"search": options["search"], "queue": options["queue"], "status": status}
    return remote.rows("jobs/", limit=read_limit(options["page_size"]), after=options["last_id"], **wanted)


def update(remote: Remote, options: Options) -> Row:
    path, status = _path(remote, options), dts_go.read_verb(options["status"])
    values = _values(options)
    if "task" in (values.get("metadata") or {}):
        values = dts_go.with_task(values)
    if options["set_name"] is not None:
        values["name"] = options["set_name"]
    row = remote.send("PATCH", path, json=values)
    if status:
        remote.send("PUT", f"/v1/jobs/{row['id']}", json={"status": status})
    return row_of(remote.get(path))


def delete(remote: Remote, options: Options) -> Row:
    path = _path(remote, options)
    row = remote.get(path, fields="id,name")
    remote.send("DELETE", path)
    return {**row, "result": "deleted, or archived if it has run"}


def run(remote: Remote, options: Options) -> Row:
    headers = {"Idempotency-Key": options["key"]} if options["key"] else {}
    params = read_params(options["params"] or None)
    body = ({} if params is None else {"params": params}) | ({"waits": True} if options["waits"] else {})
    return noted(remote.post(f"{_path(remote, options)}run/", body, **headers))


def pause(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"{_path(remote, options)}pause/", pausing(options)))


def resume(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"{_path(remote, options)}resume/"))


def unarchive(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"{_path(remote, options)}unarchive/"))


def runs(remote: Remote, options: Options) -> list[Row]:
    path, limit = f"{_path(remote, options)}runs/", read_limit(options["page_size"])
    return [noted(row) for row in remote.rows(path, limit=limit, after=options["last_id"], state=options["status"])]


def why(remote: Remote, options: Options) -> Row:
    return row_of(remote.get(f"{_path(remote, options)}why/"))


def backfill(remote: Remote, options: Options) -> Row:
    path = f"{_path(remote, options)}backfill/"
    wanted = {"from": _stamp(options["start"], "from"), "to": _stamp(options["end"], "to")}
    if options["dry_run"]:
        return row_of(remote.get(path, **wanted))
    pace = {flag: options[flag] for flag in ("concurrency", "newest_first", "stop_on_failure")}
    return row_of(remote.post(path, wanted | pace))


def backfills(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get(f"{_path(remote, options)}backfills/")["results"]
    return found[: read_limit(options["page_size"])]


def backfill_cancel(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"backfills/{options['backfill']}/cancel/"))


def versions(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get(f"{_path(remote, options)}versions/")["results"]
    return found


def restore(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"{_path(remote, options)}versions/{options['number']}/restore/"))


def reveal(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"{_path(remote, options)}reveal/", {"reason": options["reason"]}))


def pausing(options: Options) -> Row:
    """The body of a pause, of a job's or of a queue's."""
    until = read_moment(options["until"], "paused_until")
    return {"reason": options["reason"]} | ({"until": iso(until)} if until else {})


def noted(answer: Any) -> Row:
    """A run as the command shows it: with a note only where there is one."""
    return {name: value for name, value in answer.items() if name != "note" or value}


def _path(remote: Remote, options: Options) -> str:
    return f"jobs/{remote.job_id(options['job_id'] or options['job'])}/"


def _values(options: Options) -> Row:
    values = values_from(options)
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _stamp(text: str | None, field: str) -> str:
    moment = iso(read_moment(text, field))
    if moment is None:
        raise DomainError("an ISO 8601 date-time is needed", field=field)
    return moment


def row_of(answer: Any) -> Row:
    """One thing, as the API tells it."""
    row: Row = answer
    return row
