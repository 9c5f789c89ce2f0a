"""HTTP to the provider: as long as SECONDS altogether, and as much as MOST_BYTES, whatever is at
the other end.
"""

from __future__ import annotations

import time
from typing import Any

import requests

SECONDS = 10.0
MOST_BYTES = 1_000_000


class BoundedSession(requests.Session):
    """A server that is silent, that drips, or that never stops, is given up like one that is not
    there.
    """

    def request(self, *args: Any, **options: Any) -> requests.Response:
        until = time.monotonic() + SECONDS
        response = super().request(*args, **options | {"stream": True, "timeout": (3, 5)})
        response._content = _read(response, until)
        return response


def _read(response: requests.Response, until: float) -> bytes:
    taken = bytearray()
    for piece in response.iter_content(8_192):
        taken += piece
        if len(taken) > MOST_BYTES or time.monotonic() > until:
            response.close()
            raise requests.Timeout("the answer is too long, or too slow")
    return bytes(taken)
