"""Make and change a calendar: the month as it would be while one types, and which occurrences a
change moves before it is saved.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from holidays.registry import COUNTRIES
from unfold import widgets as unfold

from jobs.access.actor import Actor, actor_of
from jobs.actions.calendars.editing import changed_calendar, create_calendar, update_calendar
from jobs.admin.calendar.listing import MANAGES
from jobs.admin.calendar.page import month_context
from jobs.admin.job.form import fields as kinds
from jobs.admin.look.times import moment
from jobs.errors import DomainError, Forbidden, InvalidFields
from jobs.models import Applies, Calendar
from jobs.queries.calendars import Moves, find_calendar, moves_of
from jobs.schedules.closures.ics import MOST_CHARACTERS

CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
LINES = "One a line, each with # and a reason if you like. "


class LinesField(kinds.KeptField, forms.CharField):
    """Texts, one a line."""

    def __init__(self, **given: Any) -> None:
        widget = unfold.UnfoldAdminTextareaWidget({"rows": "3", "spellcheck": "false"})
        super().__init__(required=False, widget=widget, **given)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class WeekdaysField(kinds.TagsField):
    """MON to SUN, in any case."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [word.upper()[:3] for word in super().to_python(value)]


class CalendarForm(forms.Form):
    """A calendar's fields as texts; ``calendar`` is the stored one that is edited, or None."""

    name = kinds.text_field(
        "Name",
        "Letters, digits and _ . : - only. It cannot be changed later.",
        autofocus="",
        autocomplete="off",
    )
    description = kinds.text_field("Description", "What it is for.", required=False)
    country = kinds.text_field(
        "Country",
        "Its public holidays are closed. A code such as DE, FR or US.",
        required=False,
        list="countries",
        autocomplete="off",
    )
    subdivision = kinds.text_field(
        "Part of the country",
        "The holidays of a state or province as well, such as BY.",
        required=False,
        autocomplete="off",
    )
    weekdays = WeekdaysField(
        label="Closed weekdays",
        required=False,
        help_text="For example: SAT, SUN.",
        widget=kinds.line_widget(autocomplete="off"),
    )
    applies_to = forms.ChoiceField(
        label="Concerns",
        choices=Applies.choices,
        widget=unfold.UnfoldAdminSelectWidget(),
        help_text="Jobs that do not name it skip what it closes.",
    )
    tags = kinds.TagsField(
        label="Tags",
        required=False,
        help_text="Of the jobs that it concerns. Separate with commas.",
        widget=kinds.line_widget(autocomplete="off"),
    )
    closed_days = LinesField(
        label="Closed days", help_text=f"{LINES}2026-12-24, or 2026-12-24/2027-01-01 # Year end"
    )
    open_days = LinesField(
        label="Open days", help_text=f"{LINES}They are open whatever else closes them."
    )
    windows = LinesField(
        label="Closed hours",
        help_text=f"{LINES}2026-12-20T22:00/2026-12-21T06:00, or 0 22 * * FRI for 8h # Maintenance",
    )
    feed_url = kinds.text_field(
        "iCalendar feed",
        "An address that is fetched every hour. The last good copy stays.",
        required=False,
        autocomplete="off",
    )
    ics_file = forms.FileField(
        label="iCalendar file",
        required=False,
        widget=forms.FileInput({"class": "c-input c-file", "accept": ".ics,text/calendar"}),
        help_text="An .ics file whose events are closed. It takes the place of the stored one.",
    )
    ics = kinds.ProseField(
        label="iCalendar text",
        required=False,
        help_text="Events of whole days close days, others their time.",
        widget=unfold.UnfoldAdminTextareaWidget({"rows": "3", "spellcheck": "false"}),
    )

    def __init__(
        self, data: Any = None, files: Any = None, *, calendar: Calendar | None = None
    ) -> None:
        self.calendar = calendar
        stored = calendar or Calendar()
        texts = [name for name in self.base_fields if name != "ics_file"]
        super().__init__(data, files, initial={name: getattr(stored, name) for name in texts})
        kinds.keep_stored(self)
        if calendar:
            del self.fields["name"]
        if stored.feed_url:  # the text is the feed's
            del self.fields["ics"], self.fields["ics_file"]

    @property
    def values(self) -> dict[str, Any]:
        """The calendar's fields as read so far; those that could not be read are missing."""
        return {name: value for name, value in self.cleaned_data.items() if name != "ics_file"}

    def clean(self) -> dict[str, Any]:
        """A file takes the place of the text."""
        if upload := self.cleaned_data.get("ics_file"):
            try:
                self.cleaned_data["ics"] = upload.read(4 * MOST_CHARACTERS).decode()
            except UnicodeDecodeError:
                self.add_error("ics_file", "is not UTF-8 text")
        return self.cleaned_data

    def save(self, *, actor: Actor) -> Calendar | None:
        """The saved calendar; None when it could not be, with the problems beside their fields."""
        now = timezone.now()
        try:
            if self.calendar is None:
                return create_calendar(self.values, actor=actor, now=now)
            return update_calendar(self.calendar.name, self.values, actor=actor, now=now)
        except Forbidden:
            raise
        except DomainError as error:
            self.add_problems(error)
        return None

    def moves(self, *, actor: Actor) -> Moves | None:
        """What saving would move; None where it could not be saved, with the problems beside their
        fields.
        """
        try:
            changed = self.as_calendar()
        except DomainError as error:
            self.add_problems(error)
            return None
        return moves_of(changed.name, changed, actor=actor, now=timezone.now())

    def as_calendar(self) -> Calendar:
        """The calendar as it would be; raises DomainError."""
        values = dict(self.values)
        now = timezone.now()
        name = values.pop("name", "") or "new"
        stored = self.calendar or Calendar(name=name, created_at=now, updated_at=now)
        return changed_calendar(stored, values)

    def add_problems(self, error: DomainError) -> None:
        problems = error.problems if isinstance(error, InvalidFields) else [error]
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, str(problem))


