"""What holds for every page of the console, wherever its addresses are: in a site of our own, or in
any project.

Pages are made with templates of the console's own engine. So a project's templates do not change
the console, and the console's, among them unfold's in place of Django's, change no page of the
project.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from pathlib import Path
from typing import Any

import unfold
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates
from django.template.response import SimpleTemplateResponse
from django.template.utils import get_app_template_dirs

import jobs
from jobs.admin.csp import POLICY
from jobs.admin.preferences import viewers_times
from jobs.database.sessions import limited_in_a_project

View = Callable[..., HttpResponseBase]
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
PROCESSORS = ("template.context_processors.request", "contrib.auth.context_processors.auth",
              "contrib.messages.context_processors.messages")  # fmt: skip


@cache
def engine() -> DjangoTemplates:
    """Ours before unfold's, and unfold's before those of all apps."""
    own = Path(jobs.__file__).parents[1] / "templates"
    unfolds = Path(unfold.__file__).parent / "templates"
    return DjangoTemplates(
        {
            "NAME": "beatwright",
            "DIRS": [own, unfolds, *get_app_template_dirs("templates")],
            "APP_DIRS": False,
            "OPTIONS": {"context_processors": [f"django.{name}" for name in PROCESSORS]},
        }
    )


def console_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """An answer from a template of the console, complete."""
    return HttpResponse(engine().get_template(template).render(context, request), status=status)


def framed(view: View, refusal: Callable[[HttpRequest, Exception], HttpResponse | None]) -> View:
    """The view as the console answers by it; ``refusal`` makes pages of errors that are answers."""

    @wraps(view)
    def inner(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        def answer(request: HttpRequest) -> HttpResponseBase:
            try:
                with limited_in_a_project():
                    return _complete(view(request, *arguments, **named))
            except Exception as error:
                if (refused := refusal(request, error)) is None:
                    raise
                return refused

        response = viewers_times(answer)(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return inner


def _complete(response: HttpResponseBase) -> HttpResponseBase:
    """Rendered here and now: later it would be by the project's engine, and in nobody's zone."""
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        names: Any = response.template_name
        response.template_name = _found(names)
        return response.render()
    return response


def _found(names: Any) -> Any:
    """The first template of the names that there is, as Django selects one."""
    if isinstance(names, str):
        return engine().get_template(names)
    if not isinstance(names, list | tuple):
        return names  # a template already
    *rather, last = names
    for name in rather:
        with suppress(TemplateDoesNotExist):
            return engine().get_template(name)
    return engine().get_template(last)
