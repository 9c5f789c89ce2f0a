"""``bulk`` on another machine."""

from __future__ import annotations

from jobs.management.cli.bulk_verbs import arguments_of, wanted_of
from jobs.management.cli.reading import read_limit
from jobs.management.remote.client import Remote, Row
from jobs.management.remote.jobs import Options, row_of


def begin(remote: Remote, options: Options) -> Row:
    order = {"verb": options["order"], "filter": wanted_of(options), "arguments": arguments_of(options)}
    return row_of(remote.post("bulk/", order | {"dry_run": options["dry_run"]}))


def list_(remote: Remote, options: Options) -> list[Row]:
    return remote.rows("bulk/", limit=read_limit(options["page_size"]), after=options["last_id"])


def get(remote: Remote, options: Options) -> Row:
    return row_of(remote.get(f"bulk/{options['bulk']}/"))


def cancel(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"bulk/{options['bulk']}/cancel/"))
