"""allauth's pages in the console's look."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse

from jobs.admin.look.revealing import never_stored
from jobs.admin.site import site

View = Callable[..., HttpResponse]


def problem(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """The page of somebody who could not be let in."""
    context = {**site.each_context(request), "title": "Not signed in", "sentence": sentence}
    return render(request, "console/second_factor/problem.html", context, status=status)


def dressed(view: View, title: str) -> View:
    """The view with what every page of the console needs; kept by no cache."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        response = view(request, *args, **options)
        if isinstance(response, TemplateResponse):
            ours = {**site.each_context(request), "title": title}
            response.context_data = {**ours, **(response.context_data or {})}
        return never_stored(response)

    return wrapped
