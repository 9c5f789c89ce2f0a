"""Idempotency-Key: a request that is sent again, because its answer was lost, does nothing again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import nullcontext

from django.db import transaction
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.access import actor_in
from jobs.api.errors import BadRequest, KeyReused
from jobs.errors import DomainError
from jobs.models import IdempotencyKey

HEADER = "Idempotency-Key"
ALLOWED = re.compile(r"[!-~]{1,100}")
KEPT_HEADERS = ("ETag", "Location")


def key_of(request: Request) -> str | None:
    """The key, if the request has one; raises BadRequest for one that cannot be."""
    key = request.headers.get(HEADER)
    if key is not None and not ALLOWED.fullmatch(key):
        raise BadRequest([DomainError("must be 1 to 100 printable ASCII characters without a space", field=HEADER)])
    return key


def once(request: Request, act: Callable[[], Response], *, atomic: bool = True) -> Response:
    """What ``act`` answers, or answered when the same caller sent this request with this key before.

    ``atomic`` keeps what it does and what it answered in one transaction. Without it, ``act`` must be safe to repeat
    with the same key: it is repeated where the first answer was never written. Errors are not remembered. Raises
    KeyReused where the key belongs to another request.
    """
    key = key_of(request)
    if key is None:
        return act()
    with transaction.atomic() if atomic else nullcontext():
        kept = _kept(request, key)
        if kept.status:
            return Response(kept.answer, status=kept.status, headers=kept.headers | {"Idempotent-Replayed": "true"})
        answer = _acted(act, kept)
        kept.status, kept.answer = answer.status_code, json.loads(json.dumps(answer.data))
        kept.headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
        kept.save()
    return answer


def _kept(request: Request, key: str) -> IdempotencyKey:
    actor = actor_in(request)
    digest = _digest(request)
    owner = f"{actor.name}\n{actor.token}"[:200]
    kept, _ = IdempotencyKey.objects.get_or_create(
        owner=owner, key=key, defaults={"request": digest, "created_at": now()}
    )
    if kept.request != digest:
        raise KeyReused("was used for another request before", field=HEADER, hint="take a new key for a new request")
    return kept


def _acted(act: Callable[[], Response], kept: IdempotencyKey) -> Response:
    try:
        return act()
    except DomainError:
        kept.delete()
        raise


def _digest(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()
