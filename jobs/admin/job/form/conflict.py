"""Two people saved one job: what is stored now beside what was written here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jobs.admin.job.form.form import JobForm, form_values


@dataclass(frozen=True)
class Difference:
    """One field: its stored value and the written one, as texts; ``id``: the form's field."""

    id: str
    label: str
    stored: str
    written: str


def differences(form: JobForm) -> list[Difference]:
    """What is stored now, for each field where it is not what the form says; the next save then
    wins.
    """
    if not form.is_stale() or form.job is None:
        return []
    form.catch_up()
    stored, written = form_values(form.job), getattr(form, "cleaned_data", {})
    return [
        _difference(form, name, stored[name], value)
        for name, value in written.items()
        if name != "version" and stored[name] != value
    ]


def _difference(form: JobForm, name: str, stored: Any, written: Any) -> Difference:
    field = form.fields[name]
    return Difference(
        form[name].id_for_label, str(field.label), _text(field, stored), _text(field, written)
    )


def _text(field: Any, value: Any) -> str:
    """As the field shows it; a moment as its input takes it."""
    shown = field.prepare_value(value)
    if hasattr(shown, "strftime"):
        shown = field.widget.format_value(shown)
    return "" if shown is None else str(shown)
