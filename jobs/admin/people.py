"""Users and groups, with unfold's forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from jobs.admin.noting import NotedAdmin
from jobs.admin.site import site
from jobs.models import Restriction


class TagsField(forms.CharField):
    """A list of tags as a text with commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [tag for text in (value or "").split(",") if (tag := text.strip().lstrip("#"))]

    def validate(self, value: Any) -> None:
        super().validate(value)
        if any(len(tag) > 50 for tag in value):
            raise forms.ValidationError("A tag has at most 50 characters.")

    def run_validators(self, value: Any) -> None:
        """The text's own validators do not fit a list; NUL is refused before."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class RestrictionForm(forms.ModelForm):  # type: ignore[type-arg]
    tags = TagsField(widget=UnfoldAdminTextInputWidget, help_text="With commas: fin, nightly. Remove it to lift it.")

    class Meta:
        model = Restriction
        fields = ("tags",)


class RestrictionInline(StackedInline):
    """Limits what the user sees and touches to jobs with some tags."""

    model = Restriction
    form = RestrictionForm
    extra = 0


@admin.register(User, site=site)
class UserAdmin(DjangoUserAdmin, NotedAdmin):  # type: ignore[type-arg, misc]  # as below, and generic in the stubs alone
    inlines = (RestrictionInline,)
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group, site=site)
class GroupAdmin(DjangoGroupAdmin, NotedAdmin):  # type: ignore[misc]  # the stubs take the two ModelAdmins for strangers
    pass
