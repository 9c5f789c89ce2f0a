"""Actor: who asks for something, through which surface, and with which rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from jobs.access.address import client_address
from jobs.access.roles import granted_by
from jobs.errors import Forbidden
from jobs.models import Job, Restriction
from jobs.models.access.user import User as DjangoUser


class Surface(StrEnum):
    """The way in."""

    CONSOLE = "console"
    API = "api"
    GRPC = "grpc"
    CLI = "cli"
    IMPORT = "import"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """``permissions`` None means all of them; ``tags`` None means every job, else those that carry
    one of them.
    """

    name: str
    surface: Surface
    permissions: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    address: str = ""
    token: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def caller(self) -> str:
        """The same for all that comes under one token, whatever the surface."""
        return f"token:{self.name}:{self.token}"

    def may(self, permission: str) -> bool:
        """Whether they hold a permission such as ``beatwright.run_job``, whatever the job."""
        return self.permissions is None or permission in self.permissions

    def reaches(self, job: Job) -> bool:
        """Whether the job is among those they are limited to."""
        return self.tags is None or not self.tags.isdisjoint(job.tags)

    def require(self, permission: str, job: Job | None = None) -> None:
        """Raise Forbidden unless they hold the permission and, where a job is named, it is within
        their reach.
        """
        if not self.may(permission):
            raise lacking(permission)
        if job is not None and not self.reaches(job):
            raise out_of_reach(self)

    def require_everywhere(self, permission: str) -> None:
        """The same for what concerns the jobs of others as well, as a queue does: not for whom tags
        limit.
        """
        self.require(permission)
        if self.tags is not None:
            raise out_of_reach(self)

    def may_everywhere(self, permission: str) -> bool:
        """Whether ``require_everywhere`` would let them."""
        return self.may(permission) and self.tags is None


def lacking(permission: str) -> Forbidden:
    """The refusal that names the permission and who has it."""
    roles = granted_by(permission)
    who = f"it comes with the role {_listed(roles)}" if roles else "only a superuser has it"
    return Forbidden(
        f"the permission {permission} is required", permission=permission, roles=roles, hint=who
    )


def out_of_reach(actor: Actor) -> Forbidden:
    tags = ", ".join(sorted(actor.tags or ())) or "none"
    return Forbidden(
        f"{actor} can see and change only jobs with one of the tags: {tags}",
        hint="an admin can extend the tags",
    )


SYSTEM = Actor("system", Surface.SYSTEM)
# In the WSGI environ of a request that a command makes to the API of its own process: the Actor
# itself.
CALLER = "beatwright.caller"


def caller_in_process(environ: Mapping[str, Any]) -> Actor | None:
    """Who calls from within this process; None for a request from a network, whatever it says.

    The proof is the object: what a server puts into an environ is text, or an object of the
    server's own.
    """
    found = environ.get(CALLER)
    return found if isinstance(found, Actor) else None


def actor_of(request: HttpRequest) -> Actor:
    """Who is signed in to the console; asked for once a request."""
    known: Actor | None = getattr(request, "_jobs_actor", None)
    if known is None:
        user = request.user
        address = client_address(request)
        known = Actor(user.get_username(), Surface.CONSOLE, rights_of(user), tags_of(user), address)
        request._jobs_actor = known  # type: ignore[attr-defined]  # a request carries what it was asked, as .user
    return known


def rights_of(user: DjangoUser | AnonymousUser) -> frozenset[str] | None:
    """The user's permissions as Django has them, of groups and their own; None, all of them, for a
    superuser.
    """
    return None if user.is_superuser and user.is_active else frozenset(user.get_all_permissions())


def tags_of(user: DjangoUser | AnonymousUser) -> frozenset[str] | None:
    """The tags the user is limited to.

    A superuser is not limited, and is not asked for in the database.
    """
    if user.is_superuser or user.pk is None:
        return None
    tags = Restriction.objects.filter(user_id=user.pk).values_list("tags", flat=True).first()
    return None if tags is None else frozenset(tags)


def _listed(roles: tuple[str, ...]) -> str:
    return f"{', '.join(roles[:-1])} or {roles[-1]}" if len(roles) > 1 else roles[0]
