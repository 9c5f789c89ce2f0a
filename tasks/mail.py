"""Mail through Django's configured backend (the console unless EMAIL_HOST is set)."""

from __future__ import annotations

import smtplib
from typing import Annotated, Any

from celery import shared_task
from celery.utils.log import get_task_logger
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from pydantic import AliasChoices, Field

logger = get_task_logger(__name__)

MOST_RECIPIENTS = 100
# Only failures before the message was handed over: repeating these cannot send it twice.
NOT_YET_SENT = (ConnectionRefusedError, smtplib.SMTPConnectError, smtplib.SMTPHeloError)

Addresses = str | list[str]
RECIPIENTS = AliasChoices("recipient", "recipients")
To = Annotated[
    Addresses,
    Field(
        description="One address, several separated by commas, or a list of them.",
        validation_alias=RECIPIENTS,
    ),
]
Subject = Annotated[str, Field(description="The subject line.")]
Body = Annotated[str, Field(description="The text of the mail.")]
Message = Annotated[str, Field(description="The text of the mail, under its other name.")]
Html = Annotated[str, Field(description="An HTML form of the text, sent beside it.")]
Sender = Annotated[str, Field(description="The sender; DEFAULT_FROM_EMAIL unless given.")]
Copies = Annotated[Addresses, Field(description="Who gets a copy.")]


@shared_task(name="email", autoretry_for=NOT_YET_SENT, retry_backoff=True, max_retries=3)
def email(
    to: To,
    subject: Subject = "",
    body: Body = "",
    message: Message = "",
    html: Html = "",
    from_email: Sender = "",
    cc: Copies = "",
    bcc: Copies = "",
) -> dict[str, Any]:
    """Send one mail.

    Returns ``{"sent": n, "to": [addresses], "subject": …}``. Tried again, up to 3 times, while the
    mail server cannot be reached.
    """
    return send(to, subject, body or message, html, from_email, cc, bcc)


@shared_task(
    name="email_notification", autoretry_for=NOT_YET_SENT, retry_backoff=True, max_retries=3
)
def email_notification(
    to: To,
    subject: Subject = "Notification",
    body: Body = "",
    message: Message = "",
    html: Html = "",
    from_email: Sender = "",
    cc: Copies = "",
    bcc: Copies = "",
) -> dict[str, Any]:
    """Send one notification by mail: as ``email``, with a subject of its own when none is given."""
    return send(to, subject, body or message, html, from_email, cc, bcc)


def send(
    to: Addresses,
    subject: str,
    body: str,
    html: str,
    from_email: str,
    cc: Addresses,
    bcc: Addresses,
) -> dict[str, Any]:
    """Hand one mail to Django's backend; ValueError names the parameter that holds no usable
    address.
    """
    recipients = addresses("to", to)
    if not recipients:
        raise ValueError("'to' holds no address")
    mail = EmailMultiAlternatives(
        subject,
        body,
        from_email or None,
        recipients,
        cc=addresses("cc", cc),
        bcc=addresses("bcc", bcc),
    )
    if html:
        mail.attach_alternative(html, "text/html")
    sent = mail.send()
    logger.info("mail %r sent to %s", subject, ", ".join(recipients))
    return {"sent": sent, "to": recipients, "subject": subject}


def addresses(parameter: str, value: Addresses) -> list[str]:
    """The addresses in a text or a list; ValueError names the parameter and the address that is
    none.
    """
    listed = value.split(",") if isinstance(value, str) else value
    found = [address.strip() for address in listed if address.strip()]
    if len(found) > MOST_RECIPIENTS:
        raise ValueError(
            f"'{parameter}' holds {len(found)} addresses; at most {MOST_RECIPIENTS} are sent "
            "at once"
        )
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise ValueError(f"'{parameter}' holds {address!r}, which is no mail address") from None
    return found
