"""Whatever a file holds, the answer is a plan or a list of problems, and never a breakdown."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.importers.detect import FORMATS
from jobs.importers.document import Document
from jobs.importers.ownership import IMPORTER
from jobs.importers.problems import UnreadableFile
from jobs.importers.report import json_lines, text_lines, trouble_lines
from jobs.importers.service import import_documents
from jobs.models import Job

WORDS = [
    "EchoTask", "LogTask", "InvoiceProcessor", "x.InvoiceProcessor", "* * * * *", "0 0 31 2 *", "@hourly", "@every 1s",
    "2099-01-01T00:00:00Z", "RRULE:FREQ=DAILY", "Europe/Berlin", "high", "skip", "", "\x00", "\ud800", "a" * 600,
]  # fmt: skip
numbers = st.integers(-(10**20), 10**20) | st.floats()
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=9) | st.sampled_from(WORDS),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=6,
)
SOUND: dict[str, Any] = {
    "name": "a", "task": "EchoTask", "schedule": "@hourly",
    "jobName": "a", "taskName": "EchoTask", "cronTime": "@hourly",
    "Id": "1", "Cron": "@hourly", "TaskMessageTemplate": {"TaskProcessorName": "EchoTask"},
}  # fmt: skip


def entries(keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Entries of one format: sound but for one or two fields."""
    sound = {key: value for key, value in SOUND.items() if key in keys}
    return st.dictionaries(st.sampled_from(keys) | st.text(max_size=4), values, max_size=2).map(lambda odd: sound | odd)


files = st.sampled_from([file_format.known_keys for file_format in FORMATS]).flatmap(
    lambda keys: st.lists(entries(keys) | values, max_size=3)
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files, st.booleans())
def test_any_entry_is_imported_or_told(jobs: list[Any], bare: bool) -> None:
    Job.objects.all().delete()
    text = json.dumps(jobs if bare else {"jobs": jobs})
    try:
        document = Document("x.json", text)
    except UnreadableFile:
        assert "NaN" in text or "Infinity" in text
        return
    now = timezone.now()
    plan = import_documents([document], actor=IMPORTER, now=now, partial=True, prune=True)
    lines = [*text_lines(plan, now=now), *json_lines(plan, now=now, applied=True), *trouble_lines(plan)]
    assert "\n".join(lines).encode()
    assert Job.objects.count() == len(plan.new)
    assert import_documents([document], actor=IMPORTER, now=now, partial=True, prune=True).changes == []
