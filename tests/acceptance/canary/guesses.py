"""Questions in an address: whether a list answers differently to what is right of a hidden value
and what is wrong.

Who sees that it does finds the value letter by letter. All marks begin alike, so the right
beginning is asked for once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from django.contrib.admin import ModelAdmin
from django.urls import reverse

from jobs.admin.site import site as console
from jobs.api.views.document import document
from tests.acceptance.canary.marks import BEGINNING, MARKS

WRONG = str.maketrans("yQk", "wPj")
PAIRS = {
    right: right.translate(WRONG)
    for right in (BEGINNING, MARKS["param"], MARKS["secret"], MARKS["row argument"])
}
FEW = dict(list(PAIRS.items())[:2])  # for pages, which take longer
LOOKUPS = ("", "__contains")  # test_closed.py tries more
OF_DJANGO = ("q", "o", "all", "p", "e", "_facets")
TRIES = 5  # meanwhile a worker may have been heard of, or a run be over
FIELD = re.compile(r'<(?:input|select)\b[^>]*\bname="([\w-]+)"')
LINK = re.compile(r'(?:href|data-(?:live-)?url|hx-get)="([^"#]*\?[^"#]+)')
OWN = re.compile(
    r'csrfmiddlewaretoken" value="\w+|csrf[\w-]*&quot;: '
    r'&quot;\w+|nonce="[\w+/=-]+|data-served="[^"]+'
    r"|\b\d+ (?:ms|s|min|h)\b"
)
REQUIRED = {"schedule": "@daily", "from": "2030-01-01T00:00:00Z", "to": "2030-01-01T06:00:00Z"}

Answer = tuple[int, str, str]


@dataclass(frozen=True)
class Question:
    """One parameter of one list; ``ask`` answers a value of it."""

    where: str
    ask: Callable[[str], Answer]

    def tells(self, right: str, wrong: str) -> str:
        """Where the answers to the two differ; empty if nothing can be learnt."""
        first = second = None
        for _ in range(TRIES):
            first, second = (_without(self.ask(guess), guess) for guess in (right, wrong))
            if first == second:
                return ""
        assert first
        assert second
        return (
            f"{self.where}={right}: {first[:2]} is not {second[:2]}, or "
            f"{_difference(first[2], second[2])}"
        )


def _without(answer: Answer, guess: str) -> Answer:
    """Without the guess itself, and without what each answer has anew: a form's token, how long ago
    things were.

    Of these the ETag of a part of a page is made as well.
    """
    status, etag, text = answer
    plain = OWN.sub("…", text.replace(guess, "…"))
    return status, etag if plain == text.replace(guess, "…") else "", plain


def _difference(one: str, other: str) -> str:
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return f"{one[max(0, at - 80) : at + 80]!r} is not {other[max(0, at - 80) : at + 80]!r}"


def over_http(
    client: httpx.Client, address: str, parameter: str, given: Mapping[str, str] = {}
) -> Question:
    def ask(guess: str) -> Answer:
        answer = client.get(address, params={**given, parameter: guess})
        # The tag of a part of a page is made of its address, which holds the guess, and of a mark
        # that is the same for every address: it differs for any two guesses.
        tag = "" if "/_f/" in address else answer.headers.get("ETag", "")
        return answer.status_code, tag, answer.text

    return Question(f"{address}?{parameter}", ask)


def of_rest(client: httpx.Client, places: Mapping[str, str]) -> Iterator[Question]:
    """Every parameter of every operation of the OpenAPI document that reads; ``places`` fill the
    addresses.
    """
    for path, item in document()["paths"].items():
        names = [
            each["name"]
            for each in item.get("get", {}).get("parameters", [])
            if each["in"] == "query"
        ]
        given = {name: REQUIRED[name] for name in names if name in REQUIRED}
        yield from (over_http(client, path.format(**places), name, given) for name in names)


def lists_of_the_console() -> Sequence[str]:
    """The addresses of pages below the console that no id completes."""
    urls = [pattern for pattern in console.get_urls() if "<" not in str(pattern.pattern)]
    simple = {reverse(f"admin:{url.name}") for url in urls if getattr(url, "name", None)}
    models = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in console._registry
    }
    return sorted(
        address
        for address in simple | models
        if "/logout" not in address and "/jsi18n" not in address
    )


def of_page(client: httpx.Client, address: str) -> Iterator[Question]:
    """What the page itself offers in its forms and links, and what Django's own lists take from an
    address.
    """
    page = client.get(address)
    offered = set(FIELD.findall(page.text)) if page.status_code == httpx.codes.OK else set[str]()
    for link in LINK.findall(page.text):
        target = urlsplit(link.replace("&amp;", "&"))
        if target.path in {"", address}:
            offered |= parse_qs(target.query, keep_blank_values=True).keys()
    for name in sorted((offered | set(_of_model(address))) - {"csrfmiddlewaretoken"}):
        yield over_http(client, address, name)


def _of_model(address: str) -> Iterator[str]:
    for model, admin in console._registry.items():
        if address == reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"):
            yield from OF_DJANGO if isinstance(admin, ModelAdmin) else ()
            for field in model._meta.concrete_fields:
                yield from (f"{field.name}{lookup}" for lookup in LOOKUPS)


def differing(
    questions: Iterator[Question], pairs: Mapping[str, str] = PAIRS
) -> tuple[list[str], int]:
    """The questions by whose answers something can be learnt, and how many were asked."""
    asked = list(questions)
    told: list[Any] = [
        question.tells(right, wrong) for question in asked for right, wrong in pairs.items()
    ]
    return [one for one in told if one], len(asked)
