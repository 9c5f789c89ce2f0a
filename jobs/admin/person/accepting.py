"""What a link in an invitation opens: a page on which its owner chooses a password, without being
signed in.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminPasswordWidget

from jobs.access.address import client_address
from jobs.actions.people.invitations import accept_invitation, invited_by_link
from jobs.admin.look.revealing import never_stored
from jobs.errors import NotFound
from jobs.models.access.user import User


class ChoosePassword(SetPasswordForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Django's own, whose rules a password has to keep, in the console's look."""

    def __init__(self, user: User, data: object = None) -> None:
        super().__init__(user, data)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        self.fields["new_password1"].label = "Password"
        self.fields["new_password2"].label = "Confirm password"
        self.fields["new_password2"].help_text = ""


def invitation(site: AdminSite, request: HttpRequest, secret: str) -> HttpResponse:
    """The page; a good POST uses the link up and goes on to the sign-in page.

    Looking at it does not use it up, as programs that check mails for bad links do.
    """
    try:
        user = invited_by_link(secret, now=timezone.now())
        form = ChoosePassword(user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            password = form.cleaned_data["new_password1"]
            accept_invitation(secret, password, address=client_address(request), now=timezone.now())
            messages.success(request, f"Your password is set. Sign in as {user}.")
            return HttpResponseRedirect(reverse("beatwright:login"))
    except NotFound as error:
        return _page(site, request, {"problem": error, "title": "This link no longer works"}, 410)
    context = {"form": form, "person": user.get_username(), "title": "Choose a password"}
    return _page(site, request, context, 422 if form.is_bound else 200)


def _page(
    site: AdminSite, request: HttpRequest, context: dict[str, object], status: int
) -> HttpResponse:
    context = {**site.each_context(request), **context}
    return never_stored(
        TemplateResponse(request, "console/person/invitation.html", context, status=status)
    )
