"""A site with something of everything, and its commands on another machine: the API of this same
process.
"""

from __future__ import annotations

from functools import partial

import httpx
import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.management import verb_command
from jobs.management.client import Client
from jobs.models import Alert, ApiToken, AuditEntry, RunLog, RunState
from tests.support.api import Api
from tests.support.builders import (
    by,
    make_alert,
    make_job,
    make_leader,
    make_pool,
    make_run,
    make_worker,
)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """From ``far_away`` on, commands ask the API of this same process."""
    transport = httpx.WSGITransport(app=get_wsgi_application())
    monkeypatch.setattr(verb_command, "Client", partial(Client, transport=transport))
    monkeypatch.setattr(
        settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_token": Api().secret}
    )
    return monkeypatch


def far_away(far: pytest.MonkeyPatch) -> None:
    far.setattr(
        settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": "http://localhost/"}
    )


def prepare() -> dict[str, str]:
    """A site with something of everything; the ids that words may ask for."""
    job = make_job(name="hello", schedule="0 * * * *", tags=["ops"])
    update_job(job, {"description": "said before"}, actor=by("ana"), now=timezone.now())
    make_job(name="other", enabled=False)
    run = make_run(job)
    RunLog.objects.create(run=run, attempt=1, seq=1, text="line\n", created_at=run.created_at)
    dead = {
        "state": RunState.FAILED,
        "finished_at": timezone.now(),
        "fingerprint": "f" * 40,
        "error": "E: no",
    }
    make_run(job, **dead)
    make_worker(name="w1@here")
    make_leader()
    make_alert(job)
    make_pool("gpu", slots=2)
    bulk = begin_bulk("pause", {"status": "active"}, {}, actor=by("ana"), now=timezone.now())
    # Noted once a minute.
    ApiToken.objects.update(last_used_at=timezone.now(), last_used_from="127.0.0.1")
    entry, token = AuditEntry.objects.order_by("-id")[0], ApiToken.objects.order_by("id").last()
    return {
        "job": str(job.pk),
        "alert": str(Alert.objects.get().pk),
        "run": str(run.pk),
        "bulk": str(bulk.pk),
        "entry": str(entry.pk),
        "me": token.user.username if token else "",
    }
