"""Requests of the API, and what its problems mean here."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import httpx

from jobs.errors import DomainError, NotFound
from jobs.management.cli.reading import is_id

PAGE = 500
PATIENCE_SECONDS, UPLOAD_SECONDS = 60, 900
MAKE_ONE = "`manage.py create_token USER --name N` prints one, on the machine of SCHEDULER_URL"
PASSWORD = re.compile(r"://.*@")  # a name and a password, also where a / in it makes it a wrong address
Row = dict[str, Any]


class Unreachable(Exception):
    """The other machine does not answer, or what answers there is no Beatwright."""


class Refusal(DomainError):
    """What the API refused, in its own words; ``kind`` is the name of its kind of problem."""

    def __init__(self, text: str, kind: str) -> None:
        super().__init__(text)
        self.kind = kind


class Remote:
    """Another Beatwright's API. Raises Unreachable, NotFound, or DomainError with what the API says."""

    def __init__(self, url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._shown = PASSWORD.sub("://…@", self._url)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(headers=headers, timeout=PATIENCE_SECONDS, transport=transport)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """What is at a path below ``/api/v1/``; empty parameters are left out."""
        return self.send("GET", path, params=_given(query))

    def post(self, path: str, body: Row | None = None, **headers: str) -> Any:
        return self.send("POST", path, json=body or {}, headers=headers)

    def upload(self, path: str, files: Iterable[tuple[str, bytes]], **query: Any) -> Any:
        """Hand in files under their names; what that takes is not bounded by our patience with a page."""
        parts = [("file", file) for file in files]
        return self.send("POST", path, params=_given(query), files=parts, timeout=UPLOAD_SECONDS)

    def send(self, method: str, path: str, **parts: Any) -> Any:
        answer = self._answer(method, path, **parts)
        if answer.is_error:
            raise self._refusal(answer)
        return self._json(answer) if answer.content else {}

    def health(self) -> list[Row]:
        """The checks of ``/healthz``, which answers 503 where one fails."""
        answer = self._json(self._answer("GET", "/healthz"))
        if "checks" not in answer:
            raise self._no_beatwright(HTTPStatus.OK)
        found: list[Row] = answer["checks"]
        return found

    def rows(self, path: str, *, limit: int, after: str = "", **query: Any) -> list[Row]:
        """Of a list, so many rows behind the one with the id or the name ``after``."""
        found: list[Row] = []
        behind = not after
        for row in self.walk(path, **query):
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

    def walk(self, path: str, **query: Any) -> Iterator[Row]:
        """All rows of a list, page by page."""
        cursor = ""
        while True:
            page = self.get(path, **query, limit=PAGE, cursor=cursor)
            yield from page["results"]
            if not page["next"]:
                return
            cursor = httpx.URL(page["next"]).params["cursor"]

    def _answer(self, method: str, path: str, **parts: Any) -> httpx.Response:
        address = f"{self._url}{path}" if path.startswith("/") else f"{self._url}/api/v1/{path}"
        try:
            answer = self._client.request(method, address, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"SCHEDULER_URL: {self._shown} {why_not(error)}") from error
        if answer.is_redirect:
            there = answer.headers.get("Location", "")
            raise Unreachable(f"SCHEDULER_URL: {self._shown} sends on to {there}: set it to the address there")
        return answer

    def _refusal(self, answer: httpx.Response) -> Exception:
        problem = self._json(answer)
        wrong = [f"{each['field']}: {_sentence(each)}" for each in problem.get("errors") or []]
        text = "\n".join(wrong) or problem.get("detail") or f"the answer is {answer.status_code}"
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unreachable(f"SCHEDULER_URL: {self._shown}: {text}")
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            return DomainError(text, field="SCHEDULER_TOKEN", hint=MAKE_ONE)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return NotFound(text)
        return Refusal(text, problem.get("type", "").rpartition(":")[2])

    def _json(self, answer: httpx.Response) -> Any:
        if "json" not in answer.headers.get("Content-Type", ""):
            raise self._no_beatwright(answer.status_code)
        try:
            return answer.json()
        except ValueError as error:
            raise self._no_beatwright(answer.status_code) from error

    def _no_beatwright(self, status: int) -> Unreachable:
        where = "it is the console's address without /admin/, such as https://jobs.example.com"
        return Unreachable(f"SCHEDULER_URL: what answers at {self._shown} is no Beatwright ({status}); {where}")


def why_not(error: Exception) -> str:
    """Why there is no answer, behind the address in a sentence."""
    causes = list(_causes(error))
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return "is no address that begins with http:// or https://"
    if isinstance(error, httpx.TimeoutException):
        return "cannot be reached: it does not answer in time"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return f"cannot be trusted: {causes[-1]}; SSL_CERT_FILE may name your own authority"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return f"cannot be reached over TLS ({causes[-1]}): does it speak https?"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "cannot be reached: nothing listens there"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "cannot be reached: there is no host of this name"
    return f"cannot be reached ({error})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, the last being the first of all."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _given(query: Row) -> Row:
    return {name: value for name, value in query.items() if value not in ("", None)}


def _sentence(problem: Row) -> str:
    return f"{problem['message']} ({problem['hint']})" if problem.get("hint") else str(problem["message"])
