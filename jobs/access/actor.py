"""Actor: who asks for something, through which surface, and with which rights."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest


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
    """``permissions`` None means all of them; ``tags`` None means every job, else those that carry one of them."""

    name: str
    surface: Surface
    permissions: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    address: str = ""
    token: str = ""

    def __str__(self) -> str:
        return self.name

    def may(self, permission: str) -> bool:
        """Whether they hold a permission such as ``jobs.run_job``, whatever the job."""
        return self.permissions is None or permission in self.permissions


SYSTEM = Actor("system", Surface.SYSTEM)


def actor_of(request: HttpRequest) -> Actor:
    """Who is signed in to the console."""
    user = request.user
    rights = None if getattr(user, "is_superuser", False) else frozenset(user.get_all_permissions())
    return Actor(user.get_username(), Surface.CONSOLE, rights, address=request.META.get("REMOTE_ADDR") or "")
