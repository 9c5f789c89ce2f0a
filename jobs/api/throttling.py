"""So many requests a minute for each token and each user, and for each address of those who are nobody yet."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from jobs.access.actor import Actor

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this class by its name in settings

WINDOW = 60


class PerMinute(BaseThrottle):
    """Counts in whole minutes in this process's memory: no request waits for another server to be counted."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        most = settings.API_RATE_PER_MINUTE
        if not most:
            return True
        who = sha256(self._who(request).encode()).hexdigest()
        key = f"api-rate:{who}:{int(time.time() // WINDOW)}"
        if cache.add(key, 1, WINDOW * 2):
            return True
        try:
            return cache.incr(key) <= most
        except ValueError:
            return True  # forgotten in between, as the cache holds only so many callers

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW

    def _who(self, request: Request) -> str:
        if isinstance(request.auth, Actor):
            return f"token:{request.auth.name}:{request.auth.token}"
        if request.user.is_authenticated:
            return f"user:{request.user.pk}"
        return f"address:{request.META.get('REMOTE_ADDR')}"
