"""One client of the REST API: requests, and what its problems mean here."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, ClassVar
from urllib.parse import quote

try:
    import httpx
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'Commands ask the API: pip install "beatwright[api]"', name=error.name
    ) from None

from jobs.errors import DomainError, InvalidFields, NotFound, ScheduleError
from jobs.management.cli.reading import is_id
from jobs.management.in_process import transport as in_process

PAGE = 500
PATIENCE_SECONDS, UPLOAD_SECONDS = 60, 900
MAKE_ONE = "`manage.py create_token USER --name N` prints one, on the machine of SCHEDULER_URL"
# A name and a password, also where a / in it makes it a wrong address.
PASSWORD = re.compile(r"://.*@")
NO_TEXT = "what was typed holds bytes that are not UTF-8"
JSON = {"Content-Type": "application/json"}
Row = dict[str, Any]


class Unreachable(Exception):
    """The other machine does not answer, or what answers there is no Beatwright."""


class Refusal(InvalidFields):
    """What the API refused, in its own words; ``kind`` is the name of its kind of problem."""

    def __init__(self, problems: list[DomainError], kind: str) -> None:
        super().__init__(problems)
        self.kind = kind

    def reworded(self, words: Mapping[str, str]) -> Refusal:
        """The same with the fields' names as ``words`` has them: the API's to the caller's own."""
        for problem in self.problems:
            problem.field = words.get(problem.field, problem.field)
        return self


class Client:
    """The API of a Beatwright.

    Raises Unreachable, NotFound, or DomainError with what the API says.
    """

    is_here: ClassVar[bool] = False

    def __init__(
        self, url: str, token: str = "", *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._shown = PASSWORD.sub("://…@", self._url)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(headers=headers, timeout=PATIENCE_SECONDS, transport=transport)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """What is at a path below ``/api/v1/``; empty parameters are left out."""
        return self.send("GET", path, params=_given(query))

    def post(self, path: str, body: Row | None = None) -> Any:
        return self.send("POST", path, content=_json_of(body or {}), headers=JSON)

    def patch(self, path: str, body: Row) -> Any:
        return self.send("PATCH", path, content=_json_of(body), headers=JSON)

    def put(self, path: str, body: Row) -> Any:
        return self.send("PUT", path, content=_json_of(body), headers=JSON)

    def delete(self, path: str, **query: Any) -> None:
        self.send("DELETE", path, params=_given(query))

    def upload(self, path: str, files: Iterable[tuple[str, bytes]], **query: Any) -> Any:
        """Hand in files under their names; what that takes is not bounded by our patience with a
        page.
        """
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

    def results(self, path: str, **query: Any) -> list[Row]:
        """A list that comes in one piece."""
        found: list[Row] = self.get(path, **query)["results"]
        return found

    def rows(self, path: str, *, limit: int, **query: Any) -> list[Row]:
        """Of a list that comes page by page, so many rows."""
        return list(islice(self.walk(path, page=min(limit, PAGE), **query), limit))

    def walk(self, path: str, *, page: int = PAGE, **query: Any) -> Iterator[Row]:
        """All rows of a list, page by page."""
        cursor = ""
        while True:
            found = self.get(path, **query, limit=page, cursor=cursor)
            yield from found["results"]
            if not found["next"]:
                return
            cursor = httpx.URL(found["next"]).params["cursor"]

    def job_id(self, named: str | None) -> str:
        """The id of the job of this name or id; raises NotFound."""
        if not named:
            raise DomainError("a name or --id is needed", field="job")
        found = self.results("jobs/", name=named, fields="id", limit=1)
        if found:
            return str(found[0]["id"])
        if is_id(named):
            return named
        raise NotFound(f"no job is named {named!r}", field="job")

    def _answer(self, method: str, path: str, **parts: Any) -> httpx.Response:
        address = f"{self._url}{path}" if path.startswith("/") else f"{self._url}/api/v1/{path}"
        try:
            answer = self._client.request(method, address, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"SCHEDULER_URL: {self._shown} {why_not(error)}") from error
        except UnicodeEncodeError:
            raise DomainError(NO_TEXT) from None
        if answer.is_redirect:
            there = answer.headers.get("Location", "")
            raise Unreachable(
                f"SCHEDULER_URL: {self._shown} sends on to {there}: set it to the address there"
            )
        return answer

    def _refusal(self, answer: httpx.Response) -> Exception:
        told = self._json(answer)
        problems = [_problem(each) for each in told.get("errors") or []]
        detail, kind = (
            told.get("detail") or f"the answer is {answer.status_code}",
            told.get("type", "").rpartition(":")[2],
        )
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unreachable(f"SCHEDULER_URL: {self._shown}: {detail}")
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            return DomainError(detail, field="SCHEDULER_TOKEN", hint=MAKE_ONE)
        if answer.status_code == HTTPStatus.NOT_FOUND or kind.endswith("not-found"):
            first = problems[0] if problems else DomainError(detail)
            return NotFound(first.message, field=first.field, hint=first.hint)
        return Refusal(problems or [DomainError(detail)], kind)

    def _json(self, answer: httpx.Response) -> Any:
        if "json" not in answer.headers.get("Content-Type", ""):
            raise self._no_beatwright(answer.status_code)
        try:
            return answer.json()
        except ValueError as error:
            raise self._no_beatwright(answer.status_code) from error

    def _no_beatwright(self, status: int) -> Unreachable:
        where = "it is the console's address without /admin/, such as https://jobs.example.com"
        return Unreachable(
            f"SCHEDULER_URL: what answers at {self._shown} is no Beatwright ({status}); {where}"
        )


class HereClient(Client):
    """The API of this process, which nobody else can ask."""

    is_here = True

    def __init__(self) -> None:
        super().__init__("http://in-process", transport=in_process())


def in_path(name: str) -> str:
    """A name as a part of an address; raises DomainError for one that is no text."""
    try:
        return quote(name, safe="")
    except UnicodeEncodeError:
        raise DomainError(NO_TEXT) from None


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


def _json_of(body: Row) -> bytes:
    """In ASCII: what cannot be sent is for the API to refuse, which names the field."""
    return json.dumps(body).encode()


def _given(query: Row) -> Row:
    return {name: value for name, value in query.items() if value is not None}


def _problem(entry: Row) -> DomainError:
    told: Row = {"field": entry["field"], "hint": entry["hint"]}
    if "position" in entry:
        return ScheduleError(entry["message"], position=entry["position"], **told)
    return DomainError(entry["message"], **told)
