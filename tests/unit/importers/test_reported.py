"""Settings, dumps and crontabs that people reported elsewhere, as they stand: each entry is read,
or named.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import read_files
from jobs.schedules import parse

REPORTED = Path(__file__).parents[2] / "data/reported"


def read(*names: str) -> Reading:
    return read_files([REPORTED / name for name in names])


def times(reading: Reading) -> dict[str, str]:
    return {draft.name: draft.values["schedule"] for draft in reading.drafts}


def problems(reading: Reading) -> str:
    return "\n".join(map(str, reading.problems))


def commands(reading: Reading) -> list[str]:
    return [draft.values["params"]["argv"][2] for draft in reading.drafts]


def test_an_entry_that_is_added_by_subscript_is_read() -> None:
    reading = read("settings/subscript.py.txt")
    assert not reading.problems
    assert times(reading) == {"nightly": "0 2 * * *", "added-later": "*/30 * * * *"}


def test_an_update_of_the_apps_configuration_is_read_with_its_zone() -> None:
    (draft,) = read("settings/conf-update.py.txt").drafts
    assert (draft.name, draft.values["schedule"]) == ("every-minute", "*/1 * * * *")


def test_the_zone_that_the_file_names_is_the_one_of_its_times() -> None:
    (draft,) = read("settings/zone.py.txt").drafts
    rule = parse(draft.values["schedule"], draft.values["timezone"])
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert draft.values["timezone"] == "Asia/Yekaterinburg"
    assert rule.next_after(now, now) == datetime(2026, 11, 30, 19, tzinfo=UTC)


def test_a_class_a_positional_crontab_and_a_description_are_read() -> None:
    reading = read("settings/class-body.py.txt")
    assert not reading.problems
    assert times(reading) == {
        "reports.prune": "0 0 * * *", "positional": "30 0 * * sun", "unlock": "*/15 2-5 * * 0",
    }  # fmt: skip
    assert {draft.values["timezone"] for draft in reading.drafts} == {"Europe/Paris"}
    assert reading.drafts[2].values["description"] == "unlock what the counters locked"


def test_entries_that_a_function_makes_are_named_with_the_way_that_reads_them() -> None:
    reading = read("settings/add-periodic-task.py.txt")
    assert not reading.drafts
    assert (
        ":7:5 at beat_schedule[\"check every 5 minutes\"]: job 'check every 5 minutes'"
        in problems(reading)
    )
    assert problems(reading).count("--celery-app package.module:app") == 2


def test_celerys_kinds_of_crontab_keep_their_times() -> None:
    reading = read("settings/crontab-kinds.py.txt")
    found = times(reading)
    assert found["night-hours"] == "0 0-4,22-23 * * *"
    assert found["weekend-wrap"] == "0 9 * * 0-1,6"
    assert found["from-string"] == "17 4 * * 2"
    assert found["set"] == "0,30 6,18 * * *"
    assert found["every-90"] == "0 * * * *"
    assert {problem.job for problem in reading.problems} >= {"half-second", "sunset"}


def test_a_dump_may_be_spread_over_files() -> None:
    reading = read("dumps/crontabs.json", "dumps/intervals.json", "dumps/tasks.json")
    assert not reading.problems
    assert times(reading) == {
        "Collect statistics every 3 minutes": "3-57/3 * * * *",
        "Reset at begin of month": "0 0 1 * *",
        "Port Heartbeat": "@every 1m",
    }
    assert "its crontab schedule is not in the file" in problems(read("dumps/tasks.json"))


@pytest.mark.parametrize("name", ["dump.yaml", "dump.jsonl"])
def test_a_dump_may_be_yaml_or_a_row_a_line(name: str) -> None:
    reading = read(f"dumps/{name}")
    assert not reading.problems
    assert times(reading) == {"nightly": "0 4 * * *"}
    assert reading.drafts[0].values["timezone"] == "UTC"


def test_a_file_of_cron_d_has_a_user_column_whoever_its_users_are() -> None:
    reading = read("cron.d/munin")
    assert commands(reading) == [
        "if [ -x /usr/bin/munin-cron ]; then /usr/bin/munin-cron; fi",
        "if [ -x /usr/share/munin/munin-limits ]; then /usr/share/munin/munin-limits --force; fi",
        "cd /var/lib/munin/cgi-tmp && find . -type f -mtime +1 -delete",
    ]
    assert [draft.name.split(":")[1] for draft in reading.drafts] == ["munin", "munin", "www-data"]


def test_a_command_that_is_left_behind_is_said() -> None:
    warnings = [str(warning) for warning in read("cron.d/atop").warnings]
    assert any("the command ends with &" in warning for warning in warnings)


def test_the_words_of_other_crons_are_read_or_named_by_line() -> None:
    reading = read("crontabs/dialects.crontab")
    found = dict(
        zip(commands(reading), (draft.values["schedule"] for draft in reading.drafts), strict=True)
    )
    assert found["/usr/bin/go-cron"] == "@every 5m"
    assert found["/usr/bin/quiet"] == "*/10 * * * *"
    assert {problem.line for problem in reading.problems} == {5, 12}
    assert "a time field stands where the command begins" in problems(reading)
    assert [warning.line for warning in reading.warnings if "ends with &" in warning.message] == [
        11
    ]
