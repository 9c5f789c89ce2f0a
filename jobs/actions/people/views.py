"""Saved views and columns of one's own: how a person wants the long lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.models import ListColumns, ListNoun, SavedView
from jobs.models.access.user import User
from jobs.params.limits import UNSTORABLE

SEEN_WITH = {ListNoun.JOBS: "beatwright.view_job", ListNoun.RUNS: "beatwright.view_run"}
TO_SHARE = "beatwright.change_job"
NAME_MOST, QUERY_MOST, VIEWS_MOST = 60, 2_000, 50


def save_view(
    user: User,
    noun: ListNoun,
    name: str,
    *,
    query: str,
    columns: Sequence[str],
    is_shared: bool,
    actor: Actor,
    now: datetime,
) -> SavedView:
    """Keep a list's filter and columns as the user's own view of this name, in place of an earlier
    one.

    A view that is shared is seen by all who see the list, and needs the right to edit jobs. Raises
    DomainError naming ``name`` or ``query``.
    """
    actor.require(SEEN_WITH[noun])
    if is_shared:
        actor.require(TO_SHARE)
    _refuse_unfit(user, noun, name, query)
    with transaction.atomic():
        kept = {"query": query, "columns": list(columns), "is_shared": is_shared}
        view, _ = SavedView.objects.update_or_create(
            user=user, noun=noun, name=name, defaults=kept | {"created_at": now}
        )
        audit.record(actor, audit.Verb.SAVE_VIEW, view, now=now, after=kept | {"noun": noun.value})
    return view


def delete_view(view: SavedView, *, actor: Actor, now: datetime) -> None:
    """Remove a view: one's own, or a shared one by whoever may share."""
    noun = ListNoun(view.noun)
    actor.require(SEEN_WITH[noun])
    if view.user.get_username() != actor.name:
        actor.require(TO_SHARE)
    with transaction.atomic():
        audit.record(actor, audit.Verb.DELETE_VIEW, view, now=now, before={"noun": noun.value})
        view.delete()


def choose_columns(user: User, noun: ListNoun, columns: Sequence[str]) -> None:
    """Show the user's list with these columns; with none, as it is by itself."""
    mine = ListColumns.objects.filter(user=user, noun=noun)
    if columns:
        ListColumns.objects.update_or_create(
            user=user, noun=noun, defaults={"columns": list(columns)}
        )
    else:
        mine.delete()


def _refuse_unfit(user: User, noun: ListNoun, name: str, query: str) -> None:
    if not 0 < len(name) <= NAME_MOST or UNSTORABLE.search(name):
        raise DomainError(f"must have 1 to {NAME_MOST} storable characters", field="name")
    if len(query) > QUERY_MOST or UNSTORABLE.search(query):
        raise DomainError(f"must have at most {QUERY_MOST:,} storable characters", field="query")
    others = SavedView.objects.filter(user=user, noun=noun).exclude(name=name)
    if len(others.values_list("pk")[:VIEWS_MOST]) == VIEWS_MOST:
        raise DomainError(f"{VIEWS_MOST} views are as many as there may be", field="name")
