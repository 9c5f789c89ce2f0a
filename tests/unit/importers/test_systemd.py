"""systemd's timers, with the services they start."""

from __future__ import annotations

import pytest

from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import read_documents
from tests.support.configured import configured

TIMER = """# mine
[Unit]
Description=Report

[Timer]
OnCalendar=Mon..Fri *-*-* 02:30:00 Europe/Berlin
RandomizedDelaySec=2min
Persistent=true

[Install]
WantedBy=timers.target
"""
SERVICE = """[Service]
Type=oneshot
User=shop
WorkingDirectory=/srv/shop
Environment="LEVEL=3" MODE=full
ExecStart=/usr/bin/report --day \\
    "the last one"
"""


def read(timer: str = TIMER, service: str = SERVICE) -> Reading:
    return read_documents(
        [
            Document("/etc/systemd/report.timer", timer),
            Document("/etc/systemd/report.service", service),
        ]
    )


@configured(allow_commands=True)
def test_a_timer_becomes_a_command_with_its_times() -> None:
    reading = read()
    assert not reading.problems
    (draft,) = reading.drafts
    assert draft.values == {
        "name": "report",
        "task": "RunCommand",
        "params": {
            "argv": ["/usr/bin/report", "--day", "the last one"],
            "env": {"LEVEL": "3", "MODE": "full"},
            "cwd": "/srv/shop",
        },
        "schedule": "30 02 * * MON,TUE,WED,THU,FRI",
        "timezone": "Europe/Berlin",
        "day_rule": "or",
        "jitter_seconds": 120,
        "misfire_policy": "latest",
        "overlap_policy": "skip",
        "source": "/etc/systemd/report.timer",
    }
    assert "not as shop" in str(reading.warnings[0])


def test_a_commands_job_waits_until_commands_are_allowed() -> None:
    assert read().drafts[0].enabled is False


@pytest.mark.parametrize(
    ("old", "new", "schedule"),
    [
        (
            "OnCalendar=Mon..Fri *-*-* 02:30:00 Europe/Berlin",
            "OnBootSec=15min\nOnUnitActiveSec=1h 30min",
            "@every 5400s",
        ),
        ("OnCalendar=Mon..Fri *-*-* 02:30:00 Europe/Berlin", "OnCalendar=daily", "0 0 * * *"),
        (
            "OnCalendar=",
            "OnCalendar=hourly\nOnCalendar=\nOnCalendar=",
            "30 02 * * MON,TUE,WED,THU,FRI",
        ),
    ],
)
def test_the_forms_of_its_times(old: str, new: str, schedule: str) -> None:
    assert read(TIMER.replace(old, new)).drafts[0].values["schedule"] == schedule


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("OnCalendar=Mon..Fri *-*-* 02:30:00 Europe/Berlin", "OnBootSec=15min", "has OnBootSec"),
        ("OnCalendar=", "OnCalendar=hourly\nOnCalendar=", "several OnCalendar"),
        (
            "Mon..Fri *-*-* 02:30:00 Europe/Berlin",
            "*-*~01 02:30",
            "has no cron text that means the same",
        ),
        ("RandomizedDelaySec=2min", "RandomizedDelaySec=2fortnights", "is no span"),
        (
            "Persistent=true",
            "Unit=other.service",
            "its service is not among the files (name other.service as well)",
        ),
    ],
)
def test_times_that_no_job_has_are_named(old: str, new: str, message: str) -> None:
    reading = read(TIMER.replace(old, new))
    assert not reading.drafts
    assert message in str(reading.problems[0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ExecStart=/usr", "ExecStart=-/usr", "whose failure counts as success"),
        ("ExecStart=/usr", "ExecStart=/bin/true\nExecStart=/usr", "one ExecStart"),
        ("--day", "--day %i", "one ExecStart without %"),
        ("User=shop", "EnvironmentFile=/etc/default/shop", "an EnvironmentFile is not read"),
    ],
)
def test_services_that_no_command_can_be_are_named(old: str, new: str, message: str) -> None:
    reading = read(service=SERVICE.replace(old, new))
    assert not reading.drafts
    assert message in str(reading.problems[0])


def test_a_service_alone_makes_no_job() -> None:
    reading = read_documents([Document("report.service", SERVICE)])
    assert (reading.drafts, reading.problems) == ([], [])
