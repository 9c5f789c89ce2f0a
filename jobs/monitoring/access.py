"""Who may read the metrics: whoever has the token, and whoever asks from this very machine."""

from __future__ import annotations

from ipaddress import ip_address

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from jobs import conf

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via")


def may_read_metrics(request: HttpRequest) -> bool:
    """A token that is given must be right, wherever the request comes from."""
    given = request.headers.get("Authorization")
    if given is None:
        return _is_from_here(request)
    scheme, _, token = given.partition(" ")
    right = conf.get().metrics_token
    return (
        bool(right) and scheme.lower() == "bearer" and constant_time_compare(token.strip(), right)
    )


def _is_from_here(request: HttpRequest) -> bool:
    """From loopback, not through a proxy, and asked for by our own name.

    A proxy on this machine passes on what strangers ask; a stranger's page may have its own name
    point here.
    """
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        request.get_host()
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except (DisallowedHost, ValueError):
        return False
