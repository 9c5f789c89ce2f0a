"""Users and groups, with unfold's forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from jobs.access.actor import actor_of
from jobs.access.people import groups_to_give, permissions_to_give, reaches_group, reaches_person
from jobs.actions.people.accounts import shut_out
from jobs.admin.closed import sees_all
from jobs.admin.noting import NotedAdmin
from jobs.admin.site import site
from jobs.models import Restriction
from jobs.models.access.user import User


class TagsField(forms.CharField):
    """A list of tags as a text with commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [tag for text in (value or "").split(",") if (tag := text.strip().lstrip("#"))]

    def validate(self, value: Any) -> None:
        super().validate(value)
        if any(len(tag) > 50 for tag in value):
            raise forms.ValidationError("A tag can have at most 50 characters.")

    def run_validators(self, value: Any) -> None:
        """The text's own validators do not fit a list; NUL is refused before."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class RestrictionForm(forms.ModelForm):  # type: ignore[type-arg]
    tags = TagsField(
        widget=UnfoldAdminTextInputWidget,
        help_text="Separate with commas: fin, nightly. Delete the restriction to remove the limit.",
    )

    class Meta:
        model = Restriction
        fields = ("tags",)


class RestrictionInline(StackedInline):
    """Limits what the user sees and touches to jobs with some tags."""

    model = Restriction
    form = RestrictionForm
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """Who is limited makes people who are limited as well, to some of the same tags."""
        own = actor_of(request).tags
        if own is not None:
            options |= {
                "form": _within(own),
                "can_delete": False,
                "min_num": 1,
                "validate_min": True,
            }
        return super().get_formset(request, obj, **options)


def _within(own: frozenset[str]) -> type[RestrictionForm]:
    class Within(RestrictionForm):
        def clean_tags(self) -> list[str]:
            tags: list[str] = self.cleaned_data["tags"]
            if not tags or not own.issuperset(tags):
                raise forms.ValidationError(
                    f"Choose at least one of your own tags and no others: {', '.join(sorted(own))}."
                )
            return tags

        def has_changed(self) -> bool:
            return True  # also one that was left empty has to be written

    return Within


class DelegatedAdmin(NotedAdmin):
    """Offers what the person at the form has, and changes and deletes nobody who has more."""

    def reaches(self, request: HttpRequest, obj: Any) -> bool:
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or self.reaches(request, obj)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (
            obj is None or self.reaches(request, obj)
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Django's own forms say that another choice is none of the available ones."""
        offered = {
            "groups": groups_to_give,
            "user_permissions": permissions_to_give,
            "permissions": permissions_to_give,
        }
        options["queryset"] = offered[db_field.name](actor_of(request))
        return super().formfield_for_manytomany(db_field, request, **options)


@admin.register(User, site=site)
class UserAdmin(DjangoUserAdmin, DelegatedAdmin):  # type: ignore[type-arg, misc]  # as below, and generic in the stubs alone
    inlines = (RestrictionInline,)
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def reaches(self, request: HttpRequest, obj: User) -> bool:
        return reaches_person(actor_of(request), obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever is deactivated here is as on the page of people."""
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            shut_out(obj, now=timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser makes one."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, "is_superuser")


@admin.register(Group, site=site)
class GroupAdmin(DjangoGroupAdmin, DelegatedAdmin):  # type: ignore[misc]  # the stubs take the two ModelAdmins for strangers
    def reaches(self, request: HttpRequest, obj: Group) -> bool:
        return reaches_group(actor_of(request), obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A group is everybody's."""
        return super().has_add_permission(request) and sees_all(request)
