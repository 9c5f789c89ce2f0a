"""What every address answers that is none."""

from __future__ import annotations

from typing import Any, NoReturn

from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from jobs.api.errors import NoSuchThing


@extend_schema(exclude=True)
class Nothing(APIView):
    """404 as a problem, whatever the method."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        hint = "" if request.path.endswith("/") else "addresses end with a slash"
        raise NoSuchThing(f"there is nothing at {request.path[:200]}", hint=hint)


urlpatterns = [re_path("", Nothing.as_view())]
