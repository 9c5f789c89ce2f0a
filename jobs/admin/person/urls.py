"""The addresses of the pages about people."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from jobs.admin.person import accepting, page, sessions, views


def person_urls(site: AdminSite) -> list[URLPattern]:
    """All but the link of an invitation are for people who are signed in."""
    view = site.admin_view
    return [
        path("people/", view(partial(views.people_page, site)), name="people"),
        path("people/invite/", view(partial(views.invite, site)), name="person_invite"),
        path("people/<int:pk>/", view(partial(page.person_page, site)), name="person"),
        path("people/<int:pk>/role/", view(require_POST(page.set_role)), name="person_role"),
        path("people/<int:pk>/renew/", view(require_POST(page.renew_page)), name="person_renew"),
        path("people/<int:pk>/revoke/", view(require_POST(page.revoke)), name="person_revoke"),
        path(
            "people/<int:pk>/activate/", view(require_POST(page.activate)), name="person_activate"
        ),
        path(
            "people/<int:pk>/deactivate/",
            view(partial(page.deactivate, site)),
            name="person_deactivate",
        ),
        path(
            "people/<int:pk>/sign-out/",
            view(require_POST(sessions.end_all)),
            name="person_sign_out",
        ),
        path(
            "people/<int:pk>/sessions/<uuid:session>/end/",
            view(require_POST(sessions.end_one)),
            name="person_session_end",
        ),
        path(
            "people/<int:pk>/reset/",
            view(require_POST(page.reset_factor)),
            name="person_reset_factor",
        ),
        path("people/me/", view(page.own_page), name="me"),
        path("invitation/<str:secret>/", partial(accepting.invitation, site), name="invitation"),
    ]
