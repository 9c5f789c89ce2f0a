"""Notices: what was told, to whom, and what came of it."""

from __future__ import annotations

import uuid

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.paging import cursor_of, page, read_place
from jobs.api.reading import read_query
from jobs.api.schema import operation
from jobs.api.shapes.notices import NoticePage, NoticesQuery, WholeNotice
from jobs.api.views.resource import Resource
from jobs.queries.notices.outbox import (
    NoticeFilter,
    find_notice,
    notice_fields,
    notice_page,
    whole_notice,
)

NEWEST = "newest"


class NoticeList(Resource):
    """`notices/`"""

    reads = "beatwright.view_notice"

    @operation(
        "notices",
        "List the notices",
        query=NoticesQuery,
        answer=NoticePage,
        operation_id="notices_list",
    )
    def get(self, request: Request) -> Response:
        """Newest first: those about jobs that you may see, and about none."""
        query = read_query(request, NoticesQuery)
        wanted = NoticeFilter(query.state or "", query.channel, query.route)
        found = notice_page(
            wanted, actor=self.actor, after=read_place(query, NEWEST), limit=query.limit
        )
        cursor = cursor_of(NEWEST, [found.rows[-1].pk]) if found.more_after else None
        return page(request, [notice_fields(notice) for notice in found.rows], cursor)


class OneNotice(Resource):
    """`notices/{id}/`"""

    reads = "beatwright.view_notice"

    @operation("notices", "Read a notice", answer=WholeNotice)
    def get(self, request: Request, notice_id: uuid.UUID) -> Response:
        """With its text."""
        return Response(whole_notice(find_notice(notice_id, actor=self.actor)))


urlpatterns = [
    path("notices/", NoticeList.as_view()),
    path("notices/<uuid:notice_id>/", OneNotice.as_view()),
]
