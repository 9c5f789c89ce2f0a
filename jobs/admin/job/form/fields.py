"""The kinds of fields in the job form: each reads what people type and shows what is stored."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from unfold import widgets as unfold

from jobs.admin.look.times import zone_of
from jobs.models import Job

LOCAL = "%Y-%m-%dT%H:%M:%S"
DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?", re.ASCII)
RESOURCE = re.compile(r"([A-Za-z]{1,20})[ =:]*(\d{1,18})", re.ASCII)
SIZES = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class KeptField(forms.Field):
    """A field whose text may say less than the stored value: sent as that is shown, it is that
    value.
    """

    stored: Any = None

    def clean(self, value: Any) -> Any:
        shown = self.widget.format_value(self.prepare_value(self.stored))
        return (
            self.stored if self.stored and shown == self.as_shown(value) else super().clean(value)
        )

    def as_shown(self, value: Any) -> Any:
        """What a browser sends of a text that it was shown, as it was shown."""
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class LineField(KeptField, forms.CharField):
    """A text of one line, without the space around it."""


def keep_stored(form: forms.Form) -> None:
    """Tell the form's fields what is stored, which is what the form begins with."""
    for name, field in form.fields.items():
        if isinstance(field, KeptField):
            field.stored = form.initial.get(name)


class ProseField(LineField):
    """A text of any number of lines."""

    def to_python(self, value: Any) -> str:
        return str(self.as_shown(super().to_python(value)))


class ZonedDateTimeField(KeptField, forms.DateTimeField):
    """A date-time that is typed and shown in ``zone`` and stored aware."""

    zone = zone_of("UTC")

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(self.zone):
            return super().to_python(value)

    def as_shown(self, value: Any) -> Any:
        """Browsers leave out seconds that are zero."""
        return (
            f"{value}:00"
            if isinstance(value, str) and len(value) == len("2030-01-31T09:00")
            else value
        )


class TagsField(KeptField, forms.CharField):
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
        return (
            json.dumps(value, indent=2, ensure_ascii=False)
            .encode(errors="backslashreplace")
            .decode()
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(value) if value else {}


class SecondsField(forms.CharField):
    """A duration such as ``90``, ``90s``, ``10m`` or ``1h30m``; whole seconds, None for an empty
    text.
    """

    def prepare_value(self, value: Any) -> Any:
        return compact(value) if isinstance(value, int) and value >= 0 else value

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        text = str("" if value is None else value).replace(" ", "").lower()
        if not text:
            return None
        match = DURATION.fullmatch(text)
        if match is None:
            raise forms.ValidationError("Enter a duration such as 90s, 10m, 1h30m or 2d.")
        return sum(
            int(count or 0) * size
            for count, size in zip(match.groups(), SIZES.values(), strict=True)
        )


class ResourcesField(forms.CharField):
    """``cpu 2, memory 512``: names with whole numbers; a dict, empty for an empty text."""

    def prepare_value(self, value: Any) -> Any:
        return (
            ", ".join(f"{kind} {amount}" for kind, amount in value.items())
            if isinstance(value, dict)
            else value
        )

    def to_python(self, value: Any) -> dict[str, int]:  # type: ignore[override]
        parts = [part.strip() for part in str(value or "").split(",") if part.strip()]
        pairs = [RESOURCE.fullmatch(part) for part in parts]
        found = {pair[1].lower(): int(pair[2]) for pair in pairs if pair}
        if len(found) < len(parts):
            raise forms.ValidationError(
                "Enter each resource once, with a whole number, such as: cpu 2, memory 512."
            )
        return found


class PriorityField(forms.CharField):
    """One of the words low, normal, high and critical, or a whole number."""

    def prepare_value(self, value: Any) -> Any:
        words = {number: word for word, number in Job.PRIORITY_WORDS.items()}
        return words.get(value, value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int:  # type: ignore[override]
        text = str("" if value is None else value).strip().lower()
        if text in Job.PRIORITY_WORDS:
            return Job.PRIORITY_WORDS[text]
        try:
            return int(text[:10])
        except ValueError:
            words = ", ".join(Job.PRIORITY_WORDS)
            raise forms.ValidationError(f"Enter {words}, or a whole number.") from None


def compact(seconds: int) -> str:
    """``1h30m``, ``90s`` being ``1m30s``; ``0s`` for none."""
    parts, rest = [], seconds
    for unit, size in SIZES.items():
        count, rest = divmod(rest, size)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def text_field(
    label: str, help_text: str = "", *, required: bool = True, **attrs: str
) -> forms.CharField:
    return LineField(
        label=label, required=required, help_text=help_text, widget=line_widget(**attrs)
    )


def number_field(label: str, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        help_text=help_text,
        widget=unfold.UnfoldAdminIntegerFieldWidget(),
    )


def moment_field(label: str, help_text: str) -> ZonedDateTimeField:
    attrs = {"type": "datetime-local", "step": "1", "class": " ".join(unfold.DATETIME_CLASSES)}
    return ZonedDateTimeField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs=attrs, format=LOCAL),
    )


def line_widget(**attrs: str) -> forms.Widget:
    return unfold.UnfoldAdminTextInputWidget(attrs)
