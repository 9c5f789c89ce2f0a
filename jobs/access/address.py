"""Where a request comes from."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's IP address; behind our proxy (SECURE_PROXY) the last one it has added to
    X-Forwarded-For.

    What stands before that was sent by the client, who may write there what they like. Empty when
    there is none.
    """
    direct = str(request.META.get("REMOTE_ADDR") or "")
    if not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        return direct
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    try:
        return str(ip_address(forwarded))
    except ValueError:
        return direct
