"""What of Flower may be asked for, and what its pages may do in the browser."""

from __future__ import annotations

import base64
import hashlib

# The tasks table asks with POST, as its list of columns is long; it is a read all the same.
TASKS_TABLE = "tasks/datatable"
_READS = ("GET", "HEAD")
# Of Flower's API the pages need this one; the others would also wait for results or read whole
# histories.
_API_ALLOWED = "api/workers"

# Flower's one inline script, allowed by its content; a test holds it against the installed Flower.
INLINE_SCRIPT = "\nvar autorefresh = 1;\n"
_HASH = base64.b64encode(hashlib.sha256(INLINE_SCRIPT.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; script-src 'self' 'sha256-{_HASH}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def is_forwarded(path: str) -> bool:
    """Whether ``path`` (below /flower/) is one of the pages or what they load."""
    if path.strip("/") == "metrics":  # for Prometheus, which has ours
        return False
    if ".." in path.split("/"):  # would be resolved on the way and name something else
        return False
    return path == _API_ALLOWED or not path.startswith("api/")


def is_read(method: str, path: str) -> bool:
    return method in _READS or (method == "POST" and path == TASKS_TABLE)
