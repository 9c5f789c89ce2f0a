"""What each error becomes for a client."""

from __future__ import annotations

import grpc
import pytest

from jobs.actions.jobs import VersionConflict
from jobs.actions.runs.cancel import RunIsOver
from jobs.definition.checking import InvalidJob
from jobs.errors import DomainError, Forbidden, InvalidToken, JobNotFound, NameTaken, RunNotFound
from jobs.rpc.errors import status_of


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DomainError("no"), "INVALID_ARGUMENT"),
        (InvalidToken("no"), "UNAUTHENTICATED"),
        (Forbidden("no"), "PERMISSION_DENIED"),
        (JobNotFound("no"), "NOT_FOUND"),
        (RunNotFound("no"), "NOT_FOUND"),
        (NameTaken("no"), "ABORTED"),
        (VersionConflict("no"), "ABORTED"),
        (RunIsOver("no"), "FAILED_PRECONDITION"),
    ],
)
def test_a_domain_error_has_its_code(error: DomainError, code: str) -> None:
    assert status_of(error) == (grpc.StatusCode[code], "no")


def test_every_wrong_field_is_told_under_the_name_that_the_messages_have() -> None:
    problems = [
        DomainError("is odd", field="schedule"),
        DomainError("is wrong", field="timeout_seconds", hint="use 5"),
    ]
    assert (
        status_of(InvalidJob(problems))[1] == "cron_expression: is odd; timeout: is wrong (use 5)"
    )


def test_details_fit_a_clients_headers_in_any_script() -> None:
    assert len(status_of(DomainError("ж" * 5000, field="name"))[1].encode()) == 2_000
