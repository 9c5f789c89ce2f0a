"""An authenticator app: the codes of RFC 6238, from the key that a site shows."""

from __future__ import annotations

import base64
import hmac
import struct
import time

STEP = 30


def code(key: str, *, later: int = 0) -> str:
    """Six digits for this moment, or for so many steps later."""
    counter = int(time.time() // STEP) + later
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", counter), "sha1").digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
