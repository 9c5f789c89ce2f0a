"""``pool`` on another machine."""

from __future__ import annotations

from urllib.parse import quote

from jobs.management.cli.pool_verbs import deleted, values_from
from jobs.management.remote.client import Remote, Row
from jobs.management.remote.jobs import Options, row_of


def list_(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get("pools/")["results"]
    return found


def get(remote: Remote, options: Options) -> Row:
    return row_of(remote.get(_path(options)))


def create(remote: Remote, options: Options) -> Row:
    return row_of(remote.post("pools/", values_from(options) | {"name": options["pool"]}))


def update(remote: Remote, options: Options) -> Row:
    return row_of(remote.send("PATCH", _path(options), json=values_from(options)))


def delete(remote: Remote, options: Options) -> Row:
    remote.send("DELETE", _path(options))
    return deleted(options["pool"])


def _path(options: Options) -> str:
    return f"pools/{quote(options['pool'], safe='')}/"
