"""Where the database is; an address that cannot be used is refused by name, before any process
starts.
"""

from __future__ import annotations

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

FORM = "such as postgresql://name:password@host/name, in which %2F stands for / and %23 for #"


def parsed(url: str) -> dict[str, Any]:
    """Django's settings of DATABASE_URL.

    Raises ImproperlyConfigured, which does not quote it: what is wrong may be a part of its
    password.
    """
    try:
        found: dict[str, Any] = dict(
            dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)
        )
    except ValueError:
        found = {}
    if not found or _is_half_a_password(found):
        raise ImproperlyConfigured(
            f"DATABASE_URL: is no address of a database that is known here, {FORM}."
        )
    return found


def _is_half_a_password(found: dict[str, Any]) -> bool:
    """A / in a password makes a name and its beginning look like a host and a port, and the rest
    like a database.
    """
    return (
        "@" in str(found["NAME"]) and not found["USER"] and not found["ENGINE"].endswith("sqlite3")
    )
