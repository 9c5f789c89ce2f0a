"""Routes: listed, made, read, changed, removed, and what each would have sent."""

from __future__ import annotations

from dataclasses import asdict

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.notice.routes import create_route, delete_route, update_route
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.notices import NewRoute, RouteAnswer, RoutePatch, RoutePreview, Routes
from jobs.api.views.resource import Resource
from jobs.queries.notices.routes import all_routes, one_route, route_preview, route_rows


class RouteList(Resource):
    """`routes/`"""

    reads = "beatwright.view_route"

    @operation("notices", "List the routes", answer=Routes, operation_id="routes_list")
    def get(self, request: Request) -> Response:
        """At most 200."""
        return Response({"results": route_rows(all_routes(), actor=self.actor)})

    @operation("notices", "Create a route", body=NewRoute, answer={201: RouteAnswer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """It takes the alerts that are opened from now on."""
        values = read_body(request, NewRoute).values()
        route = create_route(values, actor=self.actor, now=now())
        [row] = route_rows([route], actor=self.actor)
        return Response(
            row, status=201, headers={"Location": self.address(f"routes/{route.name}/")}
        )


class OneRoute(Resource):
    """`routes/{name}/`"""

    reads = "beatwright.view_route"

    @operation("notices", "Read a route", answer=RouteAnswer)
    def get(self, request: Request, name: str) -> Response:
        """Which alerts it takes, and where to."""
        return self._route(name)

    @operation("notices", "Change a route", body=RoutePatch, answer=RouteAnswer)
    def patch(self, request: Request, name: str) -> Response:
        """What is left out stays as it is; so do the notices that it has written."""
        values = read_body(request, RoutePatch).values()
        update_route(name, values, actor=self.actor, now=now())
        return self._route(name)

    @operation("notices", "Remove a route", answer={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """What it has written is still sent."""
        delete_route(name, actor=self.actor, now=now())
        return Response(status=204)

    def _route(self, name: str) -> Response:
        [row] = route_rows([one_route(name)], actor=self.actor)
        return Response(row)


class PreviewRoute(Resource):
    """`routes/{name}/preview/`"""

    reads = "beatwright.manage_channel"

    @operation("notices", "Preview a route", answer=RoutePreview)
    def get(self, request: Request, name: str) -> Response:
        """How much it would have sent in the last seven days."""
        self.actor.require_everywhere("beatwright.manage_channel")
        found = route_preview(one_route(name), now=now())
        return Response(asdict(found) | {"sentence": found.sentence()})


urlpatterns = [
    path("routes/", RouteList.as_view()),
    path("routes/<str:name>/", OneRoute.as_view()),
    path("routes/<str:name>/preview/", PreviewRoute.as_view()),
]
