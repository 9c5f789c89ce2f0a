"""The ModelAdmins of Django's own lists: what an address may ask of them, and of whom they may be
asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import FieldListFilter, SimpleListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from jobs.access.actor import actor_of


class ClosedAdmin(ModelAdmin):
    """Filters by what its list offers and by nothing else.

    Django takes any lookup on a model's own columns from the address: asked letter by letter, a
    list answers what a column holds that no page shows, and a pattern to be matched may take for
    ever.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return request is not None and lookup in set(self._offered(request))

    def _offered(self, request: HttpRequest) -> Iterator[str]:
        for offered in self.get_list_filter(request):
            if isinstance(offered, type) and issubclass(offered, SimpleListFilter):
                yield str(offered.parameter_name)
                continue
            path, kind = (
                offered if isinstance(offered, tuple) else (str(offered), FieldListFilter.create)
            )
            field = get_fields_from_path(self.model, path)[-1]
            yield from kind(
                field, request, {}, self.model, self, field_path=path
            ).expected_parameters()


class CeleryRowsAdmin(ClosedAdmin):
    """Rows of Celery's own packages, which carry no tags: for people whom no tags limit."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return sees_all(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_all(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_all(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_all(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_all(request) and super().has_delete_permission(request, obj)


def sees_all(request: HttpRequest) -> bool:
    """Whether this person is limited to no tags."""
    return actor_of(request).tags is None
