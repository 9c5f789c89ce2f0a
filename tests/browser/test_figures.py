"""Every figure on every page is what the rows say, worked out once more from them; one without a
check fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.figures import alert_figures, job_figures, run_figures, site_figures
from tests.browser.figures.registry import FIGURES, problem
from tests.browser.figures.words import ages
from tests.browser.figures.world import Shown, World
from tests.support.site import Site

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.takes_turns(reason="a browser and a server for seconds each"),
]
MODULES = (alert_figures, job_figures, run_figures, site_figures)  # each has registered its figures
PAGES = [
    "/admin/",
    "/admin/beatwright/job/",
    "/admin/beatwright/run/",
    "/admin/beatwright/run/?state=running",
    "/admin/beatwright/queues/",
    "/admin/beatwright/pools/",
    "/admin/beatwright/workers/",
    "/admin/beatwright/dead/",
    "/admin/beatwright/dead/group/{fingerprint}/",
    "/admin/beatwright/bulk/",
    "/admin/beatwright/apitoken/",
    "/admin/beatwright/auditentry/",
    "/admin/search/?q=e",
    *(
        f"/admin/beatwright/job/{{{job}}}/"
        for job in ("steady", "shaky", "broken", "overlapping", "counting")
    ),
    "/admin/beatwright/job/{steady}/history/",
    "/admin/beatwright/job/{steady}/run/",
    *(
        f"/admin/beatwright/run/{{{run}}}/"
        for run in ("counting_run", "steady_run", "broken_run", "waiting_run", "skipped_run")
    ),
    "/admin/beatwright/bulk/{bulk}/",
]
# Whatever is marked as a figure; the words of every time; and digits that are neither.
COLLECT = """() => {
  const text = (node) => node.textContent.trim().replace(/\\s+/g, " ");
  const row = (node) => node.closest("tr[id], li[id]")?.id ?? "";
  // What is said of a bar belongs to the address that the bar leads to.
  const leadsTo = (node) => node.matches("title") ? node.closest("a")?.getAttribute("href") : "";
  const of = (node) => node.dataset.of ?? leadsTo(node) ?? "";
  const everything = [...document.querySelectorAll("#content, .c-status")];
  const all = (selector) => everything.flatMap((part) => [...part.querySelectorAll(selector)]);
  const figures = all("[data-figure]").map((node) => (
    { name: node.dataset.figure, of: of(node), row: row(node), text: text(node) }));
  const relative = (node) => [...node.querySelectorAll("[data-relative]")].map(text)[0] ?? "";
  const times = all("time[datetime]").map((node) => (
    { moment: node.dateTime, text: text(node), relative: relative(node) }));
  const counted = all("[data-since]").map(
    (node) => ({ since: node.dataset.since, text: text(node) })
  );
  const loose = [];
  for (const part of everything) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const shown = !node.parentElement.closest(NO_FIGURES);
      if (/\\d/.test(node.nodeValue) && shown) loose.push(text(node));
    }
  }
  return { figures, times, counted, loose, now: Date.now() };
}"""
# Figures and times are checked; texts that people and tasks wrote, and the words of a schedule, are
# what they are.
NO_FIGURES = (
    "[hidden], [data-figure], time, [data-since], script, style, pre, code, textarea, option, "
    "dialog, .c-sentence,"
    " .material-symbols-outlined, [data-log-lines], .c-changed, [data-schedule], "
    "[data-testid=preview-sentence],"
    " .c-notes, [data-testid=why], [data-testid=what-happened], [data-live-more]"
)
# Digits that are part of a label.
LABELS = re.compile(
    r"\b(Last|of the last|last) (30|60|90)( runs| days)?|\bNext (20|60 "
    r"minutes)\b|\bp(50|95)\b|\b30 d\b|^(1h|24h|7d)$"
    r"|of 30 days|cover 30 days"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site with rows of every kind, and nothing at work."""
    with Site("sqlite") as started:
        started.create_admin()
        started.python("from tests.browser.figures.seed import seed; seed()")
        started.web()
        yield started


@pytest.fixture(scope="module")
def addresses(site: Site) -> list[tuple[str, str]]:
    """Each page's address, and the id of what it is about."""
    names: dict[str, Any] = {
        job["name"]: job["id"] for job in site.query("SELECT id, name FROM beatwright_job")
    }
    wanted = {
        "counting_run": ("counting", "running"), "steady_run": ("steady", "running"),
        "broken_run": ("broken", "failed"), "waiting_run": ("waiting-3-minutes", "queued"),
        "skipped_run": ("overlapping", "skipped"),
    }  # fmt: skip
    names |= {name: site.runs(job, state=state)[-1]["id"] for name, (job, state) in wanted.items()}
    names["bulk"] = site.query("SELECT id FROM beatwright_bulkoperation WHERE state = 'done'")[0][
        "id"
    ]
    names["fingerprint"] = "ab" * 20
    return [(page.format(**names), str(next(iter(_named(page, names)), ""))) for page in PAGES]


