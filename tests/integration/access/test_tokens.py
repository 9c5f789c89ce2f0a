"""API tokens: made once, kept as a hash, good for a while, and never for more than their owner
may.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.actor import Actor, Surface
from jobs.access.roles import ROLES, Role
from jobs.access.tokens import actor_from_token, new_secret
from jobs.actions.people.tokens import Created, create_token, revoke_token
from jobs.errors import DomainError, Forbidden, InvalidToken
from jobs.models import ApiToken, AuditEntry
from tests.support.builders import by
from tests.support.people import make_user
from tests.support.rights import somebody

NOW = timezone.now()


def make_token(user: User, **fields: Any) -> Created:
    values: dict[str, Any] = {"name": "ci", "actor": by("boss"), "now": NOW}
    return create_token(user, **(values | fields))


def opened(secret: str, *, now: datetime = NOW, address: str = "198.51.100.7") -> Actor:
    return actor_from_token(secret, address=address, surface=Surface.API, now=now)


def test_a_token_acts_for_its_owner() -> None:
    created = make_token(make_user(Role.OPERATOR, "ana"))
    assert opened(created.secret) == Actor(
        "ana", Surface.API, ROLES[Role.OPERATOR], None, "198.51.100.7", "ci"
    )


def test_the_secret_is_stored_nowhere() -> None:
    secret = make_token(make_user(Role.OPERATOR)).secret
    row = ApiToken.objects.values().get()
    assert secret not in str(row)
    assert secret.startswith(row["prefix"])
    assert secret[11:] not in str(AuditEntry.objects.values().get())


def test_a_superusers_token_may_everything_or_what_its_scopes_say() -> None:
    boss = User.objects.create_superuser("boss")
    assert opened(make_token(boss).secret).permissions is None
    assert (
        opened(make_token(boss, name="v", scopes=["viewer"]).secret).permissions
        == ROLES[Role.VIEWER]
    )


def test_scopes_narrow_and_never_widen_also_after_the_owner_has_lost_rights() -> None:
    user = make_user(Role.EDITOR)
    secret = make_token(user, scopes=["operator", "beatwright.add_job"]).secret
    assert opened(secret).permissions == ROLES[Role.OPERATOR] | {"beatwright.add_job"}
    user.groups.set([Group.objects.get(name="viewer")])
    assert opened(secret).permissions == ROLES[Role.VIEWER]


def test_tags_narrow_too() -> None:
    user = make_user(Role.EDITOR, tags=["fin", "ops"])
    assert opened(make_token(user).secret).tags == frozenset({"fin", "ops"})
    assert opened(make_token(user, name="t", tags=["fin", "other"]).secret).tags == frozenset(
        {"fin"}
    )


@pytest.mark.parametrize(
    "text", ["", "nonsense", "bw_" + "x" * 43, "bw_\0" + "x" * 42, "é" * 46, "bw_" + "x" * 10_000]
)
def test_what_is_no_token_opens_nothing(text: str) -> None:
    make_token(make_user(Role.OPERATOR))
    with pytest.raises(InvalidToken, match="this token does not exist"):
        opened(text)


def test_the_right_beginning_is_not_enough() -> None:
    secret = make_token(make_user(Role.OPERATOR)).secret
    with pytest.raises(InvalidToken, match="this token does not exist"):
        opened(secret[:11] + new_secret()[11:])


def test_a_token_is_good_for_ninety_days_unless_said_otherwise() -> None:
    user = make_user(Role.OPERATOR)
    usual, short = make_token(user).secret, make_token(user, name="short", days=1).secret
    assert opened(usual, now=NOW + timedelta(days=89)).name == "operator"
    for secret, days in ((usual, 90), (short, 1)):
        with pytest.raises(InvalidToken, match="expired"):
            opened(secret, now=NOW + timedelta(days=days))


def test_a_revoked_token_opens_nothing_and_is_revoked_once() -> None:
    created = make_token(make_user(Role.OPERATOR))
    revoke_token(created.token, actor=by("boss"), now=NOW)
    with pytest.raises(InvalidToken, match="revoked"):
        opened(created.secret)
    with pytest.raises(DomainError, match="already"):
        revoke_token(created.token, actor=by("boss"), now=NOW)


def test_the_token_of_somebody_who_may_no_longer_sign_in_opens_nothing() -> None:
    user = make_user(Role.OPERATOR)
    secret = make_token(user).secret
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(InvalidToken, match="no longer sign in"):
        opened(secret)


def test_its_use_is_noted_once_a_minute(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    secret = make_token(make_user(Role.OPERATOR)).secret
    with django_assert_num_queries(
        5
    ):  # the token, its use, the owner's own permissions and their groups', their tags
        opened(secret)
    with django_assert_num_queries(4):
        opened(secret, now=NOW + timedelta(seconds=59), address="203.0.113.9")
    assert ApiToken.objects.values_list("last_used_at", "last_used_from").get() == (
        NOW,
        "198.51.100.7",
    )
    opened(secret, now=NOW + timedelta(seconds=60), address="203.0.113.9")
    assert ApiToken.objects.get().last_used_from == "203.0.113.9"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "n" * 101}),
        ("name", {"name": "a\0b"}),
        ("days", {"days": 0}),
        ("days", {"days": 3651}),
        ("scopes", {"scopes": ["fly"]}),
        ("scopes", {"scopes": ["admin"]}),
        ("scopes", {"scopes": ["beatwright.add_job"]}),
        ("tags", {"tags": ["x" * 51]}),
        ("tags", {"tags": [""]}),
    ],
)
def test_bad_input_names_its_field(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refused:
        make_token(make_user(Role.OPERATOR), **fields)
    assert refused.value.field == field
    assert not ApiToken.objects.exists()


def test_a_name_is_free_again_once_its_token_is_revoked() -> None:
    user = make_user(Role.OPERATOR)
    token = make_token(user).token
    with pytest.raises(DomainError, match="already has a token with this name"):
        make_token(user)
    revoke_token(token, actor=by("boss"), now=NOW)
    assert make_token(user).token.is_live(NOW)


def test_nobody_makes_a_token_that_may_more_than_they_may() -> None:
    boss, editor = User.objects.create_superuser("boss"), make_user(Role.EDITOR)
    admin = somebody(Role.ADMIN)
    limited = somebody(Role.ADMIN, tags=frozenset({"fin"}))
    for owner, actor in ((boss, admin), (editor, limited)):
        with pytest.raises(Forbidden, match="rights that you do not have"):
            make_token(owner, actor=actor)
    assert make_token(boss, actor=admin, scopes=["viewer"]).token.user == boss


def test_a_token_makes_no_tokens() -> None:
    user = make_user(Role.OPERATOR, "ana")
    actor = opened(make_token(user).secret)
    with pytest.raises(Forbidden, match="a token cannot create tokens"):
        make_token(user, name="more", actor=actor)


def test_ones_own_token_can_always_be_revoked() -> None:
    user = make_user(Role.VIEWER, "ana")
    revoke_token(make_token(user).token, actor=by("ana", permissions=frozenset()), now=NOW)


def manage(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


def test_the_command_prints_the_secret_once() -> None:
    make_user(Role.EDITOR, "ana")
    secret = manage(
        "create_token", "ana", "--name", "ci", "--role", "operator", "--tags", "fin, ops"
    )
    actor = opened(secret, now=timezone.now())
    assert (actor.name, actor.permissions, actor.tags) == (
        "ana",
        ROLES[Role.OPERATOR],
        frozenset({"fin", "ops"}),
    )
    listed = manage("token", "list", "--json")
    assert secret not in listed
    assert json.loads(listed)[0]["prefix"] == secret[:11]


def test_the_command_revokes_by_name_or_prefix() -> None:
    make_user(Role.EDITOR, "ana")
    for word in ("ci", ""):
        secret = manage("create_token", "ana", "--name", "ci", "--expires-days", "7")
        assert json.loads(manage("token", "revoke", word or secret[:11], "--json"))["revoked_at"]
        with pytest.raises(InvalidToken):
            opened(secret, now=timezone.now())


def test_the_command_names_what_it_does_not_know() -> None:
    with pytest.raises(CommandError, match="user: there is no user 'nobody'"):
        manage("create_token", "nobody", "--name", "ci")
    with pytest.raises(CommandError, match="token: no token in use is called 'ci'"):
        manage("token", "revoke", "ci")
