"""One bounded request, by the guard that tasks go through: no inner address but those of
HTTP_ALLOW_HOSTS, no redirect, one deadline for all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from jobs import conf
from jobs.notices.channels.answer import Answered, in_one_line

if TYPE_CHECKING:
    from tasks.web import Answer

LEFT_ALONE_MOST = 86_400.0
GONE = 410


def requested(
    method: str, url: str, headers: Mapping[str, str], body: str | None, *, seconds: float
) -> Answered:
    """What the server said; a redirect is an answer like any other that is not 2xx."""
    try:
        web: Any = import_module("tasks.web")  # httpx comes with an extra
    except ImportError:
        return Answered(False, "httpx is not installed: pip install 'beatwright[api]'")
    egress = web.egress
    limits = web.Limits(seconds=seconds, redirects=0, allow=conf.get().http_allow_hosts)
    try:
        answer = web.fetch(web.build(method, url, headers, text=body), limits)
    except (web.RequestFailed, egress.AddressRefused, egress.NameNotFound, ValueError) as error:
        return Answered(False, in_one_line(str(error)))
    return _in_words(answer)


def _in_words(answer: Answer) -> Answered:
    said = in_one_line(f"{answer.status} {answer.start}")
    is_sent = 200 <= answer.status < 300
    return Answered(is_sent, said, _wait(answer.headers), is_gone=answer.status == GONE)


def _wait(headers: Mapping[str, str]) -> float:
    """Retry-After in seconds, as a number or a date."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return min(float(text), LEFT_ALONE_MOST)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0
    left = (until - datetime.now(UTC)).total_seconds() if until.tzinfo else 0
    return min(max(left, 0), LEFT_ALONE_MOST)
