"""``bulk`` on another machine."""

from __future__ import annotations

from jobs.management.cli.bulk_verbs import arguments_of, wanted_of
from jobs.management.cli.reading import read_limit
from jobs.management.remote.client import Remote, Row
from jobs.management.remote.jobs import Options, row_of


def begin(remote: Remote, options: Options) -> Row:
    order = {"verb": options["order"], "filter": _sent(wanted_of(options)), "arguments": arguments_of(options)}
    return _told(remote.post("bulk/", order | {"dry_run": options["dry_run"]}))


def list_(remote: Remote, options: Options) -> list[Row]:
    found = remote.rows("bulk/", limit=read_limit(options["page_size"]), after=options["last_id"])
    return [_told(row) for row in found]


def get(remote: Remote, options: Options) -> Row:
    return _told(remote.get(f"bulk/{options['bulk']}/"))


def cancel(remote: Remote, options: Options) -> Row:
    return _told(remote.post(f"bulk/{options['bulk']}/cancel/"))


def _sent(wanted: dict[str, str]) -> Row:
    """The filter by the names that the API has for it."""
    return {"status" if name == "state" else name: value for name, value in wanted.items()}


def _told(row: Row) -> Row:
    """The row with its filter by the names that the command has for it."""
    if "filter" not in row:
        return row_of(row)
    wanted = {"state" if name == "status" else name: value for name, value in row["filter"].items()}
    return row_of(row | {"filter": wanted})
