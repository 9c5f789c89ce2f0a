"""Each role by each operation of the older systems that changes something: no way leads round the
table of rights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs.access.roles import Role
from tests.support.api import Api
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.rights import RIGHTS

Prepared = tuple[str, Any]
SCHEDULE = "*/10 * * * *"


def _job(path: str, body: Any = None) -> Callable[[], Prepared]:
    return lambda: (path.format(make_job().pk), body)


# (system, method, what it does) and what is sent where. CancelJob also pauses: it asks for both
# rights.
OPERATIONS: dict[tuple[str, str, str], Callable[[], Prepared]] = {
    ("B", "post", "create_job"): lambda: (
        "/jobs",
        {"type": "EchoTask", "schedule": SCHEDULE, "payload": {}},
    ),
    ("B", "patch", "update_job"): _job("/jobs/{}", {"schedule": "@daily"}),
    ("B", "delete", "archive_job"): _job("/jobs/{}"),
    ("C", "post", "create_job"): lambda: (
        "/v1/jobs",
        {"name": "nightly", "cron_expression": SCHEDULE},
    ),
    ("C", "put", "update_job"): _job("/v1/jobs/{}", {"description": "x"}),
    ("C", "delete", "archive_job"): _job("/v1/jobs/{}"),
    ("C scheduler", "post", "create_job"): lambda: (
        "/v1/scheduler/jobs",
        {"job": {"name": "nightly", "cron_expression": SCHEDULE}},
    ),
    ("C scheduler", "delete", "cancel_runs"): _job("/v1/scheduler/jobs/{}"),
    ("D", "post", "create_job"): lambda: (
        "tasks",
        {"type": "EchoTask", "payload": {}, "schedule": {"type": "cron", "expression": SCHEDULE}},
    ),
    ("D", "delete", "cancel_runs"): lambda: (f"tasks/{make_run().job_id}", None),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_a_role_may_do_what_the_table_of_rights_says(
    operation: tuple[str, str, str], role: Role, broker: RedisServer
) -> None:
    _, method, verb = operation
    path, body = OPERATIONS[operation]()
    answer = Api(role).send(method, path, body)
    right = next(right for right in RIGHTS if right.verb == verb)
    if right.is_for(role):
        assert answer.status_code < 300, answer.content
    else:
        assert answer.status_code == 403, answer.content
