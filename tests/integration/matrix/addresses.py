"""The addresses of the console, and the one of a row of its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.integration.matrix.console import OPERATIONS, ROWS
from tests.integration.matrix.world import (
    Thing,
)


def resolved() -> Iterator[str]:
    """The name of every address of the console that the resolver knows; an address without one
    redirects.
    """
    for route, pattern in _patterns(get_resolver(), ""):
        if route.startswith(("admin/", "flower/", "api/v1/docs/")) and pattern.name:
            yield pattern.name


def _patterns(resolver: URLResolver, before: str) -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _patterns(each, route)
        else:
            yield route, each


def address_of(name: str, thing: Thing) -> str:
    """Its address, about this thing."""
    page, (name, _, verb) = OPERATIONS[name], name.partition(" ")
    if name == "api_docs":
        return reverse(name)
    if row := ROWS.get(name.rpartition("_")[0]):
        found = row() or thing.token.user
        return reverse(
            f"admin:{name}", args=[] if name.endswith(("_changelist", "_add")) else [found.pk]
        )
    ids = {
        "beatwright_job": (thing.archived if page.archived else thing.job).pk,
        "beatwright_run": thing.runs[page.run].pk, "beatwright_apitoken": thing.token.pk,
        "bulk_operation": thing.bulk.pk, "secret_change": thing.secret.pk,
        "secret_delete": thing.secret.pk,
    }  # fmt: skip
    whole: dict[str, list[Any]] = {
        "secret": [thing.secret.pk], "notice": [thing.notice.pk],
        "alert_acknowledge": [thing.alert.pk], "alert_restore": [thing.acknowledged.pk],
        "person_activate": [thing.gone.pk],
        "person_session_end": [thing.person.pk, thing.session.pk], "person_invite": [],
    }  # fmt: skip
    if name in whole or name.partition("_")[0] == "person":
        return reverse(f"admin:{name}", args=whole.get(name, [thing.person.pk]))
    about = next((pk for start, pk in ids.items() if name.startswith(start)), None)
    if page.places:
        return reverse(f"admin:{name}", kwargs=dict(page.places))
    if about is None or name.endswith(("_changelist", "_add", "_create", "_bulk", "_operations")):
        return reverse(f"admin:{name}")
    return reverse(f"admin:{name}", args=[about, verb] if verb else [about])
