"""``run``, ``dead_letters``, ``queue``, ``worker``, ``alerts`` and ``preview_schedule`` on another machine."""

from __future__ import annotations

from urllib.parse import quote

from jobs.errors import DomainError
from jobs.management.cli import alert_verbs, dead_letter_verbs, preview_verb
from jobs.management.cli.reading import read_limit, read_moment, read_params
from jobs.management.remote.client import Remote, Row
from jobs.management.remote.jobs import Options, noted, pausing, row_of
from jobs.moments import iso


def get_run(remote: Remote, options: Options) -> Row:
    return noted(remote.get(f"runs/{options['run']}/"))


def logs(remote: Remote, options: Options) -> list[Row]:
    pieces, cursor = [], ""
    while True:
        page = remote.get(f"runs/{options['run']}/logs/", attempt=options["attempt"], limit=500, cursor=cursor)
        pieces += [{"attempt": piece["attempt"], "text": piece["text"]} for piece in page["results"]]
        cursor = page["cursor"] or ""
        if not page["next"]:
            return pieces


def why_run(remote: Remote, options: Options) -> Row:
    return row_of(remote.get(f"runs/{options['run']}/why/"))


def cancel(remote: Remote, options: Options) -> Row:
    if options["job"] or not options["run"]:
        raise DomainError("the id of one run is needed on another machine", field="run")
    return noted(remote.post(f"runs/{options['run']}/cancel/"))


def rerun(remote: Remote, options: Options) -> Row:
    params = read_params(options["params"])
    return noted(remote.post(f"runs/{options['run']}/rerun/", {} if params is None else {"params": params}))


def reveal_run(remote: Remote, options: Options) -> Row:
    wanted = _given({"attempt": options["attempt"], "reason": options["reason"]})
    return noted(remote.post(f"runs/{options['run']}/reveal/", wanted))


def delete_run(remote: Remote, options: Options) -> Row:
    path = f"runs/{options['run']}/"
    row = remote.get(path, fields="id,job_name")
    remote.send("DELETE", path, params={"reason": options["reason"]})
    return {**row, "result": "deleted"}


def dead_letters(remote: Remote, options: Options) -> list[Row]:
    found = remote.rows(
        "dead-letters/", limit=read_limit(options["page_size"]), after=options["last_id"], **_wanted(remote, options)
    )
    return [noted(row) for row in found]


def groups(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get("dead-letters/groups/", **_wanted(remote, options))["results"]
    return found


def requeue(remote: Remote, options: Options) -> Row:
    how = {"params": read_params(options["params"]), "rate": options["rate"]}
    return row_of(remote.post("dead-letters/requeue/", _chosen(remote, options) | _given(how)))


def discard(remote: Remote, options: Options) -> Row:
    return row_of(remote.post("dead-letters/discard/", _chosen(remote, options) | {"reason": options["reason"]}))


def undo_discard(remote: Remote, options: Options) -> Row:
    ids = [str(run_id) for run_id in dead_letter_verbs.ids_of(options)]
    return row_of(remote.post("dead-letters/undo-discard/", {"ids": ids}))


def queues(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get("queues/")["results"]
    return found


def pause_queue(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"queues/{options['queue']}/pause/", pausing(options)))


def resume_queue(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"queues/{options['queue']}/resume/"))


def workers(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get("workers/")["results"]
    return found


def shut_down_worker(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"workers/{quote(options['worker'], safe='')}/shutdown/"))


def alerts(remote: Remote, options: Options) -> list[Row]:
    wanted = {"limit": read_limit(options["page_size"]), "acknowledged": str(options["all"]).lower()}
    found: list[Row] = remote.get("alerts/", **wanted)["results"]
    return found


def acknowledge(remote: Remote, options: Options) -> Row:
    until = read_moment(options["until"], "until")
    told = {"reason": options["reason"]} | ({"until": iso(until)} if until else {})
    return row_of(remote.post(f"alerts/{alert_verbs.read_number(options['alert'])}/acknowledge/", told))


def undo_acknowledge(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"alerts/{alert_verbs.read_number(options['alert'])}/undo-acknowledge/"))


def preview(remote: Remote, options: Options) -> Row:
    after = preview_verb.after_of(options)
    wanted = {"schedule": options["expr"], "timezone": options["timezone"], "count": preview_verb.count_of(options)}
    return row_of(remote.get("schedules/preview/", after=iso(after), **wanted))


def _wanted(remote: Remote, options: Options) -> Row:
    job = {"job": remote.job_id(options["job"])} if options["job"] else {}
    return job | _given({"fingerprint": options["fingerprint"]})


def _chosen(remote: Remote, options: Options) -> Row:
    words = _given({"ids": options["ids"]}) | {"all": options["all"], "dry_run": options["dry_run"]}
    return _wanted(remote, options) | words


def _given(values: Row) -> Row:
    return {name: value for name, value in values.items() if value is not None}