def _named(page: str, names: dict[str, Any]) -> list[Any]:
    return [names[name] for name in re.findall(r"{(\w+)}", page)]


@dataclass(frozen=True)
class Looked:
    """What a page showed once its scripts had counted on, and the rows at that moment."""

    address: str
    subject: str
    found: dict[str, Any]
    world: World

    @property
    def now(self) -> datetime:
        """When the page was read, by the browser's clock."""
        return datetime.fromtimestamp(self.found["now"] / 1_000, UTC)


@pytest.fixture(scope="module")
def looked_at() -> list[Looked]:
    """Filled by the first test: the others judge the same looks."""
    return []


@pytest.fixture
def pages(
    console: Page, site: Site, addresses: list[tuple[str, str]], looked_at: list[Looked]
) -> list[Looked]:
    """Every page, looked at once."""
    if not looked_at:
        looked_at += [look(console, site, address, subject) for address, subject in addresses]
    return looked_at


def look(console: Page, site: Site, address: str, subject: str) -> Looked:
    answer = console.goto(site.url + address)
    assert answer is not None
    assert answer.status == 200, address
    console.wait_for_timeout(700)
    found: dict[str, Any] = console.evaluate(COLLECT.replace("NO_FIGURES", repr(NO_FIGURES)))
    return Looked(address, subject, found, World.read(site))


def test_every_figure_on_every_page_is_what_the_rows_say(pages: list[Looked]) -> None:
    wrong, seen = [], set()
    for page in pages:
        for each in page.found["figures"]:
            shown = Shown(**each, subject=page.subject, now=page.now)
            seen.add(shown.name)
            if told := problem(shown, page.world):
                wrong.append(f"{page.address}: {told}")
    assert wrong == []
    assert FIGURES.keys() == seen  # nor is there a computation that no page puts to the test


def test_every_time_on_every_page_is_one_of_the_rows_and_its_words_agree(
    pages: list[Looked],
) -> None:
    wrong = []
    for page in pages:
        for each in page.found["times"]:
            moment = datetime.fromisoformat(each["moment"])
            if each["relative"] and each["relative"].removeprefix("due ") not in ages(
                moment, page.now
            ):
                wrong.append(f"{page.address}: {each} at {page.now}")
            if len(each["moment"]) > 10 and not _tells(moment, each["text"], each["relative"]):
                wrong.append(f"{page.address}: {each} does not show its moment")
        for each in page.found["counted"]:
            past = {
                words.removesuffix(" ago")
                for words in ages(datetime.fromisoformat(each["since"]), page.now)
            }
            if each["text"] not in past | {"under 1 s"}:
                wrong.append(f"{page.address}: {each} at {page.now}")
    assert wrong == []


def _tells(moment: datetime, text: str, relative: str) -> bool:
    """Whether the minute of a moment is in its text, or nothing but its age."""
    return (
        f":{moment.minute:02}" in text or text == relative or "ago" in text or "running for" in text
    )


def test_no_digit_on_any_page_is_neither_a_figure_nor_a_time(
    pages: list[Looked], site: Site
) -> None:
    loose, texts = [], _written(site)
    for page in pages:
        for text in page.found["loose"]:
            rest = text
            for known in texts:
                rest = rest.replace(known, "")
            if re.search(r"\d", LABELS.sub("", rest)):
                loose.append((page.address, text))
    assert loose == [], "\n".join(map(str, loose))


def _written(site: Site) -> list[str]:
    """What people, workers and tasks have written: the longest first."""
    found: set[str] = set()
    for table in ("run", "job", "queue", "pool", "worker", "apitoken", "auditentry"):
        for row in site.query(f"SELECT * FROM beatwright_{table}"):
            found |= {value for value in row.values() if isinstance(value, str)}
            found |= {str(row["id"]), str(row["id"])[-8:]} if "id" in row else set()
    found |= {str(attempt["worker"]) for attempt in site.attempts()}
    return sorted((text for text in found if re.search(r"\d", text)), key=len, reverse=True)


def test_a_figure_that_nobody_works_out_fails(site: Site) -> None:
    world, now = World.read(site), datetime.now(UTC)
    assert "no computation" in problem(Shown("no-such-figure", "", "", "7", "", now), world)
    right = f"{sum(run['state'] == 'running' for run in world.run):,}"
    assert problem(Shown("tile", "running", "", right, "", now), world) == ""
    assert "not" in problem(Shown("tile", "running", "", f"{right}1", "", now), world)
