"""Idempotency-Key: every POST that does something takes one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any, TypeVar

from django.http import QueryDict
from django.utils.crypto import salted_hmac
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from jobs.access.idempotency import Asked, KeptAnswer, check_key, once
from jobs.api.access import actor_in

HEADER = "Idempotency-Key"
KEPT_HEADERS = ("ETag", "Location")

Post = TypeVar("Post", bound=Callable[..., Response])


def key_of(request: Request) -> str | None:
    """The key, if the request has one; raises InvalidKey for one that cannot be."""
    key = request.headers.get(HEADER)
    if key is not None:
        check_key(key, HEADER)
    return key


def idempotent(*, atomic: bool = True) -> Callable[[Post], Post]:
    """Of a view's POST: with a key that was sent before, answer as before and do nothing.

    ``atomic`` as in ``jobs.access.idempotency.once``.
    """

    def wrapped(post: Post) -> Post:
        @wraps(post)
        def keyed(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = key_of(request)
            if key is None:
                return post(view, request, *args, **kwargs)
            asked = Asked(actor_in(request), key, _digest(request), HEADER)
            return _once(asked, partial(post, view, request, *args, **kwargs), atomic=atomic)

        keyed.is_idempotent = True  # type: ignore[attr-defined]  # read by is_idempotent
        return keyed  # type: ignore[return-value]  # the same arguments, the same answer

    return wrapped


def is_idempotent(post: object) -> bool:
    """Whether a view's method takes a key."""
    return getattr(post, "is_idempotent", False)


def _once(asked: Asked, post: Callable[[], Response], *, atomic: bool) -> Response:
    made: list[Response] = []

    def act() -> KeptAnswer:
        made.append(post())
        return _answer(made[0])

    answer = once(asked, act, now=now(), atomic=atomic)
    return _replayed(answer) if answer.replayed else made[0]


def _answer(response: Response) -> KeptAnswer:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    return KeptAnswer(
        response.status_code, json.loads(json.dumps(response.data, cls=JSONEncoder)), headers
    )


def _replayed(answer: KeptAnswer) -> Response:
    return Response(
        answer.body, status=answer.status, headers=answer.headers | {"Idempotent-Replayed": "true"}
    )


def _digest(request: Request) -> str:
    """Made with SECRET_KEY: a body may hold a password, and who reads the database is not to guess
    it by its digest.
    """
    digest = salted_hmac(HEADER, f"{request.method} {request.get_full_path()}", algorithm="sha256")
    for part in _parts(request):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _parts(request: Request) -> Iterator[bytes]:
    """The body: JSON whatever the order of its names, a file as it is, an upload without its
    envelope.
    """
    if isinstance(request.data, bytes):
        yield request.data
    elif isinstance(request.data, QueryDict):
        for name, upload in sorted(request.FILES.items()):
            yield from (name.encode(), (upload.name or "").encode(), *upload.chunks())
            upload.seek(0)
    else:
        yield json.dumps(request.data, sort_keys=True).encode()
