"""sidekiq-cron's and Solid Queue's files: what is read, and what is said by name."""

from __future__ import annotations

import pytest

from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import read_documents

# The forms of their documents, with tasks that are registered here.
SIDEKIQ = """
my_first_job:
  cron: "*/5 * * * *"
  class: "EchoTask"
  queue: hard_worker

second_job:
  cron: "*/30 * * * * * Europe/Berlin"
  class: "Reports::InvoiceProcessor"
  args:
    - "weekly"
    - ["Ireland"]
  status: disabled
  description: "By the half minute"
"""
RECURRING = """
production:
  a_periodic_job:
    class: EchoTask
    args: {path: "/srv"}
    schedule: every 5 minutes
  nightly:
    class: EchoTask
    queue: background
    priority: 2
    schedule: at 5am every day
  clear_finished:
    command: "SolidQueue::Job.clear_finished_in_batches"
    schedule: every hour
development:
  a_periodic_job:
    class: EchoTask
    schedule: every second
"""


def read(text: str) -> Reading:
    return read_documents([Document("schedule.yml", text)])


def test_sidekiq_crons_jobs_are_read() -> None:
    reading = read(SIDEKIQ)
    assert reading.problems == []
    first, second = (draft.values for draft in reading.drafts)
    told = [first[field] for field in ("name", "task", "queue")]
    assert told == ["my_first_job", "EchoTask", "hard_worker"]
    assert (first["schedule"], first["params"]) == ("*/5 * * * *", {})
    assert (second["schedule"], second["timezone"]) == ("*/30 * * * * *", "Europe/Berlin")
    assert (second["task"], second["params"]) == (
        "InvoiceProcessor",
        {"task_param": "weekly", "payload": ["Ireland"]},
    )
    assert [draft.enabled for draft in reading.drafts] == [None, False]


def test_solid_queues_production_is_read_and_the_rest_is_said() -> None:
    reading = read(RECURRING)
    assert [(d.name, d.values["schedule"], d.values["params"]) for d in reading.drafts] == [
        ("a_periodic_job", "*/5 * * * *", {"path": "/srv"}),
        ("nightly", "0 5 * * *", {}),
    ]
    [problem] = reading.problems
    assert (problem.line, problem.job) == (13, "clear_finished")
    assert "is Ruby code" in problem.message
    said = [warning.message for warning in reading.warnings]
    assert any("the section development was ignored" in text for text in said)
    assert any("a smaller one goes first there" in text for text in said)


@pytest.mark.parametrize(
    ("words", "cron"),
    [
        ("every minute", "* * * * *"),
        ("every 2 hours", "0 */2 * * *"),
        ("every 15 seconds", "*/15 * * * * *"),
        ("every day", "0 0 * * *"),
        ("every day at 9am", "0 9 * * *"),
        ("every day at 12:30 am", "30 0 * * *"),
        ("every day at noon", "0 12 * * *"),
        ("at 17:45 every day", "45 17 * * *"),
        ("0 2 * * 1", "0 2 * * 1"),
        ("@daily", "@daily"),
    ],
)
def test_times_in_words_are_read_where_a_cron_text_means_the_same(words: str, cron: str) -> None:
    [draft] = read(f'a:\n  class: EchoTask\n  schedule: "{words}"\n').drafts
    assert draft.values["schedule"] == cron


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("schedule: every 7 minutes", "every 7 minutes has no cron text"),
        ("schedule: every 2 days", "every 2 days has no cron text"),
        ("schedule: every first monday of the month", "is not read here"),
        ("schedule: at 25 every day", "is not read here"),
        ('cron: "@daily"\n  date_as_argument: true', "date_as_argument: is not a field of a job"),
        ('cron: "@daily"\n  args: [1]', "positional arguments: 1 are given"),
    ],
)
def test_what_cannot_be_read_is_named(line: str, told: str) -> None:
    reading = read(f"a:\n  class: EchoTask\n  {line}\n")
    assert reading.drafts == []
    assert told in str(reading.problems[0])
