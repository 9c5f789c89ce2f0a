"""Everything that can go wrong, as a problem (RFC 9457): the one place where errors become
answers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from jobs.access.actor import caller_in_process
from jobs.access.idempotency import InvalidKey, KeyReused
from jobs.actions.jobs import VersionConflict
from jobs.actions.runs.cancel import RunIsOver
from jobs.compat.errors import NotAMessage, TaskIsOver
from jobs.database.locks import is_lock_timeout, is_statement_timeout, with_lock_holders
from jobs.errors import (
    LOCKED,
    TOO_SLOW,
    AlertNotFound,
    ChannelNotFound,
    DomainError,
    Forbidden,
    InvalidFields,
    InvalidParams,
    JobNotFound,
    NameTaken,
    PoolNotFound,
    RouteNotFound,
    RunNotFound,
    ScheduleError,
    SecretNotFound,
)
from jobs.queries.access.tokens import TokenNotFound
from jobs.queries.backfills import BackfillNotFound
from jobs.queries.bulk import BulkNotFound
from jobs.queries.notices.outbox import NoticeNotFound
from jobs.queries.workers import WorkerNotFound

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 2_000


class BadRequest(InvalidFields):
    """A request that is not as the OpenAPI document has it."""


class NoSuchThing(DomainError):
    """What the address names is not there."""


STATUS: dict[type[DomainError], HTTPStatus] = {
    BadRequest: HTTPStatus.BAD_REQUEST,
    NotAMessage: HTTPStatus.BAD_REQUEST,
    InvalidKey: HTTPStatus.BAD_REQUEST,
    Forbidden: HTTPStatus.FORBIDDEN,
    JobNotFound: HTTPStatus.NOT_FOUND,
    RunNotFound: HTTPStatus.NOT_FOUND,
    SecretNotFound: HTTPStatus.NOT_FOUND,
    BackfillNotFound: HTTPStatus.NOT_FOUND,
    BulkNotFound: HTTPStatus.NOT_FOUND,
    AlertNotFound: HTTPStatus.NOT_FOUND,
    ChannelNotFound: HTTPStatus.NOT_FOUND,
    RouteNotFound: HTTPStatus.NOT_FOUND,
    NoticeNotFound: HTTPStatus.NOT_FOUND,
    WorkerNotFound: HTTPStatus.NOT_FOUND,
    TokenNotFound: HTTPStatus.NOT_FOUND,
    PoolNotFound: HTTPStatus.NOT_FOUND,
    NoSuchThing: HTTPStatus.NOT_FOUND,
    NameTaken: HTTPStatus.CONFLICT,
    RunIsOver: HTTPStatus.CONFLICT,
    TaskIsOver: HTTPStatus.CONFLICT,
    KeyReused: HTTPStatus.CONFLICT,
    VersionConflict: HTTPStatus.PRECONDITION_FAILED,
}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler; None lets an error that nobody foresaw end in the log and
    as a 500.

    So does an error of the database's in a call from within this process, which has its own words
    for it.

    A view whose requests call our fields by other names has ``words``: ours to its own. One whose
    clients read other members of an error has ``problem_beside``.
    """
    if isinstance(error, OperationalError | InterfaceError) and caller_in_process(
        context["request"].META
    ):
        return None
    answer = _answer(error)
    if answer is not None:
        answer.exception = True
        view = context.get("view")
        for found in answer.data["errors"]:
            found["field"] = _reworded(found["field"], getattr(view, "words", {}))
        if beside := getattr(view, "problem_beside", None):
            answer.data |= beside(answer.data)
    return answer


def _reworded(field: str, words: Mapping[str, str]) -> str:
    first, dot, rest = field.partition(".")
    return f"{words.get(first, first)}{dot}{rest}"


def _answer(error: Exception) -> Response | None:
    if isinstance(error, DomainError):
        return _domain(error)
    if isinstance(error, APIException):
        return _framework(error)
    if isinstance(error, Http404):
        return problem(HTTPStatus.NOT_FOUND, "there is nothing at this address")
    if isinstance(error, PermissionDenied):
        return problem(HTTPStatus.FORBIDDEN, str(error) or "this is not allowed")
    if isinstance(error, RequestDataTooBig):
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
    if isinstance(error, SuspiciousOperation):
        return problem(HTTPStatus.BAD_REQUEST, str(error))
    return _database(error)


def _domain(error: DomainError) -> Response:
    status = STATUS.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return problem(status, str(error), kind=type(error).__name__, errors=list(_found(error)))


def _found(error: DomainError) -> Iterator[dict[str, Any]]:
    """One entry per wrong field."""
    if isinstance(error, InvalidFields):
        for part in error.problems:
            yield from _found(part)
    elif isinstance(error, InvalidParams):
        for path, message in error.problems:
            yield error_entry("params" if path == "params" else f"params.{path}", message)
    elif error.field:
        yield error_entry(error.field, error.message, error.hint) | _place(error)


def _place(error: DomainError) -> dict[str, int]:
    """Where reading a schedule's text stopped."""
    position = error.position if isinstance(error, ScheduleError) else None
    return {} if position is None else {"position": position}


def _framework(error: APIException) -> Response:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return problem(HTTPStatus(error.status_code), str(error.detail), headers=headers)


def _database(error: Exception) -> Response | None:
    if isinstance(error, DataError):
        logger.warning("the database refused a value: %s", error)
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "a value cannot be stored")
    if is_lock_timeout(error):
        logger.warning("a request waited for a lock in vain: %s", with_lock_holders(error))
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, LOCKED, headers={"Retry-After": "5"})
    if is_statement_timeout(error):
        logger.warning("a request's statement was given up: %s", error)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, TOO_SLOW)
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("the database is away: %s", error)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "the database cannot be reached",
            headers={"Retry-After": "5"},
        )
    return None


def error_entry(field: str, message: str, hint: str = "") -> dict[str, str]:
    """One of a problem's ``errors``."""
    return {"field": field, "message": message, "hint": hint}


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    kind: str = "",
    errors: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An answer in the form of RFC 9457."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
    body = {
        "type": f"urn:beatwright:problem:{name}" if name else "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail[:LONGEST_DETAIL],
        "errors": errors or [],
    }
    return Response(body, status=status.value, headers=headers, content_type=MEDIA_TYPE)
