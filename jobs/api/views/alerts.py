"""What needs attention, and who looks into it."""

from __future__ import annotations

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.alerts import acknowledge_alert, acknowledge_cause, undo_acknowledge_cause
from jobs.actions.undo import undo_acknowledge
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.base import NoBody
from jobs.api.shapes.site import (
    Acknowledge,
    AcknowledgeCause,
    Alert,
    AlertGroups,
    AlertGroupsQuery,
    Alerts,
    AlertsQuery,
    Cause,
)
from jobs.api.views.resource import Resource
from jobs.queries.attention.alert_groups import alert_groups
from jobs.queries.attention.alerts import (
    alert_fields,
    alerts_in,
    find_alert,
    open_alerts,
    silence_fields,
)


class AlertList(Resource):
    """`alerts/`"""

    reads = "beatwright.view_alert"

    @operation("site", "List what needs attention", query=AlertsQuery, answer=Alerts)
    def get(self, request: Request) -> Response:
        """Newest first; a scheduler that is silent now comes before all."""
        query = read_query(request, AlertsQuery)
        if query.state:
            chosen = alerts_in(query.state, query.limit, actor=self.actor, cause=query.cause)
            return Response({"results": list(map(alert_fields, chosen))})
        found = open_alerts(query.limit, actor=self.actor, acknowledged=query.acknowledged)
        return Response({"results": [*silence_fields(now()), *map(alert_fields, found)]})


class AlertGroupList(Resource):
    """`alerts/causes/`"""

    reads = "beatwright.view_alert"

    @operation("site", "List alerts by cause", query=AlertGroupsQuery, answer=AlertGroups)
    def get(self, request: Request) -> Response:
        """One row for all that fails with one error; the newest first."""
        query = read_query(request, AlertGroupsQuery)
        found = alert_groups(query.state, query.limit, actor=self.actor)
        return Response({"results": [group.fields() for group in found]})


class AcknowledgeCauseView(Resource):
    """`alerts/causes/acknowledge/`"""

    @operation("site", "Acknowledge a cause", body=AcknowledgeCause, answer=Alerts)
    @idempotent()
    def post(self, request: Request) -> Response:
        """All its open alerts no longer need attention, until `until` or until each is over."""
        body = read_body(request, AcknowledgeCause)
        done = acknowledge_cause(
            body.cause, actor=self.actor, reason=body.reason, until=body.until, now=now()
        )
        return Response({"results": list(map(alert_fields, done))})


class UndoAcknowledgeCause(Resource):
    """`alerts/causes/undo-acknowledge/`"""

    @operation("site", "Undo the acknowledgement of a cause", body=Cause, answer=Alerts)
    @idempotent()
    def post(self, request: Request) -> Response:
        """All its acknowledged alerts need attention again."""
        body = read_body(request, Cause)
        done = undo_acknowledge_cause(body.cause, actor=self.actor, now=now())
        return Response({"results": list(map(alert_fields, done))})


class AcknowledgeAlert(Resource):
    """`alerts/{id}/acknowledge/`"""

    @operation("site", "Acknowledge an alert", body=Acknowledge, answer=Alert)
    @idempotent()
    def post(self, request: Request, alert_id: int) -> Response:
        """It no longer needs attention, until `until` or until it is over."""
        body, alert = read_body(request, Acknowledge), find_alert(alert_id, actor=self.actor)
        done = acknowledge_alert(
            alert, actor=self.actor, reason=body.reason, until=body.until, now=now()
        )
        return Response(alert_fields(done))


class UndoAcknowledge(Resource):
    """`alerts/{id}/undo-acknowledge/`"""

    @operation("site", "Undo an acknowledgement", answer=Alert)
    @idempotent()
    def post(self, request: Request, alert_id: int) -> Response:
        """Nobody looks into it any more, whatever was said."""
        read_body(request, NoBody)
        done = undo_acknowledge(find_alert(alert_id, actor=self.actor), actor=self.actor, now=now())
        return Response(alert_fields(done))


urlpatterns = [
    path("alerts/", AlertList.as_view()),
    path("alerts/causes/", AlertGroupList.as_view()),
    path("alerts/causes/acknowledge/", AcknowledgeCauseView.as_view()),
    path("alerts/causes/undo-acknowledge/", UndoAcknowledgeCause.as_view()),
    path("alerts/<int:alert_id>/acknowledge/", AcknowledgeAlert.as_view()),
    path("alerts/<int:alert_id>/undo-acknowledge/", UndoAcknowledge.as_view()),
]
