"""Who may do what, and who did what: tokens and the audit."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue, WithJsonSchema

from jobs.access.audit import Verb
from jobs.actions.people.tokens import MOST_DAYS, USUAL_DAYS
from jobs.api.shapes.base import (
    Answer,
    Body,
    Id,
    Integral,
    PagedById,
    Query,
    Selectable,
    Selecting,
    Stamp,
)

VerbWord = Annotated[
    Verb, WithJsonSchema({"type": "string", "enum": [verb.value for verb in Verb]})
]


class TokenAnswer(Answer):
    """All that is known of a token once it is made. Without `scopes` it may what its owner may."""

    id: Id
    name: str
    prefix: str = Field(description="The first characters of the secret.")
    user: str
    scopes: list[str]
    tags: list[str]
    expires_at: Stamp
    last_used_at: Stamp | None
    last_used_from: str
    revoked_at: Stamp | None
    created_at: Stamp
    created_by: str


class NewToken(TokenAnswer):
    """The only answer that holds the secret."""

    secret: str


class Tokens(Answer):
    results: list[TokenAnswer]


class TokensQuery(Query):
    user: str = Field("", description="Whose. Unless given, all that you may see.")
    name: str = Field("", description="Exactly this name.")
    prefix: str = Field("", description="Exactly this prefix.")


class TokenBody(Body):
    name: str = Field(min_length=1, max_length=100, description="What it is for.")
    user: str = Field("", description="Whose rights it has; unless given, yours.")
    scopes: list[str] = Field(
        [], description="No more than these roles and permissions, such as `operator`."
    )
    tags: list[str] = Field([], description="Only jobs that carry one of these.")
    expires_days: Annotated[int, Field(ge=1, le=MOST_DAYS), Integral] = USUAL_DAYS


class AuditEntryAnswer(Selectable):
    """Who did what. `changes` holds, for each field that changed, its value before and after."""

    id: Id
    at: Stamp
    who: str
    surface: Literal["console", "api", "grpc", "cli", "import", "system"]
    verb: str
    target_kind: str
    target_id: str
    target_name: str
    job_id: Id | None
    changes: dict[str, JsonValue]
    reason: str
    address: str
    token: str


class AuditPage(Answer):
    results: list[AuditEntryAnswer]
    next: str | None


class AuditQuery(PagedById, Selecting):
    who: str = Field("", description="What this person did.")
    verb: VerbWord | None = None
    kind: str = Field("", description="About this kind of thing, such as `job` or `queue`.")
    target: str = Field("", description="About things whose name begins so.")
    job: UUID | None = Field(None, description="About the job of this id.")
