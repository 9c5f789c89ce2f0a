"""Secrets: listed, made, read without their values, changed, removed."""

from __future__ import annotations

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.secrets import create_secret, delete_secret, reseal_secrets, update_secret
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.secrets import NewSecret, Rotated, SecretPatch, Secrets, WholeSecret
from jobs.api.views.resource import Resource
from jobs.queries.access.secrets import secret_usage, secret_usages


class SecretList(Resource):
    """`secrets/`"""

    reads = "beatwright.use_secret"

    @operation("secrets", "List the secrets", answer=Secrets, operation_id="secrets_list")
    def get(self, request: Request) -> Response:
        """All that you may see, at most 1,000, without their values."""
        return Response(
            {"results": [usage.fields() for usage in secret_usages(actor=self.actor, now=now())]}
        )

    @operation("secrets", "Create a secret", body=NewSecret, answer={201: WholeSecret})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Jobs name it in their params: `{"$secret": "billing-db"}`."""
        secret = create_secret(read_body(request, NewSecret).values(), actor=self.actor, now=now())
        answer = Response(
            secret_usage(secret.name, actor=self.actor, now=now()).whole(), status=201
        )
        answer["Location"] = self.address(f"secrets/{secret.name}/")
        return answer


class OneSecret(Resource):
    """`secrets/{name}/`"""

    reads = "beatwright.use_secret"

    @operation("secrets", "Read a secret's details", answer=WholeSecret)
    def get(self, request: Request, name: str) -> Response:
        """Everything but its value, which nobody can read."""
        return self._secret(name)

    @operation("secrets", "Change some fields of a secret", body=SecretPatch, answer=WholeSecret)
    def patch(self, request: Request, name: str) -> Response:
        """What is left out stays as it is. Runs that begin from now on get a new value."""
        update_secret(name, read_body(request, SecretPatch).values(), actor=self.actor, now=now())
        return self._secret(name)

    @operation("secrets", "Remove a secret", answer={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """One that jobs name stays: give them another first."""
        delete_secret(name, actor=self.actor, now=now())
        return Response(status=204)

    def _secret(self, name: str) -> Response:
        return Response(secret_usage(name, actor=self.actor, now=now()).whole())


class RotateSecrets(Resource):
    """`secret-keys/rotate/`"""

    @operation("secrets", "Encrypt all secrets with the first key", answer=Rotated)
    @idempotent()
    def post(self, request: Request) -> Response:
        """After a change of `SECRETS_KEYS`.

        Values and versions stay; what is under the first key is passed over.
        """
        return Response(reseal_secrets(actor=self.actor, now=now()))


urlpatterns = [
    path("secrets/", SecretList.as_view()),
    path("secrets/<str:name>/", OneSecret.as_view()),
    path("secret-keys/rotate/", RotateSecrets.as_view()),
]
