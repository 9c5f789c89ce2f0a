"""Saved views as a list shows them: links, and the form that keeps the present one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest

from jobs.access.actor import actor_of
from jobs.actions.people.views import TO_SHARE
from jobs.models import ListNoun, SavedView
from jobs.models.access.user import User
from jobs.queries.access.views import views_for

PLACES = {"after", "before", "columns"}


@dataclass(frozen=True)
class ViewLink:
    """A view; ``is_here``: the list shows it already. ``pk`` is empty where nobody can remove
    it.
    """

    label: str
    url: str
    is_here: bool = False
    pk: str = ""
    title: str = ""


def query_kept(query: str) -> str:
    """The address behind the question mark, without the place in the list, in one order."""
    pairs = parse_qsl(query.removeprefix("?")[:4_000], max_num_fields=50)
    return urlencode(sorted((name, value) for name, value in pairs if name not in PLACES))


def saved_views(
    request: HttpRequest, noun: ListNoun, columns: Sequence[str] = ()
) -> dict[str, Any]:
    """One query: the views that this person may choose, and what saving the present one takes."""
    user, actor = cast("User", request.user), actor_of(request)
    here, can_share = query_kept(request.GET.urlencode()), actor.may(TO_SHARE)
    found = views_for(user, noun)
    return {
        "saved": [_link(view, here, user, can_share=can_share) for view in found],
        "saving": {"noun": noun.value, "query": here, "can_share": can_share, "columns": columns},
    }


def _link(view: SavedView, here: str, user: User, *, can_share: bool) -> ViewLink:
    query = dict(parse_qsl(view.query))
    shown = urlencode(query | {"columns": ",".join(view.columns)}) if view.columns else view.query
    is_mine = view.user_id == user.pk
    whose = "only yours" if not view.is_shared else f"shared by {view.user.get_username()}"
    return ViewLink(
        view.name,
        f"?{shown}",
        view.query == here,
        str(view.pk) if is_mine or can_share else "",
        whose,
    )