def edit_calendar(site: AdminSite, request: HttpRequest, name: str = "") -> HttpResponse:
    """The form, of a new calendar where there is no ``name``; a good POST saves, at once or, where
    occurrences move, once it was asked.
    """
    actor = actor_of(request)
    actor.require_everywhere(MANAGES)
    calendar = find_calendar(name) if name else None
    if name and calendar is None:
        raise Http404("This calendar does not exist.")
    is_sent = request.method == "POST"
    form = CalendarForm(
        request.POST if is_sent else None, request.FILES if is_sent else None, calendar=calendar
    )
    moves = form.moves(actor=actor) if form.is_valid() else None
    if moves is None or (moves.count and "sure" not in request.POST):
        return _form_page(site, request, form, moves)
    saved = form.save(actor=actor)
    if saved is None:
        return _form_page(site, request, form, None)
    messages.success(request, f"{'Saved' if calendar else 'Created'} the calendar {saved.name}.")
    return HttpResponseRedirect(reverse("beatwright:calendar", args=[saved.name]))


def month_fragment(request: HttpRequest) -> HttpResponse:
    """The month of the calendar as it is being written."""
    actor_of(request).require_everywhere(MANAGES)
    form = CalendarForm(request.POST)
    form.fields["name"].required = False
    form.is_valid()
    return TemplateResponse(
        request, "console/calendar/_month.html", _month(form, request.POST.get("month", ""))
    )


def _month(form: CalendarForm, text: str) -> dict[str, Any]:
    if not form.is_bound:
        return month_context(form.calendar or Calendar(name="new"), text) | {"in_form": True}
    try:
        return month_context(form.as_calendar(), text) | {"in_form": True}
    except DomainError as error:
        return {"month_problem": str(error), "in_form": True}


def _form_page(
    site: AdminSite, request: HttpRequest, form: CalendarForm, moves: Moves | None
) -> HttpResponse:
    name = form.calendar.name if form.calendar else ""
    back = reverse("beatwright:calendar", args=[name]) if name else reverse("beatwright:calendars")
    is_wrong = form.is_bound and moves is None
    context = {
        **site.each_context(request),
        "title": f"Edit {name}" if name else "New calendar",
        "crumbs": [("Calendars", reverse("beatwright:calendars"))],
        "form": form,
        "back": back,
        "countries": countries(),
        "moves": _shown(moves) if moves else None,
        **_month(form, request.POST.get("month", "")),
    }
    return TemplateResponse(
        request, "console/calendar/form.html", context, status=422 if is_wrong else 200
    )


def _shown(moves: Moves) -> dict[str, Any]:
    """The moves with their moments in their jobs' zones."""
    now = timezone.now()
    rows = [
        {
            "job": move.job,
            "due": moment(move.scheduled_for, now, move.job.timezone),
            "before": moment(move.before, now, move.job.timezone) if move.before else None,
            "after": moment(move.after, now, move.job.timezone) if move.after else None,
        }
        for move in moves.moves
    ]
    return {"count": moves.count, "is_whole": moves.is_whole, "rows": rows,
            "rest": moves.count - len(rows)}  # fmt: skip


def countries() -> list[tuple[str, str]]:
    """Code and name of every country whose holidays are known: ``US``, ``United States``."""
    return sorted((code, CAPITALS.sub(" ", name)) for name, code, *_ in COUNTRIES.values())
