"""Signed in without the form, and without the second that it takes to check a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import get_random_string
from playwright.sync_api import Page

from tests.support.site import Site


def session_of(site: Site, username: str) -> str:
    """The key of a session of this person's own, which is the value of the session cookie."""
    (row,) = site.query("SELECT id, password FROM auth_user WHERE username = %s", username)
    user = User(pk=row["id"], password=row["password"])
    key = get_random_string(32).lower()
    session = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    site.execute(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, %s)",
        key, SessionStore().encode(session), datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    return key


def signed_in(page: Page, site: Site, username: str = "admin") -> None:
    """What ``browser.sign_in`` ends with: the console's first page, in a session of the page's
    own.
    """
    key = session_of(site, username)
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.url}]
    )
    page.goto(f"{site.url}/admin/")
