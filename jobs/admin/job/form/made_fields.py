"""The job form's fields, made from the definition: by kind one way of reading, showing and
explaining.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from unfold import widgets as unfold

from jobs.admin.job.form import fields as kinds
from jobs.definition.field import Field, Kind, Place
from jobs.definition.fields import fields_in

# What the browser is told of a text's field.
ATTRS: dict[str, dict[str, str]] = {
    "name": {"autofocus": ""},
    "schedule": {"spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"},
    "timezone": {"list": "zones", "autocomplete": "off"},
    "calendars": {"list": "calendars", "autocomplete": "off"},
    "queue": {"list": "queues", "autocomplete": "off"},
    "params": {"rows": "6", "spellcheck": "false"},
    "metadata": {"rows": "3", "spellcheck": "false"},
    "description": {"rows": "2"},
    "priority": {"list": "priorities", "autocomplete": "off"},
    "resources": {"autocomplete": "off", "spellcheck": "false"},
}
# Texts that are chosen from what there is.
CHOSEN = frozenset({"task", "pool"})
HINTS = {
    Kind.SECONDS: "For example, 90s or 1h30m.",
    Kind.MOMENT: "In the job's time zone.",
    Kind.WORDS: "Separate with commas.",
    Kind.OBJECT: "A JSON object.",
    Kind.RESOURCES: "For example: cpu 2, memory 512.",
}


def form_fields() -> dict[str, forms.Field]:
    """Every field of the form by its name, fresh."""
    return {field.name: form_field(field) for field in fields_in(Place.FORM)}


def form_field(field: Field) -> forms.Field:
    make = _chosen if field.name in CHOSEN else MAKERS[field.kind]
    label = f"{field.label}, {field.unit}" if field.unit else field.label
    return make(field, label=label, required=field.is_required, help_text=_help(field))


def _help(field: Field) -> str:
    empty = (
        f"Default: {field.empty}."
        if field.empty and field.kind in TYPED and field.name not in CHOSEN
        else ""
    )
    return " ".join(filter(None, (field.help, HINTS.get(field.kind), empty)))


def _line(make: type[forms.Field]) -> Callable[..., forms.Field]:
    def made(field: Field, **given: Any) -> forms.Field:
        return make(widget=kinds.line_widget(**ATTRS.get(field.name, {})), **given)

    return made


def _area(make: type[forms.Field]) -> Callable[..., forms.Field]:
    def made(field: Field, **given: Any) -> forms.Field:
        return make(widget=unfold.UnfoldAdminTextareaWidget(ATTRS.get(field.name, {})), **given)

    return made


def _seconds(field: Field, **given: Any) -> forms.Field:
    return kinds.SecondsField(widget=kinds.line_widget(autocomplete="off"), **given)


def _number(field: Field, *, label: str, help_text: str, required: bool) -> forms.Field:
    return kinds.number_field(label, help_text)


def _moment(field: Field, *, label: str, help_text: str, required: bool) -> forms.Field:
    return kinds.moment_field(label, help_text)


def _choice(field: Field, **given: Any) -> forms.Field:
    return forms.ChoiceField(
        choices=list(field.choices.items()), widget=unfold.UnfoldAdminSelectWidget(), **given
    )


def _chosen(field: Field, **given: Any) -> forms.Field:
    return forms.ChoiceField(widget=unfold.UnfoldAdminSelectWidget(), **given)


def _yes_or_no(field: Field, **given: Any) -> forms.Field:
    no, yes = field.words
    given["required"] = False
    if field.is_nullable:
        choices = [("", field.empty), ("True", yes), ("False", no)]
        return forms.NullBooleanField(
            widget=unfold.UnfoldAdminSelectWidget(choices=choices), **given
        )
    return forms.BooleanField(
        widget=unfold.UnfoldAdminSelectWidget(choices=[("", no), ("True", yes)]), **given
    )


TYPED = frozenset({Kind.TEXT, Kind.NUMBER, Kind.SECONDS, Kind.MOMENT, Kind.RESOURCES})
MAKERS: dict[Kind, Callable[..., forms.Field]] = {
    Kind.TEXT: _line(kinds.LineField),
    Kind.PROSE: _area(kinds.ProseField),
    Kind.NUMBER: _number,
    Kind.SECONDS: _seconds,
    Kind.PRIORITY: _line(kinds.PriorityField),
    Kind.MOMENT: _moment,
    Kind.YES_NO: _yes_or_no,
    Kind.CHOICE: _choice,
    Kind.WORDS: _line(kinds.TagsField),
    Kind.OBJECT: _area(kinds.ExactJSONField),
    Kind.RESOURCES: _line(kinds.ResourcesField),
}
