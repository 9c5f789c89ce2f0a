"""The job form.

It offers the policies that are enforced, reads texts, and asks the checks of jobs.actions.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django import forms

from jobs.admin.job.form.fields import ZonedDateTimeField, keep_stored
from jobs.admin.job.form.made_fields import form_fields
from jobs.admin.look.times import zone_of
from jobs.definition.checking import problems_of
from jobs.definition.field import Place
from jobs.definition.fields import BY_NAME, in_sections, names_in
from jobs.errors import DomainError
from jobs.models import Job
from jobs.params import registry
from jobs.queries.pools import pool_names
from jobs.redaction.redactor import Redactor, metadata_redactor, redactor_of
from jobs.redaction.restore import restored

MASKED: dict[str, Callable[[Job], Redactor]] = {
    "params": lambda job: redactor_of(job.params),
    "metadata": lambda job: metadata_redactor(vars(job)),
}


class JobForm(forms.Form):
    """A job's fields as texts. ``job`` is the stored one that is edited, or None for a new one."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(
        self, data: Any = None, *, job: Job | None = None, like: Job | None = None, now: Any
    ) -> None:
        """``like``: a job whose values a new one begins with, and whose secrets its masks stand
        for.
        """
        self.job, self.like, self.now = job, like, now
        super().__init__(data, initial=form_values(job or like or Job()))
        self.fields = form_fields() | self.fields
        self._choose_tasks()
        self._choose_pools()
        zone = zone_of(str(self["timezone"].value() or "UTC"))
        for field in self.fields.values():
            if isinstance(field, ZonedDateTimeField):
                field.zone = zone
        keep_stored(self)

    def _choose_tasks(self) -> None:
        """Every registered task that can be a job, and the stored one even if nobody knows it any
        more.
        """
        known = [info for info in registry.registered().values() if not info.refusal]
        choices = [
            (info.name, f"{info.name}: {info.summary}" if info.summary else info.name)
            for info in known
        ]
        if self.job and self.job.task not in dict(choices):
            choices.insert(0, (self.job.task, f"{self.job.task} (not registered)"))
        self.fields["task"].choices = [("", "Choose a task"), *choices]  # type: ignore[attr-defined]

    def _choose_pools(self) -> None:
        """Every pool, and the stored one even if it is gone: one query."""
        names = pool_names()
        choices = [(name, name) for name in names]
        if self.job and self.job.pool and self.job.pool not in names:
            choices.insert(0, (self.job.pool, f"{self.job.pool} (does not exist)"))
        self.fields["pool"].choices = [("", BY_NAME["pool"].empty), *choices]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """The job's fields as read so far; those that could not be read are missing.

        Saved paused if so asked.
        """
        read = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return read | {"enabled": False} if "_paused" in self.data else read

    def clean(self) -> dict[str, Any]:
        """Ask whether the job would make sense, and put every problem beside its field."""
        draft = copy.copy(self.job) if self.job else Job(created_at=self.now)
        values = self._whole()
        for name, value in values.items():
            setattr(draft, name, value)
        self.add_problems(
            problems_of(draft, now=self.now, changed=self._changed(values), secrets=None)
        )
        return self.cleaned_data

    def _whole(self) -> dict[str, Any]:
        """The values with what their masks stand for; whether those may be kept is the action's to
        say.
        """
        values = dict(self.values)
        if shown := self.job or self.like:
            for name in MASKED.keys() & values.keys():
                values[name] = restored(values[name], getattr(shown, name), MASKED[name](shown))
        return values

    def _changed(self, values: dict[str, Any]) -> set[str]:
        if self.job is None:
            return set(values)
        return {name for name, value in values.items() if getattr(self.job, name) != value}

    def add_problems(self, problems: list[DomainError]) -> None:
        """Each once, beside its field or, if the form has no such field, above the form."""
        for problem in problems:
            field = problem.field if problem.field in self.fields else None
            if str(problem) not in self.errors.get(field or "__all__", []):
                self.add_error(field, str(problem))

    def is_stale(self) -> bool:
        """Whether it was filled in from an earlier version of the job than the one now stored."""
        return (
            self.is_bound
            and self.job is not None
            and self.data.get("version") != str(self.job.version)
        )

    def catch_up(self) -> None:
        """Base the form on the stored version: sent once more, it wins."""
        self.data = dict(self.data.items()) | {"version": str(self.job.version) if self.job else ""}

    def sections(self) -> list[dict[str, Any]]:
        return [
            {
                "key": section.name,
                "title": section.heading,
                "about": section.about,
                "fields": [self[field.name] for field in fields],
            }
            for section, fields in in_sections(Place.FORM).items()
        ]


def form_values(job: Job) -> dict[str, Any]:
    """The job's own values of the form's fields, without the secrets in them."""
    shown = {name: redactor(job).json(getattr(job, name)) for name, redactor in MASKED.items()}
    return {name: getattr(job, name) for name in (*names_in(Place.FORM), "version")} | shown


def zones() -> list[str]:
    return sorted(available_timezones())
