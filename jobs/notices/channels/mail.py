"""Email through Django's backend, with one deadline for the whole conversation with a server."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp

from jobs.notices.channels.answer import Answered, in_one_line
from jobs.notices.channels.message import Message
from jobs.notices.channels.target import Target, recipients

READY = 220
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def send_mail_notice(message: Message, target: Target, *, seconds: float) -> Answered:
    """Its Message-ID is the same at every try."""
    to = recipients(target.address)
    headers = {
        "Message-ID": f"<{message.id}@beatwright>",
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMessage(message.title, message.text, None, to, headers=headers)
    with _backend(seconds) as backend:
        mail.connection = backend
        try:
            mail.send()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Answered(False, in_one_line(f"{type(error).__name__}: {error}"))
    return Answered(True, in_one_line(f"handed to the mail server for {', '.join(to)}"))


@contextlib.contextmanager
def _backend(seconds: float) -> Iterator[Any]:
    """Django's, whichever it is; ours in the place of its SMTP, which waits for each answer
    anew.
    """
    if settings.EMAIL_BACKEND != SMTP:
        yield get_connection(fail_silently=False)
        return
    cut = _Cut()
    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield _Backend(cut, timeout=seconds, fail_silently=False)
    finally:
        timer.cancel()


class _Cut:
    """Ends the conversation under whoever waits for its next line."""

    def __init__(self) -> None:
        self.client: smtplib.SMTP | None = None
        self.is_over = False

    def __call__(self) -> None:
        self.is_over = True
        wire = self.client.sock if self.client else None
        if wire is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(wire, socket.SHUT_RDWR)


class _Backend(smtp.EmailBackend):
    def __init__(self, cut: _Cut, **options: Any) -> None:
        super().__init__(**options)
        self.cut = cut

    @property
    def connection_class(self) -> Any:
        return partial(_connected, self.cut, super().connection_class)


def _connected(
    cut: _Cut, kind: type[smtplib.SMTP], host: str, port: int, **options: Any
) -> smtplib.SMTP:
    """As ``kind(host, port)``, but known to what cuts it before it connects."""
    cut.client = client = kind(**options)
    client._host = host  # type: ignore[attr-defined]  # whose name the certificate has to bear
    code, said = client.connect(host, port)
    if code != READY:
        client.close()
        raise smtplib.SMTPConnectError(code, said)
    return client
