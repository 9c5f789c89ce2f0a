"""ETag and If-Match: a job's version, so that nobody overwrites what they have not seen."""

from __future__ import annotations

import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.jobs import VersionConflict
from jobs.models import Job

TAG = re.compile(r'\s*(?:W/)?"v(\d{1,9})"\s*')


def with_etag(job: Job, body: Any, status: int = 200) -> Response:
    """The answer about one job, with its version as the ETag."""
    return Response(body, status=status, headers={"ETag": f'"v{job.version}"'})


def wanted_version(request: Request) -> int | None:
    """The version that If-Match asks for; None where any will do.

    Raises VersionConflict for one that no job has.
    """
    text = request.headers.get("If-Match", "").strip()
    if text in {"", "*"}:
        return None
    found = TAG.fullmatch(text)
    if found is None:
        raise VersionConflict(
            "is not an ETag that a job has had", field="If-Match", hint='such as "v3", in quotes'
        )
    return int(found[1])
