"""DTS-Go's words in the verbs of a job: its messages at ``/v1/jobs`` beside the API's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.output import Row
from jobs.management.client import Client, Refusal

# Our fields that a CreateJobRequest has as well, and what it calls them.
THEIRS = {
    "name": "name",
    "description": "description",
    "schedule": "cron_expression",
    "metadata": "metadata",
    "priority": "priority",
    "max_retries": "max_retries",
    "timeout_seconds": "timeout",
}
OURS = {theirs: ours for ours, theirs in THEIRS.items()}
VERBS = ("pending", "scheduled", "running", "retrying", "paused", "cancelled")
OUTCOMES = ("completed", "failed")
MOST, AT_ONCE = 500, 50  # jobs of a status; ids in one address


def create(api: Client, values: Row, *, is_paused: bool) -> Any:
    """A job of the task that its metadata name, else of the default one; a name that is taken gets
    a number.
    """
    if others := values.keys() - THEIRS.keys():
        raise DomainError("goes with --task", field=min(others))
    message = {THEIRS[field]: value for field, value in values.items()}
    made = api.post("/v1/jobs", message | ({"status": "PAUSED"} if is_paused else {}))
    return api.get(f"jobs/{made['job_id']}/")


def read_verb(text: str) -> str:
    """A status that can be set; empty for none."""
    word = text.lower().removeprefix("job_status_").replace("unspecified", "")
    if word in OUTCOMES:
        raise DomainError(
            f"{word.upper()} is what becomes of a job, and cannot be set", field="status"
        )
    if word and word not in VERBS:
        raise DomainError(f"must be one of {', '.join(VERBS)}", field="status")
    return word


def with_task(api: Client, values: Row, path: str) -> Row:
    """The values, with the task and params that their metadata stand for where they say neither
    themselves.

    Metadata that name no task are the job's own affair, unless it was made of its metadata.
    """
    metadata = values.get("metadata")
    if not isinstance(metadata, dict):
        return values
    if metadata.get("task"):
        return {"task": metadata["task"], "params": _params(metadata.get("params")), **values}
    made_of_it = "task" not in api.get(f"/v1/{path.rstrip('/')}")["metadata"]
    return {"params": metadata, **values} if made_of_it else values


def of_status(api: Client, status: str, *, after: str | None, limit: int) -> list[Row]:
    """The jobs of this status of DTS-Go's, by id, the oldest first."""
    if limit > MOST:
        raise DomainError(f"must be a number from 1 to {MOST} with this status", field="page-size")
    try:
        found = api.get("/v1/jobs", status=status, page_size=limit, last_id=after)["jobs"]
    except Refusal as refusal:
        raise DomainError(
            "must be one of active, paused, broken, archived; or of DTS-Go's, "
            f"{refusal.problems[0]}",
            field="status",
        ) from None
    ids = [job["id"] for job in found]
    rows = {
        row["id"]: row
        for some in _batched(ids)
        for row in api.rows("jobs/", limit=AT_ONCE, ids=",".join(some))
    }
    return [rows[job_id] for job_id in ids if job_id in rows]


def _batched(ids: list[str]) -> Iterator[list[str]]:
    """As many as fit into an address."""
    yield from (ids[begin : begin + AT_ONCE] for begin in range(0, len(ids), AT_ONCE))


def _params(value: Any) -> Any:
    if not isinstance(value, str):
        return value or {}
    try:
        return json.loads(value or "{}")
    except (ValueError, RecursionError):
        raise DomainError("is not JSON", field="metadata.params") from None
