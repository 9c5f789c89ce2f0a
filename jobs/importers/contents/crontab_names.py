"""What the jobs of a crontab are called: by their command, so that moving a line or its time
renames nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

LONGEST = 120
# Where the output goes says little about what a job is.
REDIRECTIONS = re.compile(r"(?: ?(?:&>>?|[12]?>>?) ?(?:&[12]|[^\s<>&]++))++$")

Job = dict[str, Any]


def labels(jobs: Sequence[Job]) -> list[str]:
    """A label per job: its command without redirections; where two share that, the whole command;
    then its schedule.

    The order of the lines does not matter. Jobs that are alike in all of it have one label, and are
    refused later.
    """
    chosen: list[str | None] = [None] * len(jobs)
    for wording in (_short, _whole, _with_schedule):
        texts = [_shortened(_with_user(job, wording)) for job in jobs]
        times = Counter(texts)
        for number, text in enumerate(texts):
            if chosen[number] is None and times[text] == 1:
                chosen[number] = text
        if None not in chosen:
            break
    return [
        label or _shortened(_with_user(job, _with_schedule))
        for job, label in zip(jobs, chosen, strict=True)
    ]


def _short(job: Job) -> str:
    whole = _whole(job)
    return (REDIRECTIONS.sub("", whole) if len(whole) <= 1000 else whole) or whole


def _whole(job: Job) -> str:
    command: str = job["command"]
    if not command.isprintable():
        command = "".join(letter if letter.isprintable() else " " for letter in command)
    return " ".join(command.split())


def _with_schedule(job: Job) -> str:
    return f"{_whole(job)} [{job['schedule']}]"


def _with_user(job: Job, wording: Callable[[Job], str]) -> str:
    return f"{job['user']}:{wording(job)}" if job["user"] else wording(job)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return (
        f"{text[: LONGEST - 10]}… "
        f"{hashlib.sha256(text.encode(errors='backslashreplace')).hexdigest()[:8]}"
    )
