"""Bulk operations: one thing done to everything that a filter matches, as a resource with
progress.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.bulk import begin_bulk, cancel_bulk, require_bulk
from jobs.api.idempotency import idempotent
from jobs.api.paging import cursor_of, page, read_place
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.selecting import selected, wanted_fields
from jobs.api.shapes.base import NoBody
from jobs.api.shapes.bulk import BulkAnswer, BulkBody, BulkCount, BulkPage, BulkQuery
from jobs.api.views.resource import Resource
from jobs.models import BulkOperation
from jobs.queries.bulk import bulk_fields, bulk_page, count_told, find_bulk

NEWEST = "newest"


class BulkResource(Resource):
    reads = "beatwright.view_bulkoperation"

    def told(self, found: BulkOperation) -> dict[str, Any]:
        return self.shown(bulk_fields(found))


class BulkOperationsView(BulkResource):
    """`bulk/`"""

    @operation(
        "bulk",
        "List the bulk operations",
        query=BulkQuery,
        answer=BulkPage,
        selects=BulkAnswer,
        operation_id="bulk_list",
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        query = read_query(request, BulkQuery)
        fields, after = wanted_fields(query.fields, BulkAnswer), read_place(query, NEWEST)
        found = bulk_page(actor=self.actor, after=after, limit=query.limit)
        rows = [selected(self.told(row), fields) for row in found.rows]
        return page(
            request, rows, cursor_of(NEWEST, [found.rows[-1].pk]) if found.more_after else None
        )

    @operation(
        "bulk", "Start a bulk operation", body=BulkBody, answer={201: BulkAnswer, 200: BulkCount}
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Do the verb to all that the filter matches now, each under your rights.

        With `dry_run`, 200 and a count.
        """
        body = read_body(request, BulkBody)
        wanted, arguments = body.filter.values_given(), body.arguments.model_dump(exclude_none=True)
        if body.dry_run:
            require_bulk(body.verb, wanted, arguments, actor=self.actor, now=now())
            return Response(count_told(body.verb, wanted, self.actor, arguments))
        begun = begin_bulk(body.verb, wanted, arguments, actor=self.actor, now=now())
        return Response(
            self.told(begun), status=201, headers={"Location": self.address(f"bulk/{begun.pk}/")}
        )


class OneBulkOperation(BulkResource):
    """`bulk/{id}/`"""

    @operation("bulk", "Read a bulk operation", answer=BulkAnswer)
    def get(self, request: Request, bulk_id: uuid.UUID) -> Response:
        """How far it is, and what failed."""
        return Response(self.told(find_bulk(str(bulk_id), actor=self.actor)))


class CancelBulkOperation(BulkResource):
    """`bulk/{id}/cancel/`"""

    @operation("bulk", "Cancel a bulk operation", answer=BulkAnswer)
    @idempotent()
    def post(self, request: Request, bulk_id: uuid.UUID) -> Response:
        """What has not been reached stays as it is; what is done stays done."""
        read_body(request, NoBody)
        found = find_bulk(str(bulk_id), actor=self.actor)
        cancel_bulk(found, actor=self.actor, now=now())
        return Response(self.told(found))


urlpatterns = [
    path("bulk/", BulkOperationsView.as_view()),
    path("bulk/<uuid:bulk_id>/", OneBulkOperation.as_view()),
    path("bulk/<uuid:bulk_id>/cancel/", CancelBulkOperation.as_view()),
]
