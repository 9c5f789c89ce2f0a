"""What every address answers that is none."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from jobs.api.errors import NoSuchThing
from jobs.api.views.resource import Address


@extend_schema(exclude=True)
class Nothing(Address):
    """404 as a problem, whatever the method."""

    hint: ClassVar[str] = "addresses end with a slash"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        hint = "" if request.path.endswith("/") else self.hint
        raise NoSuchThing(f"there is nothing at {request.path[:200]}", hint=hint)


@extend_schema(exclude=True)
class NothingOlder(Nothing):
    """The same among the older systems' addresses, which end with no slash."""

    hint = ""


urlpatterns = [re_path("", Nothing.as_view())]
