"""The link of an invitation: where it leads, and the mail that brings it."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from jobs import conf
from jobs.actions.people.invitations import Invited

logger = logging.getLogger(__name__)

SUBJECT = "Your invitation to Beatwright"
TEXT = """{inviter} has invited you to Beatwright as {name}.

Choose a password here, within three days:

{link}

The link works once. If you did not expect this invitation, ignore this email.
"""


def link_of(invited: Invited, origin: str) -> str:
    """The link's whole address.

    ``origin``: how the console is reached, where PUBLIC_URL does not say so.
    """
    return (conf.get().public_url or origin).rstrip("/") + reverse(
        "beatwright:invitation", args=[invited.secret]
    )


def mail_link(invited: Invited, link: str, *, inviter: str) -> str:
    """Send the link; returns why it was not sent, in a sentence, or nothing where it was."""
    user = invited.user
    if not settings.EMAIL_HOST:
        return "No mail server is configured (EMAIL_HOST), so no email was sent."
    if not user.email:
        return f"{user} has no email address, so no email was sent."
    text = TEXT.format(inviter=inviter, name=user.get_username(), link=link)
    try:
        send_mail(SUBJECT, text, settings.DEFAULT_FROM_EMAIL, [user.email])
    except (OSError, SMTPException) as error:
        logger.warning("an invitation could not be mailed: %s", error)
        return f"The email to {user.email} could not be sent ({error})."
    return ""
