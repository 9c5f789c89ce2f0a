"""The jobs of GoDispatch, distributed-job-scheduler and DTS-Go over HTTP: their own lists, page by
page.
"""

from __future__ import annotations

from typing import Any

import httpx

from jobs.importers.contents.base import Hints
from jobs.importers.files.document import MOST_BYTES, NOTHING_TOLD, Document
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.systems.answers import document_of, pages

SECONDS = 30
PAGE = 100
# Where their lists are, in the order in which they are tried where no path is named.
PATHS = ("/api/v1/tasks", "/v1/jobs", "/jobs")
HINT = f"name the list itself, such as http://host:8080{PATHS[0]}"


def read_url(url: str, told: Hints = NOTHING_TOLD) -> Document:
    """The list at ``url``, or at one of the usual paths of a server; raises UnreadableFile."""
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UnreadableFile(f"is no URL: {error}") from None
    if target.scheme not in ("http", "https") or not target.host:
        raise UnreadableFile("is no URL of http or https", hint=HINT)
    with httpx.Client(timeout=SECONDS, headers={"Accept": "application/json"}) as client:
        found = target if target.path.strip("/") else _list_of(client, target)
        jobs = list(pages(lambda last, offset: _page(client, found, last, offset)))
    return document_of(url, jobs, told)


def _list_of(client: httpx.Client, server: httpx.URL) -> httpx.URL:
    for path in PATHS:
        candidate = server.copy_with(path=path)
        if _answer(client, candidate).status_code not in (404, 405):
            return candidate
    raise UnreadableFile(f"has none of {', '.join(PATHS)}", hint=HINT)


def _page(client: httpx.Client, url: httpx.URL, last: str, offset: int) -> Any:
    """Each system takes its own words for the page, and passes over those of the others."""
    words: dict[str, str | int] = {"limit": PAGE, "offset": offset, "pageSize": PAGE}
    words |= {"lastId": last} if last else {}
    response = _answer(client, url.copy_merge_params(words))
    if response.status_code == 400 and not last:
        response = _answer(client, url)  # a system that refuses words it does not know
    if response.is_error:
        raise UnreadableFile(f"answers {response.status_code}: {response.text[:200]}", hint=HINT)
    try:
        return response.json()
    except ValueError:
        raise UnreadableFile("answers no JSON", hint=HINT) from None


def _answer(client: httpx.Client, url: httpx.URL) -> httpx.Response:
    try:
        with client.stream("GET", url) as response:
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise UnreadableFile(f"answers more than {MOST_BYTES // 1024 // 1024} MB")
            return httpx.Response(
                response.status_code, content=bytes(body), request=response.request
            )
    except httpx.HTTPError as error:
        raise UnreadableFile(f"does not answer: {str(error) or type(error).__name__}") from None
