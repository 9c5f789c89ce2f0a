"""What the pages with revealed secrets share."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

REASON_MOST = 500


def reason_in(request: HttpRequest) -> str:
    """Why somebody looks, as far as it can be kept: what they see does not hang on it."""
    return request.POST.get("reason", "").replace("\0", "")[:REASON_MOST]


def never_stored(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


def indented(value: Any) -> str:
    """JSON as people read it; half a surrogate pair, which no page can carry, is shown as its
    escape.
    """
    return (
        json.dumps(value, indent=2, ensure_ascii=False).encode(errors="backslashreplace").decode()
    )
