"""Who asks: everybody the doors know, and everybody they should turn away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.access.roles import Role
from jobs.actions.people.tokens import create_token
from jobs.models import ApiToken
from tests.integration.matrix.rights import Reach, Right, may
from tests.integration.matrix.world import HERE
from tests.support.people import make_user

Change = Callable[[User], object]


@dataclass(frozen=True)
class Identity:
    """``role`` is what they may do once they are in.

    ``closed``: no door opens. ``spoil`` is what happened since.

    ``tags`` limit the person, ``token_tags`` and ``scopes`` the token alone.
    """

    name: str
    role: Role | None = None
    boss: bool = False
    closed: bool = False
    tags: tuple[str, ...] = ()
    token_tags: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    owner: Role | None = None
    spoil: Change | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_limited(self) -> bool:
        return bool(self.tags or self.token_tags)

    def may(self, right: Right) -> bool:
        """Whether they hold the permission, and are not kept from what concerns everybody."""
        held = self.boss or may(self.role, right)
        return held and not (self.is_limited and right.reach is Reach.SITE)

    def person(self) -> User:
        """Somebody new who is as described, before what happened since."""
        user = make_user(self.owner or self.role, "somebody", tags=list(self.tags) or None)
        if self.boss:
            user.is_superuser = True
            user.save()
        return user


def secret_of(identity: Identity) -> str:
    """A token of theirs; empty for who has none."""
    if identity.name == "anonymous":
        return ""
    user = identity.person()
    now = timezone.now()
    made = create_token(
        user, name="matrix", actor=SYSTEM, now=now, scopes=identity.scopes, tags=identity.token_tags
    )
    # Its use has just been noted, so that being used again writes nothing.
    ApiToken.objects.filter(pk=made.token.pk).update(last_used_at=now, last_used_from="127.0.0.1")
    if identity.spoil:
        identity.spoil(user)
    return made.secret


def browser_of(identity: Identity) -> Client:
    """A browser in which they have signed in, where they can."""
    client = Client()
    if identity.name != "anonymous":
        user = identity.person()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        if identity.spoil:
            identity.spoil(user)
    return client


def _expire(user: User) -> None:
    ApiToken.objects.filter(user=user).update(expires_at=timezone.now() - timedelta(seconds=1))


def _revoke(user: User) -> None:
    ApiToken.objects.filter(user=user).update(revoked_at=timezone.now())


def _deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _dismiss(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=False)


def _take_group(user: User) -> None:
    user.groups.clear()


IN = (
    Identity("superuser", boss=True),
    *(Identity(role.value, role) for role in Role),
    *(Identity(f"{role} limited to a tag", role, tags=(HERE,)) for role in Role),
    Identity("token limited to a tag", Role.ADMIN, token_tags=(HERE,)),
    Identity(
        "admin's token with a viewer's scope", Role.VIEWER, scopes=(Role.VIEWER,), owner=Role.ADMIN
    ),
    Identity("staff without a group"),
    Identity("whose group was taken away", owner=Role.ADMIN, spoil=_take_group),
)
OUT = (
    Identity("anonymous", closed=True),
    Identity("expired token", closed=True, boss=True, spoil=_expire),
    Identity("revoked token", closed=True, boss=True, spoil=_revoke),
    Identity("deactivated person", closed=True, boss=True, spoil=_deactivate),
)
BY_TOKEN = (*IN, *OUT)
SIGNED_IN = (
    *(identity for identity in IN if not identity.token_tags and not identity.scopes),
    Identity("no member of staff", closed=True, boss=True, spoil=_dismiss),
    *(identity for identity in OUT if "token" not in identity.name),
)
