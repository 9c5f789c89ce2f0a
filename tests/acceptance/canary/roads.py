"""What can be read over HTTP: pages by their links, and every address that there is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urljoin, urlsplit

import httpx
from django.conf import settings
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

from tests.acceptance.canary.marks import Read
from tests.support.sessions import session_of
from tests.support.site import Site

HREF = re.compile(r'(?:href|data-(?:live-)?url|hx-get)="([^"#]+)')
ENDS_THE_SESSION = re.compile(r"/logout/")
MOST_PAGES = 250
PER_ADDRESS = 4  # pages that differ in their query or in an id alone
ID = re.compile(r"[0-9a-f-]{32,36}|\d+")


def pages(client: httpx.Client, starts: Sequence[str]) -> Iterator[Read]:
    """Every page that can be reached by links from these, each address a few times; what is refused
    reads too.
    """
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
    """Every address that the web process knows, with the ids of all rows and these words in its
    places.
    """
    ids = [
        str(row["id"])
        for table in ("job", "run", "backfill", "apitoken")
        for row in site.query(f"SELECT id FROM beatwright_{table} LIMIT 12")
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


def session(site: Site, name: str, url: str = "") -> httpx.Client:
    """A browser in which this person is signed in."""
    with override_settings(SECRET_KEY=site.env["SECRET_KEY"]):  # what sessions are signed with
        cookie = {settings.SESSION_COOKIE_NAME: session_of(site, name)}
    return httpx.Client(base_url=url or site.url, cookies=cookie, timeout=60)
