"""SignIn: one session of one person, from where and how it began to how it ended."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models

from jobs.models.ids import new_id


class SignInEnd(models.TextChoices):
    """Why a session is over."""

    LEFT = "left", "signed out"
    IDLE = "idle", "idle for too long"
    AGE = "age", "its time was over"
    PASSWORD = "password", "the password was changed"
    ENDED = "ended", "ended from the page of sessions"
    DEACTIVATED = "deactivated", "the account was deactivated"


class SignIn(models.Model):
    """Beside Django's row of the same session, and read with it; this one stays for a while when
    that one is gone.

    ``seen_at`` is written once a minute at the most.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="beatwright_sign_ins"
    )
    session = models.OneToOneField(
        Session, models.DO_NOTHING, db_constraint=False, related_name="sign_in"
    )
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(
        max_length=300, blank=True, help_text="The User-Agent, as it was sent."
    )
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=11, blank=True, choices=SignInEnd)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["user", "ended_at"], name="sign_in_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.address}"
