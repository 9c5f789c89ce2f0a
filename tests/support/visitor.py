"""A browser without a screen before a real server: cookies, redirects, and the tokens that forms
carry.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Self

import httpx

from tests.support.eventually import patient

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor:
    """``page`` is the answer that the visitor looks at."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(follow_redirects=True, timeout=patient(60))
        self.page = httpx.Response(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.client.close()

    @property
    def place(self) -> str:
        """The path of the page, without what is asked."""
        return self.page.url.path

    @property
    def text(self) -> str:
        return self.page.text

    def go(self, path: str) -> Self:
        self.page = self.client.get(path if path.startswith("http") else f"{self.url}{path}")
        return self

    def send(self, path: str = "", **fields: str) -> Self:
        """Fill the form on the page, or another one with its token, and send it."""
        found = TOKEN.search(self.text)
        written = {"csrfmiddlewaretoken": found[1] if found else "", **fields}
        headers = {"Referer": str(self.page.url)}
        self.page = self.client.post(
            f"{self.url}{path}" if path else self.page.url, data=written, headers=headers
        )
        return self

    def sign_in(self, name: str, password: str) -> Self:
        """The first step."""
        return self.go("/admin/login/").send(username=name, password=password)
