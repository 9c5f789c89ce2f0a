"""Which request each verb is, and how its answer is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli import (
    alert_verbs,
    audit_verbs,
    backfill_verbs,
    bulk_verbs,
    dead_letter_verbs,
    job_verbs,
    listings,
    pool_verbs,
    preview_verb,
    queue_verbs,
    reveal_verbs,
    run_verbs,
    secret_verbs,
    token_verbs,
    version_verbs,
    why_verbs,
    worker_verbs,
)
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.progress import Progress
from jobs.management.cli.verbs import Verb
from jobs.management.remote import access, bulk, jobs, pools, secrets, site
from jobs.management.remote.client import Remote, Row


@dataclass(frozen=True)
class Asked:
    """``columns`` are those of a table; without them, the answer is one sheet, unless ``shown`` makes a text of it."""

    ask: Callable[[Remote, dict[str, Any]], Any]
    columns: Sequence[str] = ()
    shown: Callable[[Any], str] | None = None

    def text(self, answer: Any) -> str:
        if self.shown:
            return self.shown(answer)
        return as_table(answer, self.columns) if self.columns else as_sheet(answer)


def run_remotely(verb: Verb, remote: Remote, options: dict[str, Any]) -> str:
    """What the verb prints, asked of another machine; raises DomainError for a verb that works here alone."""
    asked = ASKED.get(type(verb))
    if asked is None:
        raise DomainError("works on this machine's database alone", field=verb.name, hint="unset SCHEDULER_URL")
    with Progress("waiting for the answer"):
        answer = asked.ask(remote, options)
    return as_json(answer) if options["json"] else asked.text(answer)


def _versions(rows: list[Row]) -> str:
    return as_table([row | row["fields"] for row in rows], version_verbs.COLUMNS)


def _run(row: Row) -> str:
    attempts = row.get("attempts", [])
    rest = {name: value for name, value in row.items() if name != "attempts"}
    return "\n\n".join([as_sheet(rest), *map(as_sheet, attempts)])


def _logs(pieces: list[Row]) -> str:
    return "".join(piece["text"] for piece in pieces)


def _secret(row: Row) -> str:
    return str(row["secret"])


def _key(row: Row) -> str:
    return str(row["key"])


def _entries(rows: list[Row]) -> str:
    return as_table(map(audit_verbs.shown, rows), audit_verbs.COLUMNS)


ASKED: dict[type[Verb], Asked] = {
    job_verbs.Create: Asked(jobs.create),
    job_verbs.Get: Asked(jobs.get),
    listings.List: Asked(jobs.list_, listings.JOB_COLUMNS),
    job_verbs.Update: Asked(jobs.update),
    job_verbs.Delete: Asked(jobs.delete),
    job_verbs.RunNowVerb: Asked(jobs.run),
    job_verbs.Pause: Asked(jobs.pause),
    job_verbs.Resume: Asked(jobs.resume),
    job_verbs.Unarchive: Asked(jobs.unarchive),
    listings.Runs: Asked(jobs.runs, listings.RUN_COLUMNS),
    why_verbs.WhyJob: Asked(jobs.why, shown=why_verbs.sentences),
    backfill_verbs.BackfillVerb: Asked(jobs.backfill),
    backfill_verbs.Backfills: Asked(jobs.backfills, backfill_verbs.COLUMNS),
    backfill_verbs.BackfillCancel: Asked(jobs.backfill_cancel),
    version_verbs.Versions: Asked(jobs.versions, shown=_versions),
    version_verbs.Restore: Asked(jobs.restore),
    reveal_verbs.RevealJob: Asked(jobs.reveal),
    listings.GetRun: Asked(site.get_run, shown=_run),
    listings.Logs: Asked(site.logs, shown=_logs),
    why_verbs.WhyRun: Asked(site.why_run, shown=why_verbs.sentences),
    run_verbs.Cancel: Asked(site.cancel),
    run_verbs.Rerun: Asked(site.rerun),
    reveal_verbs.RevealRun: Asked(site.reveal_run, shown=reveal_verbs.sheets),
    run_verbs.Delete: Asked(site.delete_run),
    dead_letter_verbs.List: Asked(site.dead_letters, dead_letter_verbs.COLUMNS),
    dead_letter_verbs.Groups: Asked(site.groups, dead_letter_verbs.GROUP_COLUMNS),
    dead_letter_verbs.Requeue: Asked(site.requeue),
    dead_letter_verbs.Discard: Asked(site.discard),
    dead_letter_verbs.UndoDiscard: Asked(site.undo_discard),
    bulk_verbs.Begin: Asked(bulk.begin),
    bulk_verbs.List: Asked(bulk.list_, bulk_verbs.COLUMNS),
    bulk_verbs.Get: Asked(bulk.get),
    bulk_verbs.Cancel: Asked(bulk.cancel),
    queue_verbs.List: Asked(site.queues, queue_verbs.COLUMNS),
    queue_verbs.Pause: Asked(site.pause_queue),
    queue_verbs.Resume: Asked(site.resume_queue),
    pool_verbs.List: Asked(pools.list_, shown=pool_verbs.table),
    pool_verbs.Get: Asked(pools.get, shown=pool_verbs.sheet),
    pool_verbs.Create: Asked(pools.create, shown=pool_verbs.sheet),
    pool_verbs.Update: Asked(pools.update, shown=pool_verbs.sheet),
    pool_verbs.Delete: Asked(pools.delete),
    secret_verbs.List: Asked(secrets.list_, secret_verbs.COLUMNS),
    secret_verbs.Get: Asked(secrets.get),
    secret_verbs.Set: Asked(secrets.set_),
    secret_verbs.Update: Asked(secrets.update),
    secret_verbs.Delete: Asked(secrets.delete),
    secret_verbs.Rotate: Asked(secrets.rotate, shown=secret_verbs.rotated),
    secret_verbs.NewKey: Asked(secrets.new_key, shown=_key),
    worker_verbs.List: Asked(site.workers, worker_verbs.COLUMNS),
    worker_verbs.ShutDown: Asked(site.shut_down_worker),
    alert_verbs.List: Asked(site.alerts, alert_verbs.COLUMNS),
    alert_verbs.Acknowledge: Asked(site.acknowledge),
    alert_verbs.UndoAcknowledge: Asked(site.undo_acknowledge),
    preview_verb.Preview: Asked(site.preview, shown=preview_verb.shown),
    token_verbs.Create: Asked(access.create_token, shown=_secret),
    token_verbs.List: Asked(access.tokens, token_verbs.COLUMNS),
    token_verbs.Revoke: Asked(access.revoke_token),
    audit_verbs.List: Asked(access.entries, shown=_entries),
}
