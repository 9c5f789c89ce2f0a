"""Channels: listed, made, read without their addresses, changed, tried, removed."""

from __future__ import annotations

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.notice.channels import (
    create_channel,
    delete_channel,
    try_channel,
    update_channel,
)
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.base import NoBody
from jobs.api.shapes.notices import (
    ChannelAnswer,
    ChannelPatch,
    Channels,
    ChannelTried,
    NewChannel,
)
from jobs.api.views.resource import Resource
from jobs.queries.notices.channels import all_channels, channel_fields, one_channel


class ChannelList(Resource):
    """`channels/`"""

    reads = "beatwright.view_channel"

    @operation("notices", "List the channels", answer=Channels, operation_id="channels_list")
    def get(self, request: Request) -> Response:
        """At most 200, without their addresses."""
        return Response({"results": [channel_fields(channel) for channel in all_channels()]})

    @operation("notices", "Create a channel", body=NewChannel, answer={201: ChannelAnswer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Routes send what they are for to it."""
        values = read_body(request, NewChannel).values()
        channel = create_channel(values, actor=self.actor, now=now())
        answer = Response(channel_fields(one_channel(channel.name)), status=201)
        answer["Location"] = self.address(f"channels/{channel.name}/")
        return answer


class OneChannel(Resource):
    """`channels/{name}/`"""

    reads = "beatwright.view_channel"

    @operation("notices", "Read a channel's details", answer=ChannelAnswer)
    def get(self, request: Request, name: str) -> Response:
        """Everything but its address and key."""
        return Response(channel_fields(one_channel(name)))

    @operation("notices", "Change a channel", body=ChannelPatch, answer=ChannelAnswer)
    def patch(self, request: Request, name: str) -> Response:
        """What is left out stays as it is."""
        values = read_body(request, ChannelPatch).values()
        update_channel(name, values, actor=self.actor, now=now())
        return Response(channel_fields(one_channel(name)))

    @operation("notices", "Remove a channel", answer={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """One that routes lead to stays. What waits for it is dropped."""
        delete_channel(name, actor=self.actor, now=now())
        return Response(status=204)


class TryChannel(Resource):
    """`channels/{name}/test/`"""

    @operation("notices", "Send a test through a channel", answer=ChannelTried)
    @idempotent(atomic=False)
    def post(self, request: Request, name: str) -> Response:
        """Answers what the channel said, within ten seconds."""
        read_body(request, NoBody)
        done = try_channel(name, actor=self.actor, now=now())
        return Response({"sent": done.is_sent, "answer": done.text})


urlpatterns = [
    path("channels/", ChannelList.as_view()),
    path("channels/<str:name>/", OneChannel.as_view()),
    path("channels/<str:name>/test/", TryChannel.as_view()),
]
