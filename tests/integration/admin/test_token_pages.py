"""API tokens in the console: made, shown once, revoked; those of others only by whom may manage
them.
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from jobs.access.actor import Surface
from jobs.access.roles import ROLES, Role
from jobs.access.tokens import actor_from_token
from jobs.actions.people.tokens import create_token
from jobs.models import ApiToken
from tests.support.builders import by
from tests.support.people import browser_of, make_user

TOKENS = "/admin/beatwright/apitoken/"
FORM = {"name": "ci", "scope": "", "tags": "", "days": "90"}


def test_a_secret_is_shown_once_and_opens() -> None:
    browser = browser_of(make_user(Role.EDITOR, "ana"))
    answer = browser.post(f"{TOKENS}create/", FORM | {"scope": "operator", "tags": "fin, #ops"})
    assert answer.headers["Location"] == TOKENS  # so that reloading the page makes no second one
    answer = browser.get(TOKENS)
    secret = re.findall(r"bw_[\w-]{43}", answer.content.decode())[0]
    assert "no-store" in answer.headers["Cache-Control"]
    actor = actor_from_token(secret, address="", surface=Surface.API, now=timezone.now())
    assert (actor.name, actor.permissions, actor.tags) == (
        "ana",
        ROLES[Role.OPERATOR],
        frozenset({"fin", "ops"}),
    )
    html = browser.get(TOKENS).content.decode()
    assert secret not in html
    assert secret[:11] in html


def test_what_is_wrong_stands_beside_what_was_written() -> None:
    browser = browser_of(make_user(Role.OPERATOR))
    for wrong, field in (
        ({"name": ""}, "name"),
        ({"days": "x"}, "days"),
        ({"scope": "admin"}, "scopes"),
    ):
        answer = browser.post(f"{TOKENS}create/", FORM | {"tags": "kept"} | wrong)
        assert answer.status_code == 422
        assert f"Not created: {field}:" in answer.content.decode()
        assert 'value="kept"' in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_only_roles_within_ones_own_are_offered() -> None:
    html = browser_of(make_user(Role.OPERATOR)).get(TOKENS).content.decode()
    assert 'value="operator"' in html
    assert 'value="editor"' not in html


def test_a_viewer_has_no_tokens() -> None:
    browser = browser_of(make_user(Role.VIEWER))
    assert browser.get(TOKENS).status_code == 403
    assert browser.post(f"{TOKENS}create/", FORM).status_code == 403
    assert TOKENS not in browser.get("/admin/").content.decode()


def test_the_tokens_of_others_are_for_whom_may_manage_them() -> None:
    token = create_token(
        make_user(Role.OPERATOR, "ana"), name="anas", actor=by("x"), now=timezone.now()
    ).token
    editor, admin = browser_of(make_user(Role.EDITOR)), browser_of(make_user(Role.ADMIN))
    assert "anas" not in editor.get(f"{TOKENS}?all=1").content.decode()
    refused = editor.post(f"{TOKENS}{token.pk}/revoke/")
    assert refused.status_code == 403
    assert "beatwright.manage_token" in refused.content.decode()
    assert editor.post(f"{TOKENS}create/", FORM | {"owner": "ana"}).status_code == 403

    assert "anas" in admin.get(f"{TOKENS}?all=1").content.decode()
    question = admin.post(f"{TOKENS}{token.pk}/revoke/", {"all": "1"}).content.decode()
    assert "Revoke 1 token" in question
    assert "It has never been used." in question
    token.refresh_from_db()
    assert token.revoked_at is None
    assert (
        admin.post(f"{TOKENS}{token.pk}/revoke/", {"all": "1", "sure": "1"}).headers["Location"]
        == f"{TOKENS}?all=1"
    )
    token.refresh_from_db()
    assert token.revoked_at


def test_a_token_that_nobody_uses_is_flagged() -> None:
    user, now = make_user(Role.OPERATOR, "ana"), timezone.now()
    old = now - timedelta(days=61)
    for name, used in (("idle", None), ("busy", now)):
        token = create_token(user, name=name, actor=by("x"), now=old).token
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=used)
    create_token(user, name="over", actor=by("x"), now=old, days=1)
    create_token(user, name="fresh", actor=by("x"), now=now)
    rows = browser_of(user).get(TOKENS).context["rows"]
    words = {row.name: row.badge.word for row in rows}
    assert words == {"idle": "unused", "busy": "in use", "over": "expired", "fresh": "never used"}
