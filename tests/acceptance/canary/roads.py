"""The roads by which something may get out, each as pairs of where it was read and what was read there."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from celery import Celery
from celery.worker.control import Panel
from django.conf import settings
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

from tests.support.sessions import session_of
from tests.support.site import Site

Read = tuple[str, str]

HREF = re.compile(r'(?:href|data-(?:live-)?url|hx-get)="([^"#]+)')
ENDS_THE_SESSION = re.compile(r"/logout/")
MOST_PAGES = 250
PER_ADDRESS = 4  # pages that differ in their query or in an id alone
CHANGES_A_WORKER = {"shutdown", "terminate", "revoke", "revoke_by_stamped_headers", "pool_restart", "pool_shrink"}
ID = re.compile(r"[0-9a-f-]{32,36}|\d+")


def pages(client: httpx.Client, starts: Sequence[str]) -> Iterator[Read]:
    """Every page that can be reached by links from these, each address a few times; what is refused reads too."""
    waiting, seen, alike = list(starts), set(starts), dict[str, int]()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        answer = client.get(address)
        yield f"{address} {answer.status_code}", _all_of(answer)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        for found in HREF.findall(answer.text):
            target = urlsplit(urljoin(address, found.replace("&amp;", "&")))
            shape = ID.sub("…", target.path)
            whole = f"{target.path}?{target.query}" if target.query else target.path
            is_ours = target.netloc in {"", urlsplit(str(client.base_url)).netloc}
            if (
                is_ours
                and whole not in seen
                and not ENDS_THE_SESSION.search(whole)
                and alike.get(shape, 0) < PER_ADDRESS
            ):
                alike[shape] = alike.get(shape, 0) + 1
                seen.add(whole)
                waiting.append(whole)


def addresses(site: Site, words: Iterable[str]) -> Iterator[str]:
    """Every address that the web process knows, with the ids of all rows and these words in its places."""
    ids = [
        str(row["id"])
        for table in ("job", "run", "backfill", "apitoken")
        for row in site.query(f"SELECT id FROM jobs_{table}")
    ]
    for pattern in _patterns(get_resolver(), ""):
        places = list(_places(pattern[1], ids, list(words)))
        for values in itertools.product(*places):
            yield "/" + re.sub(r"<[^>]+>", "{}", pattern[0]).format(*values)


def _patterns(resolver: URLResolver, before: str) -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _patterns(each, route)
        elif "(" not in route and not ENDS_THE_SESSION.search(route):
            yield route, each


def _places(pattern: URLPattern, ids: list[str], words: list[str]) -> Iterator[list[str]]:
    for converter in pattern.pattern.converters.values():
        if isinstance(converter, UUIDConverter):
            yield ids
        elif isinstance(converter, IntConverter):
            yield ["1"]
        else:
            yield words


def answers(client: httpx.Client, found: Iterable[str]) -> Iterator[Read]:
    for address in found:
        answer = client.get(address)
        yield f"{address} {answer.status_code}", _all_of(answer)


def _all_of(answer: httpx.Response) -> str:
    return f"{answer.headers}\n{answer.text}"


def control(broker_url: str) -> Iterator[Read]:
    """What the workers reply to every command that Celery knows."""
    app = Celery("stranger", broker=broker_url)
    with app.connection_for_write() as connection:
        for command in sorted(set(Panel.data) - CHANGES_A_WORKER):
            arguments: dict[str, Any] = {"with_defaults": True} if "conf" in command else {}
            replies = app.control.broadcast(
                command, arguments=arguments, reply=True, timeout=10, limit=1, connection=connection
            )
            yield f"remote control {command}", repr(replies)


def broker_content(site: Site) -> Iterator[Read]:
    """All that Redis holds."""
    with site.redis.client() as client:
        for key in client.scan_iter():
            kind = client.type(key)
            read: Any = {"list": lambda k: client.lrange(k, 0, -1), "hash": client.hgetall, "set": client.smembers}
            value = (
                read[kind](key) if kind in read else client.zrange(key, 0, -1) if kind == "zset" else client.get(key)
            )
            yield f"redis {key}", repr(value)


def logs(site: Site) -> Iterator[Read]:
    for path in sorted(site.folder.rglob("*.log")):
        yield path.name, path.read_text(errors="replace")


def stored(site: Site) -> Iterator[Read]:
    """What is kept to be told, and never to be used again."""
    for table in ("jobs_auditentry", "jobs_alert", "jobs_bulkoperation", "jobs_worker"):
        for row in site.query(f"SELECT * FROM {table}"):
            yield table, repr(row)


def every_row(site: Site) -> Iterator[Read]:
    """All that the database holds."""
    for table in site.query("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in site.query(f'SELECT * FROM "{table["name"]}"'):
            yield table["name"], repr(row)


def session(site: Site, name: str) -> httpx.Client:
    """A browser in which this person is signed in."""
    with override_settings(SECRET_KEY=site.env["SECRET_KEY"]):  # what sessions are signed with
        cookie = {settings.SESSION_COOKIE_NAME: session_of(site, name)}
    return httpx.Client(base_url=site.url, cookies=cookie, timeout=60)
