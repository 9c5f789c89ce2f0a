"""Pools: listed, made, read, changed, removed."""

from __future__ import annotations

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.pools import create_pool, delete_pool, update_pool
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.pools import NewPool, PoolAnswer, PoolPatch, Pools
from jobs.api.views.resource import Resource
from jobs.queries.pools import pool_load, pool_loads


class PoolList(Resource):
    """`pools/`"""

    reads = "beatwright.view_pool"

    @operation("pools", "List the pools", answer=Pools, operation_id="pools_list")
    def get(self, request: Request) -> Response:
        """All of them, at most 200, with what is in use."""
        return Response(
            {"results": [load.fields() for load in pool_loads(actor=self.actor, now=now())]}
        )

    @operation("pools", "Create a pool", body=NewPool, answer={201: PoolAnswer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Jobs draw on it once they name it; `default` is also that of jobs that need resources and
        name no pool.
        """
        pool = create_pool(read_body(request, NewPool).values(), actor=self.actor, now=now())
        answer = Response(pool_load(pool.name, actor=self.actor, now=now()).fields(), status=201)
        answer["Location"] = self.address(f"pools/{pool.name}/")
        return answer


class OnePool(Resource):
    """`pools/{name}/`"""

    reads = "beatwright.view_pool"

    @operation("pools", "Read a pool", answer=PoolAnswer)
    def get(self, request: Request, name: str) -> Response:
        """Its limits, what of them is in use, and what waits."""
        return self._pool(name)

    @operation("pools", "Change some fields of a pool", body=PoolPatch, answer=PoolAnswer)
    def patch(self, request: Request, name: str) -> Response:
        """What is left out stays as it is. What runs goes on, though a limit sinks below it."""
        update_pool(name, read_body(request, PoolPatch).values(), actor=self.actor, now=now())
        return self._pool(name)

    @operation("pools", "Remove a pool", answer={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """One that jobs name stays: give them another first."""
        delete_pool(name, actor=self.actor, now=now())
        return Response(status=204)

    def _pool(self, name: str) -> Response:
        return Response(pool_load(name, actor=self.actor, now=now()).fields())


urlpatterns = [
    path("pools/", PoolList.as_view()),
    path("pools/<str:name>/", OnePool.as_view()),
]
