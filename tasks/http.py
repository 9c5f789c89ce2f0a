"""Call a web address, within bounds: public hosts only, few redirects, small answers, limited
time.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import httpx
from celery import shared_task
from celery.utils.log import get_task_logger
from django.conf import settings
from pydantic import Field

from tasks import web

logger = get_task_logger(__name__)

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Status = Annotated[int, Field(ge=100, le=599)]


@shared_task(name="HttpRequest")
def http_request(
    url: Annotated[str, Field(description="An http:// or https:// address.", max_length=8192)],
    method: Annotated[Method, Field(description="The HTTP method.")] = "GET",
    headers: Annotated[dict[str, str] | None, Field(description="Headers to send.")] = None,
    json: Annotated[Any, Field(description="A JSON value to send as the body.")] = None,
    body: Annotated[
        str | None, Field(description="A text to send as the body, in place of json.")
    ] = None,
    timeout_seconds: Annotated[
        float, Field(gt=0, le=3600, description="For the whole request.")
    ] = 30.0,
    expect_status: Annotated[
        Status | list[Status] | None,
        Field(description="The status, or statuses, that mean success; else any 2xx."),
    ] = None,
    follow_redirects: Annotated[
        bool, Field(description="Whether to follow up to five redirects.")
    ] = True,
) -> dict[str, Any]:
    """Call a web address and check its answer.

    Fails unless the status is 2xx, or the expected one. Returns ``{"status": 200, "url": …,
    "headers": {…}, "body": "…", "truncated": false}``: the address that answered in the end, its
    content headers, and the first 10,000 characters of its text. Hosts inside the network are
    refused unless HTTP_ALLOW_HOSTS names them.
    """
    if json is not None and body is not None:
        raise ValueError("give 'json' or 'body', not both")
    request = web.build(method, url, headers or {}, json=json, text=body)
    limits = web.Limits(
        seconds=timeout_seconds,
        redirects=web.MOST_REDIRECTS if follow_redirects else 0,
        allow=allowed_hosts(),
    )
    answer = web.fetch(request, limits)
    logger.info("%s %s answered %s", method, web.shown(request.url), answer.status)
    _check(answer, expect_status)
    return answer.as_result()


def allowed_hosts() -> list[str]:
    """The internal hosts that tasks may call, from Django's settings."""
    return list(getattr(settings, "BEATWRIGHT", {}).get("http_allow_hosts", ()))


def _check(answer: web.Answer, expect_status: int | list[int] | None) -> None:
    expected = [expect_status] if isinstance(expect_status, int) else expect_status
    good = answer.status in expected if expected else 200 <= answer.status < 300
    if good:
        return
    wanted = " or ".join(map(str, expected)) if expected else "2xx"
    said = f": {answer.start}" if answer.start else ""
    phrase = httpx.codes.get_reason_phrase(answer.status)
    raise web.UnexpectedStatus(
        f"{answer.url} answered {f'{answer.status} {phrase}'.strip()}, expected {wanted}{said}"
    )
