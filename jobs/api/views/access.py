"""Tokens and the audit: how programs get in, and what everybody did."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.people.tokens import create_token, revoke_token
from jobs.api.idempotency import idempotent
from jobs.api.paging import cursor_of, page, read_place
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.selecting import selected, wanted_fields
from jobs.api.shapes.access import (
    AuditEntryAnswer,
    AuditPage,
    AuditQuery,
    NewToken,
    TokenAnswer,
    TokenBody,
    Tokens,
    TokensQuery,
)
from jobs.api.views.resource import Resource
from jobs.queries.access.audit import AuditFilter, audit_page, entry_fields
from jobs.queries.access.tokens import find_user, token_by_id, token_fields, tokens_shown

NEWEST = "newest"


class TokenList(Resource):
    """`tokens/`"""

    words: ClassVar = {"days": "expires_days"}

    @operation("access", "List the tokens", query=TokensQuery, answer=Tokens)
    def get(self, request: Request) -> Response:
        """Yours, or with `beatwright.manage_token` everybody's: those in use first, at most 200."""
        query = read_query(request, TokensQuery)
        found = tokens_shown(self.actor, username=query.user, name=query.name, prefix=query.prefix)
        return Response({"results": [token_fields(token) for token in found]})

    @operation("access", "Create a token", body=TokenBody, answer={201: NewToken})
    def post(self, request: Request) -> Response:
        """Its secret is told this once: nothing keeps it to repeat the answer with.

        A token makes one where its scopes name the permission for that.
        """
        body, actor = read_body(request, TokenBody), self.actor
        owner = find_user(body.user or actor.name)
        made = create_token(
            owner,
            name=body.name,
            actor=actor,
            now=now(),
            scopes=body.scopes,
            tags=body.tags,
            days=body.expires_days,
        )
        row = token_fields(made.token) | {"secret": made.secret}
        return Response(row, status=201, headers={"Cache-Control": "no-store"})


class RevokeToken(Resource):
    """`tokens/{id}/revoke/`"""

    @operation("access", "Revoke a token", answer=TokenAnswer)
    @idempotent()
    def post(self, request: Request, token_id: uuid.UUID) -> Response:
        """It opens nothing any more. Your own needs no permission."""
        revoke_token(token_by_id(token_id, actor=self.actor), actor=self.actor, now=now())
        return Response(token_fields(token_by_id(token_id, actor=self.actor)))


class Audit(Resource):
    """`audit/`"""

    reads = "beatwright.view_auditentry"

    @operation(
        "access", "List audit entries", query=AuditQuery, answer=AuditPage, selects=AuditEntryAnswer
    )
    def get(self, request: Request) -> Response:
        """Newest first. Whom tags limit, sees what was done to jobs that carry one of theirs."""
        query = read_query(request, AuditQuery)
        fields, after = wanted_fields(query.fields, AuditEntryAnswer), read_place(query, NEWEST)
        wanted = AuditFilter(query.who, query.verb or "", query.kind, query.target, query.job)
        found = audit_page(wanted, actor=self.actor, after=after, limit=query.limit)
        rows = [selected(entry_fields(entry), fields) for entry in found.rows]
        return page(
            request, rows, cursor_of(NEWEST, [found.rows[-1].pk]) if found.more_after else None
        )


urlpatterns = [
    path("tokens/", TokenList.as_view()),
    path("tokens/<uuid:token_id>/revoke/", RevokeToken.as_view()),
    path("audit/", Audit.as_view()),
]
