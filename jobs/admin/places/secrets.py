"""The secrets: what each opens, who may name it, when it was set and used, and which jobs name
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.admin.look.times import Moment, moment
from jobs.queries.access.secrets import SecretUsage, secret_usages

READS, MANAGES = "beatwright.use_secret", "beatwright.manage_secret"


@dataclass(frozen=True)
class SecretRow:
    name: str
    description: str
    tags: list[str]
    version: int
    rotated: Moment
    used: Moment
    uses: str
    jobs: int


def secrets_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Four queries at most, whatever there is."""
    actor = actor_of(request)
    actor.require(READS)
    now = timezone.now()
    rows = [secret_row(usage, now) for usage in secret_usages(actor=actor, now=now)]
    context = {
        "title": "Secrets",
        "rows": rows,
        "can_manage": actor.may(MANAGES),
        "limited": actor.tags is not None,
    }
    return TemplateResponse(
        request, "console/places/secrets.html", site.each_context(request) | context
    )


def secret_row(usage: SecretUsage, now: datetime) -> SecretRow:
    secret = usage.secret
    return SecretRow(
        name=secret.name,
        description=secret.description,
        tags=secret.tags,
        version=secret.version,
        rotated=moment(secret.rotated_at, now),
        used=moment(usage.last_used_at, now, absent="not used yet"),
        uses=f"{usage.uses:,}",
        jobs=usage.jobs,
    )
