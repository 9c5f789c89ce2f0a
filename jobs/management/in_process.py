"""The REST API of this process, for the commands of somebody who has this machine's database and
SECRET_KEY.

A request goes to its view as it is. What stands before the views is for a network: allowed hosts,
redirects to HTTPS, sessions, rate limits, the deadlines of a server's threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve

from jobs.access.actor import CALLER
from jobs.management.local_user import actor

ADDRESSES = "jobs.management.addresses"
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Call(WSGIRequest):
    """A request that came over no network, and whose host is nobody's to allow."""

    def get_host(self) -> str:
        return str(self.META["HTTP_HOST"])


def transport() -> httpx.WSGITransport:
    """What httpx sends requests by; an error that the API does not answer is raised by it as it
    is.
    """
    return httpx.WSGITransport(app=application)


def application(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    """The API as a WSGI application that trusts whoever calls it."""
    path = environ["PATH_INFO"].encode().decode("latin-1")  # as WSGI has it, and httpx has not
    call = Call(environ | {CALLER: actor(), "PATH_INFO": path})
    view, arguments, named = resolve(call.path_info, urlconf=ADDRESSES)
    answer = view(call, *arguments, **named)
    answer.render()
    start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
    return [answer.content]
