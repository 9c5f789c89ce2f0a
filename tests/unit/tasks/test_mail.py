"""The two mail tasks, against Django's in-memory outbox."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from tasks.mail import email, email_notification

GODISPATCH = {"to": "user@example.com", "subject": "Hello", "body": "It is done."}


def test_a_payload_of_address_subject_and_body_becomes_one_mail() -> None:
    assert email(**GODISPATCH) == {"sent": 1, "to": ["user@example.com"], "subject": "Hello"}
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["user@example.com"], "Hello", "It is done.")


def test_several_addresses_come_as_a_list_or_between_commas() -> None:
    email(to=["a@example.com", " b@example.com"])
    email(to="a@example.com, b@example.com")
    assert [sent.to for sent in mail.outbox] == [["a@example.com", "b@example.com"]] * 2


def test_the_text_may_be_called_message() -> None:
    email(to="a@example.com", message="under its other name")
    assert mail.outbox[0].body == "under its other name"


def test_copies_sender_and_html_are_passed_on() -> None:
    email(
        to="a@example.com",
        cc="c@example.com",
        bcc=["d@example.com"],
        from_email="me@example.com",
        html="<b>x</b>",
    )
    (sent,) = mail.outbox
    assert (sent.cc, sent.bcc, sent.from_email) == (
        ["c@example.com"],
        ["d@example.com"],
        "me@example.com",
    )
    assert "<b>x</b>" in str(sent.message())


def test_a_notification_without_a_subject_gets_one() -> None:
    email_notification(to="a@example.com", body="x")
    assert mail.outbox[0].subject == "Notification"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"to": ""}, "'to' holds no address"),
        ({"to": []}, "'to' holds no address"),
        ({"to": "nobody"}, "'to' holds 'nobody', which is no mail address"),
        ({"to": "a@example.com", "cc": ["x y"]}, "'cc' holds 'x y', which is no mail address"),
        ({"to": "a@example.com\nBcc: b@example.com"}, "which is no mail address"),
        (
            {"to": [f"a{n}@example.com" for n in range(101)]},
            "'to' holds 101 addresses; at most 100 are sent at once",
        ),
    ],
)
def test_addresses_that_cannot_be_used_are_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        email(**params)
    assert mail.outbox == []


def test_a_subject_cannot_smuggle_headers_in() -> None:
    with pytest.raises(ValueError, match=r"(?i)header values"):
        email(to="a@example.com", subject="x\nBcc: b@example.com")
    assert mail.outbox == []


@dataclass
class MailServer:
    """A mail server that turns every caller away, and counts them."""

    greeting: bytes
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    callers: int = 0

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.callers += 1
            with connection:
                connection.sendall(self.greeting)
                connection.recv(100)


@pytest.fixture
def busy(settings: Settings) -> Iterator[MailServer]:
    server = MailServer(b"421 busy, come back later\r\n")
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.listener.getsockname()
    settings.EMAIL_HOST_USER = ""
    yield server
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()
    thread.join(10)


def test_a_mail_server_that_takes_nobody_is_called_again_three_times(busy: MailServer) -> None:
    result = email.apply(kwargs=GODISPATCH)
    assert busy.callers == 4
    assert result.state == "FAILURE"
    assert "come back later" in str(result.result)


def test_a_mail_that_can_never_be_sent_is_not_tried_again(busy: MailServer) -> None:
    result = email.apply(kwargs={"to": "nobody"})
    assert (busy.callers, result.state) == (0, "FAILURE")
