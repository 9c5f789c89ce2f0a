"""The pages of calendars: the list, the month, the form, and what a change would move."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import AuditEntry, Calendar
from tests.support.builders import make_calendar, make_job

LIST = "/admin/beatwright/calendars/"
TEXTS = ("country", "subdivision", "weekdays", "tags", "closed_days", "open_days", "windows",
         "feed_url", "ics", "description")  # fmt: skip
EMPTY = dict.fromkeys(TEXTS, "") | {"applies_to": "named"}
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261224
SUMMARY:Plant closed
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture(autouse=True)
def _files_to_serve(static_root: None) -> None:
    """Pages name static files."""


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_the_list_says_what_each_closes_and_how_many_jobs_name_it(boss: Client) -> None:
    make_calendar("holidays", country="DE", weekdays=["SAT", "SUN"], closed_days=["2026-12-24"])
    make_job(calendars=["holidays"])
    page = boss.get(LIST).content.decode()
    assert "holidays of DE; Sat, Sun; 1 day by hand" in page
    assert 'data-label="Jobs" class="c-num">1<' in page


def test_an_empty_list_says_what_a_calendar_is(boss: Client) -> None:
    assert "Create the first calendar" in boss.get(LIST).content.decode()


def test_a_month_shows_what_is_closed_and_leads_to_its_neighbours(boss: Client) -> None:
    make_calendar("plant", closed_days=["2026-12-24 # Plant closed"])
    page = boss.get(f"{LIST}plant/?month=2026-12").content.decode()
    assert "Thursday 24 December: Plant closed" in page
    assert 'href="?month=2026-11"' in page
    assert 'href="?month=2027-01"' in page
    assert boss.get(f"{LIST}plant/?month=nonsense").status_code == 200


def test_a_calendar_is_made_and_changed_by_the_form(boss: Client) -> None:
    made = boss.post(f"{LIST}_add/", EMPTY | {"name": "plant", "weekdays": "sat, sun"})
    assert made["Location"] == f"{LIST}plant/"
    boss.post(f"{LIST}plant/change/", EMPTY | {"closed_days": "2026-12-24 # Eve\n2026-12-31"})
    calendar = Calendar.objects.get()
    assert (calendar.weekdays, calendar.closed_days) == ([], ["2026-12-24 # Eve", "2026-12-31"])
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["create_calendar", "update_calendar"]


def test_a_file_is_read_as_the_calendars_text(boss: Client) -> None:
    upload = SimpleUploadedFile("plant.ics", ICS.encode())
    boss.post(f"{LIST}_add/", EMPTY | {"name": "plant", "ics_file": upload})
    assert "Plant closed" in Calendar.objects.get().ics


def test_a_wrong_line_is_told_beside_its_field_and_nothing_is_saved(boss: Client) -> None:
    answer = boss.post(f"{LIST}_add/", EMPTY | {"name": "plant", "windows": "at night"})
    assert answer.status_code == 422
    assert "is not a window" in answer.content.decode()
    assert not Calendar.objects.exists()


def test_what_a_change_would_move_is_shown_before_it_is_saved(boss: Client) -> None:
    make_calendar("plant", closed_days=["2020-01-01"])
    make_job(name="nightly", schedule="0 12 * * *", calendars=["plant"])
    day = timezone.now().date() + timedelta(days=3)
    change = EMPTY | {"closed_days": str(day)}
    asked = boss.post(f"{LIST}plant/change/", change)
    page = asked.content.decode()
    assert "1 occurrence of the next 90 days would change" in page
    assert "Save and change 1 occurrence" in page
    assert Calendar.objects.get().closed_days == ["2020-01-01"]
    boss.post(f"{LIST}plant/change/", change | {"sure": "1"})
    assert Calendar.objects.get().closed_days == [str(day)]


def test_the_month_follows_what_is_typed(boss: Client) -> None:
    typed = EMPTY | {"closed_days": "2026-12-24 # Eve", "month": "2026-12"}
    page = boss.post(reverse("beatwright:calendar_month"), typed).content.decode()
    assert "Thursday 24 December: Eve" in page
    wrong = boss.post(reverse("beatwright:calendar_month"), EMPTY | {"country": "XX"})
    assert "are not known" in wrong.content.decode()


def test_a_calendar_is_removed_once_it_was_asked_and_no_job_names_it(boss: Client) -> None:
    make_calendar("plant")
    job = make_job(calendars=["plant"])
    boss.post(f"{LIST}plant/delete/", {"sure": "1"})
    assert Calendar.objects.exists()
    job.delete()
    assert "Remove the calendar plant?" in boss.post(f"{LIST}plant/delete/").content.decode()
    boss.post(f"{LIST}plant/delete/", {"sure": "1"})
    assert not Calendar.objects.exists()


def test_the_job_form_and_the_job_page_mark_what_a_calendar_skips(boss: Client) -> None:
    make_calendar("plant", weekdays=["SAT", "SUN"])
    job = make_job(schedule="0 12 * * *", calendars=["plant"])
    detail = boss.get(reverse("beatwright:beatwright_job_detail", args=[job.pk]))
    assert "skipped: plant (Saturday)" in detail.content.decode()
    posted = {"schedule": "0 12 * * *", "timezone": "UTC", "calendars": "plant"}
    preview = boss.post(reverse("beatwright:schedule_preview"), posted).content.decode()
    assert "skipped: plant (Sunday)" in preview
    moved = boss.post(
        reverse("beatwright:schedule_preview"), posted | {"calendar_policy": "next"}
    ).content.decode()
    assert "skipped" not in moved
    unknown = boss.post(reverse("beatwright:schedule_preview"), posted | {"calendars": "nothing"})
    assert "there is no calendar" in unknown.content.decode()
