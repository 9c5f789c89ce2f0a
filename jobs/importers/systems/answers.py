"""A list that another system answered in pages, as one document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jobs.importers.contents.base import Content, Hints, Place
from jobs.importers.files.document import Document
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

MOST_JOBS = 100_000
MOST_PAGES = 10_000
LISTS = ("jobs", "tasks", "data", "items")

Page = Callable[[str, int], Any]


class Answered(Content):
    """Values that came from no file, so that they stand on no line."""

    kind = "json"

    def position(self, path: JsonPath) -> Place:
        return 0, 0


def document_of(source: str, jobs: list[Any], told: Hints) -> Document:
    return Document(source, source=source, told=told, content=Answered({"jobs": jobs}))


def pages(page: Page) -> Iterator[Any]:
    """Every job of a list once: ``page(last_id, offset)`` answers the jobs that follow.

    Ends with a page that has nothing new, as some systems answer the last one, or all of it, for
    ever. Raises UnreadableFile when it never ends.
    """
    seen: set[str] = set()
    last = ""
    for _ in range(MOST_PAGES):
        fresh = [job for job in listed(page(last, len(seen))) if _id(job) not in seen]
        if not fresh:
            return
        yield from fresh
        seen.update(map(_id, fresh))
        last = _id(fresh[-1])
        if len(seen) > MOST_JOBS:
            raise UnreadableFile(f"answers more than {MOST_JOBS:,} jobs")
    raise UnreadableFile(f"answers more than {MOST_PAGES:,} pages")


def listed(answer: Any) -> list[Any]:
    """The list in an answer; raises UnreadableFile where there is none."""
    if answer is None:
        return []
    if isinstance(answer, list):
        return answer
    for key in LISTS if isinstance(answer, dict) else ():
        if isinstance(found := answer.get(key), list):
            return found
        if key in answer and found is None:
            return []  # Go's way to write an empty list
    if isinstance(answer, dict) and {"total", "count"} & answer.keys():
        return []  # zero values may be left out
    raise UnreadableFile(
        "answers no list of jobs", hint=f"wanted: a JSON array, or one under {', '.join(LISTS)}"
    )


def _id(job: Any) -> str:
    return str(job.get("id") or job) if isinstance(job, dict) else str(job)
