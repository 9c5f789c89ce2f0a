"""What all resources share: who asks, and what they may see."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.encoding import escape_uri_path
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.access.actor import Actor, caller_in_process
from jobs.actions.runs.run import RunNow
from jobs.api.access import Bearer, InProcess, MayRead, Session, actor_in
from jobs.api.cross_origin import answer_to_preflight, told_to_origin
from jobs.api.errors import handle
from jobs.api.parsing import JsonParser, refuse_compressed, require_length
from jobs.api.throttling import PerMinute, rate_headers
from jobs.database.sessions import limited_in_a_project
from jobs.models import Job, Run
from jobs.queries.fields import run_fields
from jobs.queries.lookup import find_run, job_by_id
from jobs.redaction.redactor import masked

ROOT = "/api/v1/"
MAY_HOLD_SECRETS = ("params", "payload", "metadata", "progress", "result", "arguments")


class Address(APIView):
    """Whatever answers here does so by our rules, whatever REST_FRAMEWORK says in the project
    around it.
    """

    authentication_classes: tuple[type[BaseAuthentication], ...] = (Bearer, InProcess, Session)
    permission_classes = (MayRead,)
    throttle_classes = (PerMinute,)
    parser_classes: Any = (JsonParser,)
    renderer_classes = (JSONRenderer,)
    schema = AutoSchema()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """In a project too, nobody waits for a lock without end."""
        if preflight := answer_to_preflight(request):
            return told_to_origin(request, preflight)
        with limited_in_a_project():
            return told_to_origin(request, super().dispatch(request, *args, **kwargs))

    def get_exception_handler(self) -> Any:
        """Every error is a problem of RFC 9457."""
        return handle


class Resource(Address):
    """An address.

    ``reads`` is the permission that reading it needs; what changes something asks for its own.

    ``words``: our fields' names as this address has them, where they differ.
    """

    reads: ClassVar[str] = ""
    words: ClassVar[Mapping[str, str]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_length(request)
        refuse_compressed(request)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        for name, value in rate_headers(request).items():
            response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        return actor_in(self.request)

    @property
    def is_called_in_process(self) -> bool:
        """Whether a command of this process asks, and nobody over a network."""
        return caller_in_process(self.request.META) is not None

    def address(self, below: str) -> str:
        """An address below the API's own, for a header; the API's is in that of the request."""
        before, root, _ = self.request.path.partition(ROOT)
        return escape_uri_path(f"{before}{root}{below}")

    def job(self, job_id: uuid.UUID) -> Job:
        """The unarchived job of this id; raises JobNotFound."""
        return job_by_id(job_id, actor=self.actor)

    def run(self, run_id: uuid.UUID) -> Run:
        """The run of this id; raises RunNotFound."""
        return find_run(str(run_id), actor=self.actor)

    def run_made(self, done: RunNow) -> Response:
        """The answer about a run that somebody asked for."""
        headers = {"Location": self.address(f"runs/{done.run.pk}/")}
        row = self.shown(run_fields(done.run)) | {"note": done.note}
        return Response(row, status=201 if done.created else 200, headers=headers)

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with what are probably secrets masked, whoever asks and whatever made the row."""
        return row | {name: masked(row[name]) for name in MAY_HOLD_SECRETS if name in row}
