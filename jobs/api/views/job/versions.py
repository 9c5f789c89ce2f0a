"""What a job said before: its versions, and saying one of them again."""

from __future__ import annotations

import uuid

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.jobs import restore_version
from jobs.api.etags import with_etag
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.base import NoBody
from jobs.api.shapes.jobs import JobAnswer, Version, Versions
from jobs.api.views.resource import Resource
from jobs.queries.fields import definition_fields, job_fields, json_fields
from jobs.queries.jobs.page import versions_of


class JobVersions(Resource):
    """`jobs/{id}/versions/`"""

    reads = "beatwright.view_jobversion"

    @operation("jobs", "List a job's earlier versions", answer=Versions)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The newest 50 versions that were replaced, newest first."""
        found = versions_of(self.job(job_id))
        rows = [
            json_fields({name: getattr(kept, name) for name in Version.model_fields})
            for kept in found
        ]
        return Response(
            {"results": [row | {"fields": definition_fields(row["fields"])} for row in rows]}
        )


class RestoreVersion(Resource):
    """`jobs/{id}/versions/{version}/restore/`"""

    @operation("jobs", "Restore a version of a job", answer=JobAnswer)
    @idempotent()
    def post(self, request: Request, job_id: uuid.UUID, version: int) -> Response:
        """The job says again what it said then, as a new version; it stays paused or on as it
        is.
        """
        read_body(request, NoBody)
        restore_version(self.job(job_id), version, actor=self.actor, now=now())
        job = self.job(job_id)
        return with_etag(job, self.shown(job_fields(job)))


urlpatterns = [
    path("jobs/<uuid:job_id>/versions/", JobVersions.as_view()),
    path("jobs/<uuid:job_id>/versions/<int:version>/restore/", RestoreVersion.as_view()),
]
