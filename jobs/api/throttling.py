"""So many requests a minute for each token and each user, and for each address of those who are
nobody yet.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from jobs.access.actor import Actor, caller_in_process
from jobs.access.rates import Rate, count_request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this class by its name in settings


class PerMinute(BaseThrottle):
    """Whole minutes; what a caller has left of this one is told with every answer, by
    ``rate_headers``.

    A call from within this process is not counted: it keeps no thread of the server's from anybody.
    """

    rate: Rate | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if caller_in_process(request.META):
            return True
        self.rate = request.rate = count_request(_who(request), now=time.time())  # type: ignore[attr-defined]  # for the answer's headers
        return self.rate is None or not self.rate.is_exceeded

    def wait(self) -> float | None:
        return self.rate.resets_in if self.rate else None


def rate_headers(request: Request) -> dict[str, str]:
    """What to tell the caller; nothing where requests are not counted, or this one was not."""
    rate: Rate | None = getattr(request, "rate", None)
    if rate is None:
        return {}
    told = {"Limit": rate.most, "Remaining": rate.left, "Reset": rate.resets_in}
    return {f"RateLimit-{name}": str(number) for name, number in told.items()}


def _who(request: Request) -> str:
    if isinstance(request.auth, Actor):
        return request.auth.caller
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{request.META.get('REMOTE_ADDR')}"
