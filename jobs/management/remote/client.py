"""Requests of the API, and what its problems mean here."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx

from jobs.errors import DomainError, NotFound
from jobs.management.cli.reading import is_id

PAGE = 500
Row = dict[str, Any]


class Unreachable(Exception):
    """The other machine does not answer, or what answers there is no Beatwright."""


class Remote:
    """Another Beatwright's API. Raises Unreachable, NotFound, or DomainError with what the API says."""

    def __init__(self, url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(headers=headers, timeout=60, transport=transport)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """What is at a path below ``/api/v1/``; empty parameters are left out."""
        return self.send("GET", path, params={name: value for name, value in query.items() if value not in ("", None)})

    def post(self, path: str, body: Row | None = None, **headers: str) -> Any:
        return self.send("POST", path, json=body or {}, headers=headers)

    def send(self, method: str, path: str, **parts: Any) -> Any:
        address = f"{self._url}{path}" if path.startswith("/") else f"{self._url}/api/v1/{path}"
        try:
            answer = self._client.request(method, address, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"SCHEDULER_URL: {self._url} cannot be reached ({error})") from error
        if answer.is_error:
            raise self._refusal(answer)
        return self._json(answer) if answer.content else {}

    def rows(self, path: str, *, limit: int, after: str = "", **query: Any) -> list[Row]:
        """Of a list, so many rows behind the one with the id or the name ``after``."""
        found: list[Row] = []
        behind = not after
        for row in self._walk(path, query):
            if behind:
                found.append(row)
            behind = behind or after in (row["id"], row.get("name"))
            if len(found) == limit:
                return found
        if not behind:
            raise NotFound(f"the list has no {after!r}", field="last-id")
        return found

    def job_id(self, named: str | None) -> str:
        """The id of the job of this name or id; raises NotFound."""
        if not named:
            raise DomainError("a name or --id is needed", field="job")
        found = self.get("jobs/", name=named, fields="id", limit=1)["results"]
        if found:
            return str(found[0]["id"])
        if is_id(named):
            return named
        raise NotFound(f"no job is named {named!r}", field="job")

    def _walk(self, path: str, query: Row) -> Iterator[Row]:
        cursor = ""
        while True:
            page = self.get(path, **query, limit=PAGE, cursor=cursor)
            yield from page["results"]
            if not page["next"]:
                return
            cursor = httpx.URL(page["next"]).params["cursor"]

    def _refusal(self, answer: httpx.Response) -> Exception:
        problem = self._json(answer)
        wrong = [f"{each['field']}: {_sentence(each)}" for each in problem.get("errors") or []]
        text = "\n".join(wrong) or problem.get("detail") or f"the answer is {answer.status_code}"
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unreachable(f"SCHEDULER_URL: {self._url}: {text}")
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            return DomainError(text, field="SCHEDULER_TOKEN")
        return NotFound(text) if answer.status_code == HTTPStatus.NOT_FOUND else DomainError(text)

    def _json(self, answer: httpx.Response) -> Any:
        if "json" not in answer.headers.get("Content-Type", ""):
            raise Unreachable(f"SCHEDULER_URL: what answers at {self._url} is no Beatwright ({answer.status_code})")
        return answer.json()


def _sentence(problem: Row) -> str:
    return f"{problem['message']} ({problem['hint']})" if problem.get("hint") else str(problem["message"])
