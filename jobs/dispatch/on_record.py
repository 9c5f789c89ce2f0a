"""Which of a job's moments are on record already: a row that is to count many of them leaves those
out.

Normally none is: planning goes on from the last moment that was accounted for. After the database's
clock was ahead it begins again where the time is, and some of what comes then has its run.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from jobs.models import Run, Trigger
from jobs.models.run import occurrence_key

Stretch = tuple[datetime, datetime]


def on_record(
    jobs: Collection[uuid.UUID], first: datetime, last: datetime
) -> Mapping[uuid.UUID, list[Stretch]]:
    """One query: from when to when each scheduled run between these moments counts, by job.

    Along the unique index of occurrence keys, which have the moment in them.
    """
    keyed = Run.objects.filter(
        job__in=jobs, occurrence_key__range=(occurrence_key(first), occurrence_key(last))
    )
    found: dict[uuid.UUID, list[Stretch]] = defaultdict(list)
    rows = keyed.filter(trigger=Trigger.SCHEDULE).values_list(
        "job_id", "scheduled_for", "skipped_until"
    )
    for job_id, moment, until in rows:
        found[job_id].append((moment, until or moment))
    return found


def left_over(
    moments: Sequence[datetime], recorded: Sequence[Stretch]
) -> Iterator[Sequence[datetime]]:
    """The moments that are not on record, ascending as they came, in as many pieces as there are
    stretches of them.
    """
    if not recorded:
        yield moments
        return
    single = {first for first, last in recorded if first == last}
    longer = [stretch for stretch in recorded if stretch[0] != stretch[1]]

    def is_recorded(moment: datetime) -> bool:
        return moment in single or any(first <= moment <= last for first, last in longer)

    for there_already, group in groupby(moments, is_recorded):
        if not there_already:
            yield list(group)
