"""The rows of the table of rights about people: calls on somebody who was invited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from jobs.access.actor import Actor
from jobs.access.roles import Role
from jobs.access.sessions.sign_ins import begin_session
from jobs.actions.people.accounts import activate_person, change_role, deactivate_person
from jobs.actions.people.invitations import invite_person, renew_invitation, revoke_invitation
from jobs.actions.people.second_factors import reset_second_factor
from jobs.actions.people.sessions import end_session, sign_out_person
from jobs.actions.people.views import delete_view, save_view
from jobs.models import ListNoun
from tests.support.builders import by
from tests.support.people import make_roles

Call = Callable[[Actor], Any]


def invited(actor: Actor) -> User:
    """Somebody whom the actor has invited as a viewer."""
    make_roles()
    return invite_person(
        name="guest", email="", role="viewer", actor=actor, now=timezone.now()
    ).user


def _of_guest(action: Callable[..., Any], *values: Any, **fields: Any) -> Callable[[], Call]:
    """Something that is done to somebody who was invited and has these fields."""

    def prepare() -> Call:
        user = invited(by("before"))
        User.objects.filter(pk=user.pk).update(**fields)
        return lambda actor: action(user, *values, actor=actor, now=timezone.now())

    return prepare


def _end_session() -> Call:
    row = begin_session(
        invited(by("before")), "a session", address="", browser="", now=timezone.now()
    )
    return lambda actor: end_session(row, actor=actor, now=timezone.now())


def _save_view(*, is_shared: bool) -> Callable[[], Call]:
    def prepare() -> Call:
        user = User.objects.create_user("somebody")
        return lambda actor: save_view(
            user, ListNoun.RUNS, "mine", query="state=failed", columns=[], is_shared=is_shared,
            actor=actor, now=timezone.now(),
        )  # fmt: skip

    return prepare


def _delete_view() -> Call:
    """Somebody else's, which is shared."""
    view = _save_view(is_shared=True)()(by("before"))
    return lambda actor: delete_view(view, actor=actor, now=timezone.now())


OF_PEOPLE: tuple[tuple[str, Role, Callable[[], Call]], ...] = (
    ("invite_person", Role.ADMIN, lambda: invited),
    ("renew_invitation", Role.ADMIN, _of_guest(renew_invitation)),
    ("revoke_invitation", Role.ADMIN, _of_guest(revoke_invitation)),
    ("change_role", Role.ADMIN, _of_guest(change_role, "editor", ["fin"])),
    ("deactivate_person", Role.ADMIN, _of_guest(deactivate_person)),
    ("activate_person", Role.ADMIN, _of_guest(activate_person, is_active=False)),
    ("sign_out_person", Role.ADMIN, _of_guest(sign_out_person)),
    ("reset_second_factor", Role.ADMIN, _of_guest(reset_second_factor)),
    ("end_session", Role.ADMIN, _end_session),
    ("save_view", Role.VIEWER, _save_view(is_shared=False)),
    ("delete_view", Role.EDITOR, _delete_view),
)
