"""Whatever a thing is called, its address leads to it: no name is the word of another route, or
ends an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from jobs.definition.checking import QUEUE_ALLOWED
from tests.support.builders import make_secret, make_worker

PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
OTHERS = {"uuid": "0190c5e0-0000-7000-8000-000000000000", "int": "7", "slug": "word"}
# Names that nobody of ours gives: Celery's of workers and of tasks may hold whatever there is.
ODD = {"a/b@host", "50%@host", "two words@host", "?#;@host", "shutdown/x@host"}
OF_CELERY = ("workers/", "registry/")
NUMBERED = "object_id"  # what Django's own pages go by


@dataclass(frozen=True)
class Route:
    text: str
    pattern: URLPattern

    def address(self, name: str) -> str:
        """With this name in the place of a name, and something that fits in every other."""
        return "/" + PLACE.sub(lambda place: OTHERS.get(place["kind"] or "str", name), self.text)

    @property
    def place(self) -> str:
        """The argument that takes a name; empty where there is none."""
        found = PLACE.finditer(self.text)
        names = (each["name"] for each in found if (each["kind"] or "str") not in OTHERS)
        return next((name for name in names if name != NUMBERED), "")


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[Route]:
    for each in (resolver or get_resolver()).url_patterns:
        text = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from routes(each, text)
        elif "(" not in text:  # a regular expression: what answers that there is nothing
            yield Route(text, each)


ROUTES = list(routes())
WORDS = {
    word
    for route in ROUTES
    for word in PLACE.sub("", route.text).split("/")
    if QUEUE_ALLOWED.fullmatch(word)
}


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.place], ids=lambda route: route.text
)
def test_every_name_has_an_address_of_its_own(route: Route) -> None:
    assert {"add", "change", "live", "jobs"} <= WORDS
    for name in WORDS | (ODD if any(place in route.text for place in OF_CELERY) else set()):
        found = resolve(route.address(name))
        assert f"/{found.route}" == f"/{route.text}", name
        assert found.kwargs[route.place] == name


@pytest.mark.usefixtures("broker", "static_root")
def test_a_secret_called_as_a_form_once_was_has_its_page(boss: Client) -> None:
    address = reverse("admin:secret", args=[make_secret("add").name])
    assert address in boss.get("/admin/beatwright/secrets/").content.decode()
    page = boss.get(address)
    assert page.status_code == 200
    assert page.context["title"] == "add"


@pytest.mark.usefixtures("broker", "static_root")
def test_a_worker_with_a_slash_in_its_name_is_listed_and_asked_to_shut_down(boss: Client) -> None:
    worker = make_worker("a/b@host")
    address = reverse("admin:worker_shutdown", args=[worker.name])
    assert address in boss.get("/admin/beatwright/workers/").content.decode()
    assert boss.post(address, {"sure": "1"}).status_code == 302
    worker.refresh_from_db()
    assert worker.stop_requested_at
