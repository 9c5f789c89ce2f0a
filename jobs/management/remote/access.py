"""``token`` and ``audit`` on another machine."""

from __future__ import annotations

from jobs.errors import DomainError, NotFound
from jobs.management.cli.audit_verbs import check_verb
from jobs.management.remote.client import Remote, Row
from jobs.management.remote.jobs import Options, row_of
from jobs.queries.paging import PAGE


def create_token(remote: Remote, options: Options) -> Row:
    wanted = {"user": options["user"], "name": options["name"], "expires_days": options["expires_days"]}
    tags = [tag.strip() for tag in options["tags"].split(",") if tag.strip()]
    return row_of(remote.post("tokens/", wanted | {"scopes": [*options["role"], *options["scope"]], "tags": tags}))


def tokens(remote: Remote, options: Options) -> list[Row]:
    found: list[Row] = remote.get("tokens/", user=options["user"])["results"]
    return found


def revoke_token(remote: Remote, options: Options) -> Row:
    return row_of(remote.post(f"tokens/{_token(remote, options['token'])['id']}/revoke/"))


def entries(remote: Remote, options: Options) -> list[Row]:
    check_verb(options["done"])
    job = remote.job_id(options["job"]) if options["job"] else ""
    wanted = {"who": options["who"], "verb": options["done"], "job": job}
    return remote.rows("audit/", limit=PAGE, after=options["last_id"], **wanted)


def _token(remote: Remote, text: str) -> Row:
    """The token with this prefix, else the one in use with this name."""
    named = remote.get("tokens/", name=text)["results"]
    found = remote.get("tokens/", prefix=text)["results"] or [row for row in named if row["revoked_at"] is None]
    if not found:
        raise NotFound(f"no token in use is called {text!r}", field="token")
    if len(found) > 1:
        raise DomainError(f"several users have a token called {text!r}", field="token", hint="give its prefix")
    return row_of(found[0])
