"""The views that a person may choose from, and the columns that they have chosen."""

from __future__ import annotations

import uuid

from django.db.models import Q

from jobs.models import ListColumns, ListNoun, SavedView
from jobs.models.access.user import User

VIEWS_SHOWN = 100


def views_for(user: User, noun: ListNoun) -> list[SavedView]:
    """One query: the user's own and the shared ones, by name."""
    mine_or_shared = Q(user=user) | Q(is_shared=True)
    views = SavedView.objects.filter(mine_or_shared, noun=noun).select_related("user")
    return list(views.order_by("name", "id")[:VIEWS_SHOWN])


def view_for(user: User, view_id: uuid.UUID) -> SavedView | None:
    """The view of this id, if the user may choose it."""
    mine_or_shared = Q(user=user) | Q(is_shared=True)
    return SavedView.objects.filter(mine_or_shared, pk=view_id).select_related("user").first()


def columns_for(user: User, noun: ListNoun) -> list[str]:
    """One query: the columns that the user has chosen; empty if they have chosen none."""
    kept = ListColumns.objects.filter(user=user, noun=noun).values_list("columns", flat=True)
    return list(kept.first() or [])
