"""Everything that can go wrong, as a gRPC status: the one place where errors become answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import grpc
from django.db import DataError, InterfaceError, OperationalError
from google.protobuf.message import DecodeError

from jobs.access.idempotency import KeyReused
from jobs.access.rates import TooManyRequests
from jobs.actions.jobs import VersionConflict
from jobs.actions.runs.cancel import RunIsOver
from jobs.compat.dts_go.jobs import WORDS_FOR
from jobs.database.locks import is_lock_timeout, is_statement_timeout, with_lock_holders
from jobs.errors import (
    LOCKED,
    TOO_SLOW,
    DomainError,
    Forbidden,
    InvalidFields,
    InvalidToken,
    JobNotFound,
    NameTaken,
    RunNotFound,
)

logger = logging.getLogger(__name__)

# bytes, which may become three times as many on the way: clients refuse headers of more than 8 KB
LONGEST = 2_000
Status = tuple[grpc.StatusCode, str]

CODES: dict[type[DomainError], grpc.StatusCode] = {
    InvalidToken: grpc.StatusCode.UNAUTHENTICATED,
    Forbidden: grpc.StatusCode.PERMISSION_DENIED,
    KeyReused: grpc.StatusCode.ALREADY_EXISTS,
    JobNotFound: grpc.StatusCode.NOT_FOUND,
    RunNotFound: grpc.StatusCode.NOT_FOUND,
    NameTaken: grpc.StatusCode.ABORTED,
    VersionConflict: grpc.StatusCode.ABORTED,
    TooManyRequests: grpc.StatusCode.RESOURCE_EXHAUSTED,
    RunIsOver: grpc.StatusCode.FAILED_PRECONDITION,
}


def status_of(error: Exception) -> Status:
    """The code and the sentence; what nobody foresaw is INTERNAL, and its traceback is in the log
    alone.
    """
    if isinstance(error, DomainError):
        text = "; ".join(_told(error)).encode()[:LONGEST].decode(errors="ignore")
        return CODES.get(type(error), grpc.StatusCode.INVALID_ARGUMENT), text
    if isinstance(error, DecodeError):
        return (
            grpc.StatusCode.INVALID_ARGUMENT,
            "the request is not the message that this method takes",
        )
    if isinstance(error, DataError):
        logger.warning("the database refused a value: %s", error)
        return grpc.StatusCode.INVALID_ARGUMENT, "a value cannot be stored"
    if is_lock_timeout(error):
        logger.warning("a call waited for a lock in vain: %s", with_lock_holders(error))
        return grpc.StatusCode.UNAVAILABLE, LOCKED
    if is_statement_timeout(error):
        logger.warning("a call's statement was given up: %s", error)
        return grpc.StatusCode.DEADLINE_EXCEEDED, TOO_SLOW
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("the database is away: %s", error)
        return grpc.StatusCode.UNAVAILABLE, "the database cannot be reached"
    logger.error("a call failed", exc_info=error)
    return grpc.StatusCode.INTERNAL, "something went wrong here; the server's log says what"


def _told(error: DomainError) -> Iterator[str]:
    """A sentence per wrong field, which is named as the messages name it."""
    problems = error.problems if isinstance(error, InvalidFields) else [error]
    for problem in problems:
        field = WORDS_FOR.get(problem.field, problem.field)
        yield f"{field}: {problem}" if field else str(problem)
