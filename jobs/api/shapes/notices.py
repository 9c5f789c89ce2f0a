"""Channels, routes and notices. An address and a key are only ever written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from jobs.actions.notice.channels import LONGEST_DESCRIPTION
from jobs.actions.notice.routes import MOST_MINUTES
from jobs.api.shapes.base import Answer, Body, Id, Integral, PagedById, Stamp
from jobs.api.shapes.jobs import drop_defaults
from jobs.notices.channels.target import LONGEST_ADDRESS

Kind = Literal["email", "webhook", "apprise", "heartbeat"]
State = Literal["waiting", "sent", "counted", "dropped", "failed"]
ADDRESS = (
    "Email addresses with commas between them, or a URL. It is stored encrypted, and nothing "
    "answers it."
)
KEY = "Of a webhook: what signs its messages, as Standard Webhooks has it (`whsec_…`)."
SECRET: dict[str, Any] = {"writeOnly": True}
LIST = "Only alerts that have one of these; empty: all."
Minutes = Annotated[int, Field(ge=0, le=MOST_MINUTES), Integral]


class ChannelPatch(Body):
    """The fields that change; name and kind stay."""

    model_config = ConfigDict(json_schema_extra=drop_defaults)

    address: str = Field(
        "", max_length=LONGEST_ADDRESS, description=ADDRESS, json_schema_extra=SECRET
    )
    key: str = Field("", max_length=200, description=KEY, json_schema_extra=SECRET)
    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    enabled: bool = True

    def values(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewChannel(ChannelPatch):
    """A channel as one writes it."""

    name: str = Field(min_length=1, max_length=100, examples=["on-call"])
    kind: Kind
    address: str = Field(
        min_length=1,
        max_length=LONGEST_ADDRESS,
        description=ADDRESS,
        json_schema_extra=SECRET,
        examples=["ops@example.com"],
    )


class ChannelAnswer(Answer):
    """All but its address and its key; `waiting` counts the notices that wait for it."""

    name: str
    kind: Kind
    leads_to: str = Field(description="Where it leads, without what is secret in that.")
    description: str
    enabled: bool
    answer: str = Field(description="What it said to the latest try.")
    tried_at: Stamp | None
    failing_since: Stamp | None
    created_at: Stamp
    created_by: str
    updated_at: Stamp
    updated_by: str
    waiting: int


class Channels(Answer):
    results: list[ChannelAnswer]


class ChannelTried(Answer):
    """What the channel said to a test."""

    sent: bool
    answer: str


class RoutePatch(Body):
    """The fields that change; a route's name stays."""

    model_config = ConfigDict(json_schema_extra=drop_defaults)

    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    enabled: bool = True
    channel: str = Field("", max_length=100, description="The name of a channel.")
    kinds: list[str] = Field([], description=LIST, examples=[["failing", "late"]])
    severities: list[str] = Field([], description=LIST, examples=[["critical"]])
    jobs: list[str] = Field([], description=f"Names of jobs. {LIST}")
    tags: list[str] = Field([], description=LIST)
    owners: list[str] = Field([], description=LIST)
    queues: list[str] = Field([], description=LIST)
    recovery: bool = Field(True, description="Whether it is told when an alert is over.")
    quiet: str = Field(
        "",
        max_length=11,
        description="Hours in which nothing is sent; it is kept until they end.",
        examples=["22:00-07:00"],
    )
    timezone: str = Field("UTC", max_length=64, description="Of the quiet hours and the texts.")
    digest_minutes: Minutes = Field(
        0, description="At most one message in so many minutes, which tells of the rest."
    )
    escalate_minutes: Minutes = Field(
        0, description="After so many minutes without an acknowledgement, `escalate_to` is told."
    )
    escalate_to: str | None = Field(None, max_length=100, description="The name of a channel.")

    def values(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewRoute(RoutePatch):
    """A route as one writes it."""

    name: str = Field(min_length=1, max_length=100, examples=["night"])
    channel: str = Field(min_length=1, max_length=100, description="The name of a channel.")


class RouteAnswer(Answer):
    """Of the jobs that it names, those that you may see."""

    name: str
    description: str
    enabled: bool
    channel: str
    kinds: list[str]
    severities: list[str]
    jobs: list[str]
    tags: list[str]
    owners: list[str]
    queues: list[str]
    recovery: bool
    quiet: str
    timezone: str
    digest_minutes: int
    escalate_minutes: int
    escalate_to: str | None
    created_at: Stamp
    created_by: str
    updated_at: Stamp
    updated_by: str


class Routes(Answer):
    results: list[RouteAnswer]


class RoutePreview(Answer):
    """What it would have sent in the last seven days, by the alerts that are still kept."""

    alerts: int
    messages: int
    escalations: int
    sentence: str


class NoticesQuery(PagedById):
    state: State | None = None
    channel: str = Field("", max_length=100)
    route: str = Field("", max_length=100)


class NoticeAnswer(Answer):
    """What was told, to whom, and what came of it.

    `id` is what the receiver sees as `webhook-id` or within the Message-ID.
    """

    id: Id
    kind: Literal["opened", "recovered", "escalated", "flapping"]
    state: State
    title: str
    channel: str
    route: str
    alert_id: int
    alert_kind: str
    job_id: Id | None
    job: str | None
    run_id: Id | None
    attempts: int
    created_at: Stamp
    next_at: Stamp
    tried_at: Stamp | None
    sent_at: Stamp | None
    answer: str


class WholeNotice(NoticeAnswer):
    """`carried_by` is the notice in whose message this one was told."""

    text: str
    carried_by: Id | None


class NoticePage(Answer):
    results: list[NoticeAnswer]
    next: str | None
