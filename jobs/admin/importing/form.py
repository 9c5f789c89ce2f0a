"""The form that a schedule file is handed in with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from unfold import widgets as unfold

from jobs.errors import ScheduleError
from jobs.importers.contents.base import Hints
from jobs.importers.files.document import MOST_BYTES, decoded
from jobs.importers.files.problems import UnreadableFile
from jobs.params.limits import UNSTORABLE
from jobs.schedules.zones import zone_named

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    Upload = UploadedFile[bytes]  # generic in the stubs alone

PASTED = "pasted"
# Django refuses a form beyond 2.5 MB; a larger file is uploaded.
LONGEST_PASTE = 2_000_000
USER_COLUMN = {"": None, "yes": True, "no": False}
COLUMN_CHOICES = [("", "detect"), ("yes", "yes"), ("no", "no")]


class ImportForm(forms.Form):
    """``document`` and ``told`` are what was read of it, once it is valid."""

    file = forms.FileField(
        label="File", required=False, help_text="Up to 64 MB.",
        widget=forms.FileInput({"class": "c-input c-file"}),
    )  # fmt: skip
    text = forms.CharField(
        label="Or paste the text", required=False, max_length=LONGEST_PASTE, strip=False,
        widget=unfold.UnfoldAdminTextareaWidget(
            {"rows": 12, "spellcheck": "false",
             "placeholder": "17 * * * * cd /srv/app && ./hourly.sh"}
        ),
    )  # fmt: skip
    name = forms.CharField(
        label="Source name", required=False, max_length=300,
        widget=unfold.UnfoldAdminTextInputWidget(),
        help_text="Owns the jobs: importing the same name again updates them. Default: the "
                  f"file name, or “{PASTED}”.",
    )  # fmt: skip
    zone = forms.CharField(
        label="Time zone", required=False, max_length=64,
        help_text="Used for a crontab without CRON_TZ and for a beat_schedule.",
        widget=unfold.UnfoldAdminTextInputWidget({"list": "zones", "autocomplete": "off"}),
    )  # fmt: skip
    user_column = forms.ChoiceField(
        label="User column in the crontab", required=False, choices=COLUMN_CHOICES,
        widget=unfold.UnfoldAdminSelectWidget(),
        help_text="The user who runs the command, as in /etc/crontab.",
    )  # fmt: skip

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.fields["zone"].widget.attrs["placeholder"] = settings.TIME_ZONE

    def clean_file(self) -> Upload | None:
        upload: Upload | None = self.cleaned_data["file"]
        if upload and (upload.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                "The file is larger than 64 MB. Split it into several files."
            )
        return upload

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if UNSTORABLE.search(name) or not name.isprintable():
            raise forms.ValidationError("The name contains a character that cannot be stored.")
        return name

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"]).strip()
        try:
            return zone_named(zone).key if zone else ""
        except ScheduleError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        upload, text = self.cleaned_data.get("file"), self.cleaned_data.get("text", "")
        if (
            "file" in self.cleaned_data
            and "text" in self.cleaned_data
            and bool(upload) == bool(text.strip())
        ):
            field = "text" if upload else "file"
            self.add_error(
                field,
                "Choose a file or paste text, not both."
                if upload
                else "Choose a file or paste its text.",
            )
        return self.cleaned_data

    @property
    def told(self) -> Hints:
        return Hints(self.cleaned_data["zone"], USER_COLUMN[self.cleaned_data["user_column"]])

    @property
    def called(self) -> str:
        """What the file is called, and so who owns its jobs."""
        upload = self.cleaned_data["file"]
        return self.cleaned_data["name"] or (upload.name if upload else PASTED)

    def read(self) -> str:
        """The whole text; raises UnreadableFile when it is none."""
        upload = self.cleaned_data["file"]
        return decoded(upload.read()) if upload else self.cleaned_data["text"].replace("\r\n", "\n")

    def refuse(self, error: UnreadableFile) -> None:
        """Say beside where the text came from why it cannot be read."""
        place = f"Line {error.line}, column {error.column}: it " if error.line else "It "
        self.add_error("file" if self.cleaned_data["file"] else "text", f"{place}{error}.")
