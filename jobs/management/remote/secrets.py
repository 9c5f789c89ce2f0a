"""``secret`` on another machine."""

from __future__ import annotations

from urllib.parse import quote

from jobs.management.cli.secret_verbs import deleted, made_key, value_from, values_from
from jobs.management.remote.client import Remote, Row
from jobs.management.remote.jobs import Options, row_of


def list_(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get("secrets/")["results"]
    return found


def get(remote: Remote, options: Options) -> Row:
    return row_of(remote.get(_path(options)))


def set_(remote: Remote, options: Options) -> Row:
    """As here: made where there is none of this name."""
    values = values_from(options) | {"value": value_from(options)}
    if options["secret"] in {row["name"] for row in list_(remote, options)}:
        return row_of(remote.send("PATCH", _path(options), json=values))
    return row_of(remote.post("secrets/", values | {"name": options["secret"]}))


def update(remote: Remote, options: Options) -> Row:
    return row_of(remote.send("PATCH", _path(options), json=values_from(options)))


def delete(remote: Remote, options: Options) -> Row:
    remote.send("DELETE", _path(options))
    return deleted(options["secret"])


def rotate(remote: Remote, options: Options) -> dict[str, list[str]]:
    done: dict[str, list[str]] = remote.post("secret-keys/rotate/", {})
    return done


def new_key(remote: Remote, options: Options) -> Row:
    """Made here: a key is nothing to be sent about."""
    return dict(made_key())


def _path(options: Options) -> str:
    return f"secrets/{quote(options['secret'], safe='')}/"
