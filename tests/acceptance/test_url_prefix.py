"""Below a path prefix: every page, answer, file and cookie stays below it, whether or not the proxy
takes it away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.support.console_pages import OTHERS, OURS, SEED, Addresses
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a site of its own behind a proxy")

PREFIX = "/sched"
MOST = 160
# Attributes whose values are addresses; of ours and unfold's, every data-* that begins with a slash
# is one, too.
ADDRESSES = {"href", "src", "action", "formaction", "poster", "srcset", "hx-get", "hx-post"}
IN_SCRIPTS = re.compile(r"""["'`](/(?:admin|api|flower|static|v1|jobs|scheduler)[^"'`\s]*)["'`]""")
# What ends the session or takes a file away is not followed; nor is each of many pages that differ
# in a filter alone.
NOT_FOLLOWED = re.compile(
    r"/logout/|/delete/|[?&](cursor|after|before|o|p|e|_popup|_facets|sort|window|all)="
)
MORE = [
    "/api/v1/docs/",
    "/flower/",
]
ANSWERS = [
    "/api/v1/jobs/?limit=1",
    "/api/v1/runs/?limit=1",
    "/api/v1/schema/",
    "/livez",
    "/healthz",
    "/metrics",
    "/",
]


class Found(HTMLParser):
    """The addresses in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (
                name in ADDRESSES or (name.startswith("data-") and value.startswith("/"))
            ):
                self.addresses.add(value)


@pytest.fixture(scope="module")
def prefixed() -> Iterator[Site]:
    with Site("sqlite", env={"URL_PREFIX": PREFIX}) as site:
        site.create_admin()
        site.python(SEED)
        site.web()
        site.flower(PREFIX)
        yield site


@pytest.fixture
def signed_in(prefixed: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefixed.url, timeout=60) as client:
        client.get(f"{PREFIX}/admin/login/")
        word = client.cookies["csrftoken"]
        data = {"username": "admin", "password": "for tests only", "csrfmiddlewaretoken": word}
        answer = client.post(
            f"{PREFIX}/admin/login/", data=data, headers={"Referer": f"{prefixed.url}{PREFIX}/"}
        )
        assert answer.status_code == 302, answer.text[:500]
        assert answer.headers["Location"].startswith(f"{PREFIX}/admin/")
        yield client


def first_pages(site: Site) -> list[str]:
    return [Addresses(site).path(PREFIX + page) for page in [*OURS, *OTHERS, *MORE, *ANSWERS]]


def outside(answer: httpx.Response) -> set[str]:
    """The addresses in an answer that lead out of the prefix on this host."""
    return {
        found
        for found in addresses(answer)
        if not is_inside(urljoin(str(answer.url), found), answer)
    }


def addresses(answer: httpx.Response) -> set[str]:
    kind = answer.headers.get("Content-Type", "")
    found = {answer.headers["Location"]} if "Location" in answer.headers else set()
    if "html" in kind:
        found |= {
            each
            for each in Found(answer.text).addresses
            if not re.match(r"(data|mailto|javascript):|#", each)
        }
        return found | set(IN_SCRIPTS.findall(answer.text))
    if "javascript" in kind and "/console/" in answer.url.path:
        return found | set(IN_SCRIPTS.findall(answer.text))
    if "css" in kind:
        return found | set(re.findall(r"url\(['\"]?([^'\")]+)['\"]?\)", answer.text))
    if "json" in kind and answer.url.path.startswith(f"{PREFIX}/api/"):
        following = answer.json().get("next")
        return found | ({following} if following else set())
    return found


def is_inside(address: str, answer: httpx.Response) -> bool:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or parts.netloc != urlsplit(str(answer.url)).netloc:
        return True
    return f"{parts.path}/".startswith(f"{PREFIX}/")


@pytest.mark.timeout(300)
def test_no_page_no_answer_and_no_file_leads_out(prefixed: Site, signed_in: httpx.Client) -> None:
    waiting, seen, wrong = first_pages(prefixed), set[str](), dict[str, set[str]]()
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = signed_in.get(address)
        assert answer.status_code < 500 or address.endswith("/healthz"), address
        if found := outside(answer):
            wrong[address] = found
        for each in addresses(answer):
            parts = urlsplit(urljoin(str(answer.url), each))
            target = f"{parts.path}?{parts.query}".rstrip("?")
            if is_inside(parts.geturl(), answer) and parts.netloc == urlsplit(prefixed.url).netloc:
                waiting += [target] if not NOT_FOLLOWED.search(target) else []
    assert not wrong
    assert len(seen) > 120
    assert any(address.startswith(f"{PREFIX}/flower/") for address in seen)


def test_every_static_file_a_page_names_is_there(signed_in: httpx.Client) -> None:
    page = signed_in.get(f"{PREFIX}/admin/")
    files = [each for each in Found(page.text).addresses if "/static/" in each]
    assert len(files) > 5
    for each in files:
        assert signed_in.get(each).status_code == 200, each


def test_cookies_are_sent_to_the_prefix_alone(signed_in: httpx.Client) -> None:
    assert {cookie.path for cookie in signed_in.cookies.jar} == {f"{PREFIX}/"}


def test_a_proxy_may_take_the_prefix_away(prefixed: Site, signed_in: httpx.Client) -> None:
    words = "; ".join(f"{cookie.name}={cookie.value}" for cookie in signed_in.cookies.jar)
    with httpx.Client(base_url=prefixed.url, headers={"Cookie": words}, timeout=60) as behind:
        page = behind.get("/admin/beatwright/job/")
        assert page.status_code == 200
        assert {
            each
            for each in addresses(page)
            if each.startswith("/") and not each.startswith(f"{PREFIX}/")
        } == set()
        assert behind.get("/static/console/console.css").status_code == 200
        assert behind.get("/livez").status_code == 200


def test_what_only_begins_like_the_prefix_is_not_below_it(signed_in: httpx.Client) -> None:
    assert signed_in.get(f"{PREFIX}uling/admin/").status_code == 404
    assert signed_in.get(PREFIX).headers["Location"] == f"{PREFIX}/admin/"


def test_the_api_document_and_its_page_name_the_prefix(
    prefixed: Site, signed_in: httpx.Client
) -> None:
    document = json.loads(signed_in.get(f"{PREFIX}/api/v1/schema/").text)
    assert document["servers"] == [{"url": PREFIX}]
    assert all(
        path.startswith(("/api/", "/v1/", "/jobs", "/scheduler")) for path in document["paths"]
    )
    assert (
        f"curl &#x27;{prefixed.url}{PREFIX}/api/v1/" in signed_in.get(f"{PREFIX}/api/v1/docs/").text
    )


def test_doctor_finds_flower_below_it(prefixed: Site) -> None:
    assert "ok    flower: answers" in prefixed.manage("doctor", "--check", "flower", check=False)
