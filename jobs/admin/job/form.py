"""The job form. It shows the policies that are enforced, reads texts, and asks the checks of jobs.actions."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from unfold import widgets as unfold

from jobs.actions.checking import problems_of
from jobs.admin.look.times import zone_of
from jobs.dispatch import registry
from jobs.errors import DomainError
from jobs.models import Job, MisfirePolicy

LOCAL = "%Y-%m-%dT%H:%M:%S"


class ZonedDateTimeField(forms.DateTimeField):
    """A date-time that is typed and shown in ``zone`` and stored aware."""

    zone = zone_of("UTC")

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(self.zone):
            return super().to_python(value)


class TagsField(forms.CharField):
    """Words with commas between them; a list of texts."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        words = (word.strip() for word in str(value or "").split(","))
        return list(dict.fromkeys(word for word in words if word))


class ExactJSONField(forms.JSONField):
    """A JSON object, shown indented; an empty text is the empty object."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, (dict, list)):
            return value
        # Half a surrogate pair, which no page can carry, is shown as the escape it was typed as.
        return json.dumps(value, indent=2, ensure_ascii=False).encode(errors="backslashreplace").decode()

    def to_python(self, value: Any) -> Any:
        return super().to_python(value) if value else {}


def moment_field(label: str, help_text: str) -> ZonedDateTimeField:
    attrs = {"type": "datetime-local", "step": "1", "class": " ".join(unfold.DATETIME_CLASSES)}
    return ZonedDateTimeField(
        label=label, required=False, help_text=help_text, widget=forms.DateTimeInput(attrs=attrs, format=LOCAL)
    )


def number_field(label: str, help_text: str, *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=required, help_text=help_text, widget=unfold.UnfoldAdminIntegerFieldWidget()
    )


def text_field(label: str, help_text: str = "", *, required: bool = True, **attrs: str) -> forms.CharField:
    widget = unfold.UnfoldAdminTextInputWidget(attrs)
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget)


class JobForm(forms.Form):
    """A job's fields as texts. ``job`` is the stored one that is edited, or None for a new one."""

    name = text_field("Name", "Unique among the jobs that are not archived.", autofocus="")
    task = forms.ChoiceField(
        label="Task", help_text="The registered Celery task to run.", widget=unfold.UnfoldAdminSelectWidget()
    )
    description = forms.CharField(
        label="Description", required=False, widget=unfold.UnfoldAdminTextareaWidget({"rows": 2})
    )
    tags = TagsField(
        label="Tags", required=False, help_text="Words, with commas between them.",
        widget=unfold.UnfoldAdminTextInputWidget(),
    )  # fmt: skip
    owner = text_field("Owner", "Who to ask about it.", required=False)
    enabled = forms.BooleanField(
        label="On", required=False, initial=True, help_text="Off: saved paused, nothing is planned.",
        widget=unfold.UnfoldBooleanSwitchWidget(),
    )  # fmt: skip
    schedule = text_field(
        "Schedule",
        "Cron (*/5 * * * *; six fields: seconds first), @hourly, @every 1h30m, 2030-01-31T09:00, RRULE:… or @manual.",
        spellcheck="false", autocomplete="off", autocapitalize="off",
    )  # fmt: skip
    timezone = text_field("Time zone", "The zone in which the schedule is read.", list="zones", autocomplete="off")
    starts_at = moment_field("Not before", "In the job's time zone. Empty: from now on.")
    ends_at = moment_field("Not after", "In the job's time zone. Empty: for ever.")
    jitter_seconds = number_field(
        "Jitter, seconds", "Spread the start over this long; 0: start on time.", required=True
    )
    params = ExactJSONField(
        label="Params", required=False, help_text="A JSON object: the task's arguments by name.",
        widget=unfold.UnfoldAdminTextareaWidget({"rows": 6, "spellcheck": "false"}),
    )  # fmt: skip
    queue = text_field("Queue", "Which workers take it.")
    priority = number_field("Priority", "Larger goes first: low -10, normal 0, high 10, critical 20.", required=True)
    max_retries = number_field("Retries", "Empty: as the task declares.")
    retry_backoff_seconds = number_field(
        "First wait, seconds", "Doubled for each further retry. Empty: the task's own."
    )
    retry_backoff_max_seconds = number_field("Longest wait, seconds", "Empty: the task's own.")
    retry_jitter = forms.NullBooleanField(
        label="Random waits", help_text="Spread retries, so that they do not come all at once.",
        widget=unfold.UnfoldAdminSelectWidget(choices=[("", "as the task declares"), ("True", "yes"), ("False", "no")]),
    )  # fmt: skip
    misfire_policy = forms.ChoiceField(
        label="Missed occurrences", choices=MisfirePolicy.choices, widget=unfold.UnfoldAdminSelectWidget(),
        help_text="What becomes of those that nobody could plan in time.",
    )  # fmt: skip
    misfire_window_seconds = number_field("Missed up to, seconds", "Older ones are skipped.", required=True)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    SECTIONS = (
        ("What", "", ("name", "task", "description", "tags", "owner", "enabled")),
        ("When", "", ("schedule", "timezone", "starts_at", "ends_at", "jitter_seconds")),
        ("With what", "", ("params",)),
        ("Where", "", ("queue", "priority")),
        ("If it fails", "An attempt that fails is started again, in the same run.",
         ("max_retries", "retry_backoff_seconds", "retry_backoff_max_seconds", "retry_jitter")),
        ("If it is missed", "After an outage, or a long pause of the scheduler.",
         ("misfire_policy", "misfire_window_seconds")),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, job: Job | None = None, now: datetime) -> None:
        self.job, self.now = job, now
        super().__init__(data, initial=values_of(job or Job()))
        self._choose_tasks()
        zone = zone_of(str(self["timezone"].value() or "UTC"))
        for name in ("starts_at", "ends_at"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]

    def _choose_tasks(self) -> None:
        """Every registered task that can be a job, and the stored one even if nobody knows it any more."""
        known = [info for info in registry.registered().values() if not info.refusal]
        choices = [(info.name, f"{info.name}: {info.summary}" if info.summary else info.name) for info in known]
        if self.job and self.job.task not in dict(choices):
            choices.insert(0, (self.job.task, f"{self.job.task} (not registered here)"))
        self.fields["task"].choices = [("", "Choose a task"), *choices]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """The job's fields as read so far; those that could not be read are missing."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def clean(self) -> dict[str, Any]:
        """Ask whether the job would make sense, and put every problem beside its field."""
        draft = copy.copy(self.job) if self.job else Job(created_at=self.now)
        for name, value in self.values.items():
            setattr(draft, name, value)
        self.add_problems(problems_of(draft, now=self.now, changed=self._changed()))
        return self.cleaned_data

    def _changed(self) -> set[str]:
        if self.job is None:
            return set(self.values)
        return {name for name, value in self.values.items() if getattr(self.job, name) != value}

    def add_problems(self, problems: list[DomainError]) -> None:
        """Each once, beside its field or, if the form has no such field, above the form."""
        for problem in problems:
            field = problem.field if problem.field in self.fields else None
            if str(problem) not in self.errors.get(field or "__all__", []):
                self.add_error(field, str(problem))

    def is_stale(self) -> bool:
        """Whether it was filled in from an earlier version of the job than the one now stored."""
        return self.is_bound and self.job is not None and self.data.get("version") != str(self.job.version)

    def catch_up(self) -> None:
        """Base the form on the stored version: sent once more, it wins."""
        self.data = dict(self.data.items()) | {"version": str(self.job.version) if self.job else ""}

    def sections(self) -> list[dict[str, Any]]:
        return [
            {"title": title, "about": about, "fields": [self[name] for name in names]}
            for title, about, names in self.SECTIONS
        ]


def values_of(job: Job) -> dict[str, Any]:
    """The job's own values of the form's fields."""
    return {name: getattr(job, name) for name in JobForm.base_fields}


def zones() -> list[str]:
    return sorted(available_timezones())
