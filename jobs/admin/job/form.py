"""The job form. It offers the policies that are enforced, reads texts, and asks the checks of jobs.actions."""

from __future__ import annotations

import copy
from typing import Any
from zoneinfo import available_timezones

from django import forms
from unfold import widgets as unfold

from jobs.actions.checking import problems_of
from jobs.admin.job import fields as kinds
from jobs.admin.look.times import zone_of
from jobs.dispatch import registry
from jobs.errors import DomainError
from jobs.hiding.unmasking import restored
from jobs.hiding.veil import masked, veil_of
from jobs.models import Job, MisfirePolicy, OverlapPolicy
from jobs.queries.pools import pool_names

OVERLAP = [
    (OverlapPolicy.ALLOW, "run both (as cron does)"),
    (OverlapPolicy.SKIP, "skip the new one"),
    (OverlapPolicy.QUEUE, "let one wait"),
    (OverlapPolicy.CANCEL_RUNNING, "cancel the running one"),
]
MISFIRE = [
    (MisfirePolicy.LATEST, "run the latest one"),
    (MisfirePolicy.ALL, "run them all"),
    (MisfirePolicy.SKIP, "skip them all"),
]


class JobForm(forms.Form):
    """A job's fields as texts. ``job`` is the stored one that is edited, or None for a new one."""

    name = kinds.text_field("Name", "Unique among the jobs that are not archived.", autofocus="")
    task = forms.ChoiceField(
        label="Task", help_text="The registered Celery task to run.", widget=unfold.UnfoldAdminSelectWidget()
    )
    description = kinds.ProseField(label="Description", required=False, widget=kinds.area(2))
    tags = kinds.TagsField(
        label="Tags", required=False, help_text="Words, with commas between them.", widget=kinds.line()
    )
    owner = kinds.text_field("Owner", "Who to ask about it.", required=False)
    schedule = kinds.text_field(
        "Schedule",
        "Cron (*/5 * * * *; six fields: seconds first), @hourly, @every 1h30m, 2030-01-31T09:00, RRULE:… or @manual.",
        spellcheck="false", autocomplete="off", autocapitalize="off",
    )  # fmt: skip
    timezone = kinds.text_field(
        "Time zone", "The zone in which the schedule is read.", list="zones", autocomplete="off"
    )
    jitter_seconds = kinds.seconds_field(
        "Jitter", "Spread the start over this long, such as 30s; 0s: start on time.", required=True
    )
    starts_at = kinds.moment_field("Not before", "In the job's time zone. Empty: from now on.")
    ends_at = kinds.moment_field("Not after", "In the job's time zone. Empty: for ever.")
    params = kinds.ExactJSONField(
        label="Params", required=False, help_text="A JSON object: the task's arguments by name.",
        widget=kinds.area(6, spellcheck="false"),
    )  # fmt: skip
    queue = kinds.text_field("Queue", "Which workers take it.", list="queues", autocomplete="off")
    priority = kinds.PriorityField(
        label="Priority", help_text="low, normal, high or critical; or a number, larger first.",
        widget=kinds.line(list="priorities", autocomplete="off"),
    )  # fmt: skip
    pool = forms.ChoiceField(
        label="Pool", required=False, help_text="Its runs share the pool's slots with those of other jobs.",
        widget=unfold.UnfoldAdminSelectWidget(),
    )  # fmt: skip
    resources = kinds.ResourcesField(
        label="Resources", required=False, widget=kinds.line(autocomplete="off", spellcheck="false"),
        help_text="What a run takes of its pool, or of the pool default, such as: cpu 2, memory 512.",
    )  # fmt: skip
    overlap_policy = kinds.choice_field("Overlap", OVERLAP, "When it is due while an earlier run is not over.")
    timeout_seconds = kinds.seconds_field("Time limit", "For one attempt, such as 90s or 1h30m. Empty: none.")
    memory_limit_mb = kinds.number_field("Memory limit, MB", "For a run and its processes. Empty: as set for all jobs.")
    fresh_process = forms.BooleanField(
        label="Process", required=False, help_text="What a run leaves in a process of its own, no other run meets.",
        widget=unfold.UnfoldAdminSelectWidget(choices=[("", "serves other runs too"), ("True", "of its own")]),
    )  # fmt: skip
    max_retries = kinds.number_field("Retries", "Empty: as the task declares.")
    retry_backoff_seconds = kinds.seconds_field("First wait", "Doubled for each further retry. Empty: the task's own.")
    retry_backoff_max_seconds = kinds.seconds_field("Longest wait", "Empty: the task's own.")
    retry_jitter = forms.NullBooleanField(
        label="Random waits", help_text="Spread retries, so that they do not come all at once.",
        widget=unfold.UnfoldAdminSelectWidget(choices=[("", "as the task declares"), ("True", "yes"), ("False", "no")]),
    )  # fmt: skip
    misfire_policy = kinds.choice_field(
        "Missed occurrences", MISFIRE, "What becomes of those that nobody could plan in time."
    )
    misfire_window_seconds = kinds.seconds_field("Missed up to", "Such as 6h. Older ones are skipped.", required=True)
    retention_days = kinds.number_field("Keep history, days", "Empty: as set for all jobs.")
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    SECTIONS = (
        ("What", "", ("name", "task", "description", "tags", "owner")),
        ("When", "", ("schedule", "timezone", "jitter_seconds", "starts_at", "ends_at")),
        ("With what", "", ("params",)),
        ("Where", "", ("queue", "priority", "pool", "resources", "overlap_policy", "timeout_seconds",
                      "memory_limit_mb", "fresh_process")),
        ("If it fails", "An attempt that fails is started again, in the same run.",
         ("max_retries", "retry_backoff_seconds", "retry_backoff_max_seconds", "retry_jitter")),
        ("If it is missed", "After an outage, or a long pause of the scheduler.",
         ("misfire_policy", "misfire_window_seconds")),
        ("Afterwards", "", ("retention_days",)),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, job: Job | None = None, like: Job | None = None, now: Any) -> None:
        """``like``: a job whose values a new one begins with, and whose secrets its masks stand for."""
        self.job, self.like, self.now = job, like, now
        super().__init__(data, initial=values_of(job or like or Job()))
        self._choose_tasks()
        self._choose_pools()
        zone = zone_of(str(self["timezone"].value() or "UTC"))
        for name in ("starts_at", "ends_at"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]
        kinds.keep_stored(self)

    def _choose_tasks(self) -> None:
        """Every registered task that can be a job, and the stored one even if nobody knows it any more."""
        known = [info for info in registry.registered().values() if not info.refusal]
        choices = [(info.name, f"{info.name}: {info.summary}" if info.summary else info.name) for info in known]
        if self.job and self.job.task not in dict(choices):
            choices.insert(0, (self.job.task, f"{self.job.task} (not registered here)"))
        self.fields["task"].choices = [("", "Choose a task"), *choices]  # type: ignore[attr-defined]

    def _choose_pools(self) -> None:
        """Every pool, and the stored one even if it is gone: one query."""
        names = pool_names()
        choices = [(name, name) for name in names]
        if self.job and self.job.pool and self.job.pool not in names:
            choices.insert(0, (self.job.pool, f"{self.job.pool} (there is no such pool)"))
        self.fields["pool"].choices = [("", "none"), *choices]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """The job's fields as read so far; those that could not be read are missing. Saved paused if so asked."""
        read = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return read | {"enabled": False} if "_paused" in self.data else read

    def clean(self) -> dict[str, Any]:
        """Ask whether the job would make sense, and put every problem beside its field."""
        draft = copy.copy(self.job) if self.job else Job(created_at=self.now)
        values = self._whole()
        for name, value in values.items():
            setattr(draft, name, value)
        self.add_problems(problems_of(draft, now=self.now, changed=self._changed(values), secrets=None))
        return self.cleaned_data

    def _whole(self) -> dict[str, Any]:
        """The values with what their masks stand for; whether those may be kept is the action's to say."""
        values = dict(self.values)
        if "params" in values and (shown := self.job or self.like):
            values["params"] = restored(values["params"], shown.params, veil_of(shown.params))
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
    """The job's own values of the form's fields, without the secrets in them."""
    return {name: getattr(job, name) for name in JobForm.base_fields} | {"params": masked(job.params)}


def zones() -> list[str]:
    return sorted(available_timezones())
