"""``bin/screenshots [folder] [--only WORD] [--documents]``: the console in every width and both
themes.

``--documents`` makes the pictures that the documents show anew instead.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.screenshots.places import Place, places
from tests.support.browser import chromium, sign_in
from tests.support.processes import BASE_DIR
from tests.support.site import Site

SIZES = {"wide": (1440, 900), "medium": (1024, 768), "narrow": (320, 640)}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
DOCUMENTED = {
    "jobs": "console",
    "job-billing-sync": "job",
    "timeline-night": "night",
    "spread-night": "spread",
}
SETTLE_MS = 700


@contextmanager
def site_with(history: bool) -> Iterator[Site]:
    """A site at work: web, scheduler and worker; with ``history`` the demo's company, and a run in
    progress.
    """
    with Site() as site:
        if history:
            site.manage("seed_demo", seconds=180)
        site.create_admin()
        site.scheduler()
        site.worker()
        site.web()
        if history:
            site.manage(
                "job",
                "create",
                "stock-taking",
                "--schedule",
                "@manual",
                "--task",
                "Sleep",
                "--params",
                '{"seconds": 600}',
            )
            site.manage("job", "run", "stock-taking")
        yield site


@contextmanager
def signed_in(browser: Browser, site: Site, size: str, theme: Theme) -> Iterator[Page]:
    """A page of the console in this size and theme."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    page = context.new_page()
    sign_in(page, site.url, "admin", "for tests only")
    page.evaluate("theme => localStorage.setItem('_x_adminTheme', JSON.stringify(theme))", theme)
    yield page
    context.close()


def shoot(page: Page, site: Site, place: Place, folder: Path) -> None:
    """The whole page; the answer's status is part of the name where it is no 200."""
    answer = page.goto(site.url + place.path)
    page.wait_for_timeout(SETTLE_MS)
    status = answer.status if answer else 0
    path = folder / f"{place.name}{'' if status == 200 else f'-{status}'}.png"
    page.screenshot(path=path, full_page=True)


def picture_documents(browser: Browser, site: Site) -> None:
    """What one sees first of the pages that the documents show."""
    with signed_in(browser, site, "wide", "light") as page:
        for place in places(site):
            if name := DOCUMENTED.get(place.name):
                page.goto(site.url + place.path)
                page.wait_for_timeout(SETTLE_MS)
                page.screenshot(path=BASE_DIR / "docs" / "images" / f"{name}.png")


def picture_all(browser: Browser, site: Site, only: str, folder: Path) -> None:
    wanted = [place for place in places(site) if only in place.name]
    for size in SIZES:
        for theme in THEMES:
            with signed_in(browser, site, size, theme) as page:
                for place in wanted:
                    shoot(page, site, place, folder / f"{size}-{theme}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=BASE_DIR / "var" / "screenshots")
    parser.add_argument("--only", default="", help="pages whose name holds this word")
    parser.add_argument(
        "--documents", action="store_true", help="renew docs/images, and nothing else"
    )
    options = parser.parse_args()
    with chromium() as browser:
        for history in (True,) if options.documents else (False, True):
            with site_with(history) as site:
                if options.documents:
                    picture_documents(browser, site)
                else:
                    picture_all(
                        browser,
                        site,
                        options.only,
                        options.folder / ("full" if history else "empty"),
                    )


if __name__ == "__main__":
    main()
