"""Pages of other origins: which of them may call the API, and what their browsers are told (CORS).

Cookies have no part in it: such a page shows a token, as any program does.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from jobs import conf

ANY = "*"
SECONDS = "600"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
SENT = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
TOLD = "ETag, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Warning"


def answer_to_preflight(request: HttpRequest) -> HttpResponse | None:
    """The answer to a browser that asks before it lets a page of an allowed origin call; else
    None.
    """
    is_preflight = (
        request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    )
    if not (is_preflight and _is_allowed(request.headers.get("Origin", ""))):
        return None
    answer = HttpResponse(status=204)
    answer["Access-Control-Allow-Methods"] = METHODS
    answer["Access-Control-Allow-Headers"] = SENT
    answer["Access-Control-Max-Age"] = SECONDS
    return answer


def told_to_origin(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer, which a page of an allowed origin may read."""
    if not conf.get().cors_origins:
        return response
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if _is_allowed(origin):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = TOLD
    return response


def _is_allowed(origin: str) -> bool:
    allowed = conf.get().cors_origins
    return bool(origin) and (origin in allowed or ANY in allowed)
