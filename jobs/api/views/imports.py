"""Import: a schedule file that comes over HTTP, as the body or as an upload."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from itertools import islice
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.urls import path
from django.utils.timezone import now
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.actor import Actor
from jobs.api.errors import error_entry, problem
from jobs.api.idempotency import idempotent
from jobs.api.parsing import read_bounded
from jobs.api.reading import read_query
from jobs.api.schema import operation
from jobs.api.shapes.site import ImportAnswer, ImportQuery
from jobs.api.views.resource import Resource
from jobs.errors import DomainError
from jobs.importers.contents.base import Hints
from jobs.importers.files.document import Document, decoded
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.files.reading import unreadable
from jobs.importers.planning.plan import Plan
from jobs.importers.report import change_fields
from jobs.importers.service import import_documents, is_applied
from jobs.schedules.zones import zone_named

MOST_BYTES = 16 * 1024 * 1024
ENVELOPE = 10_000  # what surrounds the file in an upload
MOST_FILES = 100
SHOWN = 1_000
UPLOAD = {
    "type": "object",
    "properties": {
        "file": {
            "type": "array",
            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
            "description": "One file, or several that are imported together.",
        }
    },
}
FILE = {"description": "Any of the formats; comments are allowed."}


class FileParser(BaseParser):
    """The body as it is: a schedule file may hold comments, and what is wrong in it is told by
    line.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return read_bounded(stream, MOST_BYTES)


class Import(Resource):
    """`import/`"""

    parser_classes = (FileParser, MultiPartParser)

    @operation(
        "site",
        "Import schedule files",
        query=ImportQuery,
        body={"application/json": FILE, "multipart/form-data": UPLOAD},
        answer=ImportAnswer,
    )
    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        """Any of the formats that `import_schedule` reads.

        An error in one changes nothing, unless `partial`.
        """
        query = read_query(request, ImportQuery)
        plan = _imported(request, query, self.actor)
        applied = is_applied(plan, partial=query.partial)
        if applied or query.dry_run:
            return Response(_report(plan, applied=applied and not query.dry_run))
        return _refusal(plan)


def _imported(request: Request, query: ImportQuery, actor: Actor) -> Plan:
    actor.require("beatwright.import_job")
    _refuse_large(int(request.META.get("CONTENT_LENGTH") or 0) - ENVELOPE)  # before it is received
    flags = {"dry_run": query.dry_run, "partial": query.partial, "prune": query.prune}
    told, documents = (
        Hints(zone_named(query.timezone).key if query.timezone else "", query.user_column),
        [],
    )
    for name, raw in _files(request, query.source):
        try:
            documents.append(Document(name, decoded(raw), told=told))
        except UnreadableFile as error:
            return Plan(problems=[unreadable(name, error)])
    return import_documents(documents, actor=actor, now=now(), **flags)


def _files(request: Request, source: str) -> list[tuple[str, bytes]]:
    """Their names and contents."""
    if isinstance(request.data, bytes):
        return [(source or "import", request.data)]
    uploads = request.FILES.getlist("file")
    _refuse_large(sum(upload.size or 0 for upload in uploads))
    names = [source or upload.name or "import" for upload in uploads]
    if not names:
        raise DomainError(
            "no file was sent",
            field="file",
            hint="send it as the JSON body, or upload it under the name file",
        )
    if len(names) > MOST_FILES:
        raise DomainError(f"at most {MOST_FILES} files at once", field="file")
    if len(set(names)) < len(names):
        raise DomainError(
            "several files have one name, which is how their jobs are told apart", field="file"
        )
    return list(zip(names, (upload.read() for upload in uploads), strict=True))


def _refuse_large(size: int) -> None:
    if size > MOST_BYTES:
        raise RequestDataTooBig(f"more than {MOST_BYTES // 1024 // 1024} MB of files at once")


def _report(plan: Plan, *, applied: bool) -> dict[str, Any]:
    counts = {kind: count for kind, count in plan.counts().items() if kind != "problems"}
    troubles = {"problems": plan.problems, "warnings": plan.warnings}
    changes = [change_fields(change, now()) for change in islice(plan.changes, SHOWN)]
    told = {
        kind: [trouble.as_dict() for trouble in found[:SHOWN]] for kind, found in troubles.items()
    }
    return {"applied": applied, **counts, **told, "changes": changes}


def _refusal(plan: Plan) -> Response:
    errors = [error_entry(p.path or p.field, str(p), p.hint) for p in plan.problems[:SHOWN]]
    detail = "nothing was imported; partial=true takes the jobs that are right"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, kind="ImportRefused", errors=errors)


urlpatterns = [
    path("import/", Import.as_view()),
]
