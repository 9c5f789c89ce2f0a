"""The OpenAPI document tells the truth: schemathesis, with all its checks, finds nothing in a real
server.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import environment
from tests.support.site import Site

CONFIG = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = 15
SECONDS = 300
# Whoever lists the tokens may revoke their own, after which nothing is answered; and a token makes
# none.
TOKENS = "/api/v1/tokens/"
REVOKE = f"{TOKENS}{{token_id}}/revoke/"
SEED = """
from django.contrib.auth.models import User
from django.utils import timezone
from jobs.access.actor import SYSTEM
from jobs.actions.people.tokens import create_token
from jobs.models import RunState, RunLog
from tests.support.builders import make_alert, make_job, make_leader, make_run, make_worker
now = timezone.now()
for number in range(3):
    job = make_job(tags=["fin"], params={"n": number})
    for state in RunState.values[1:]:
        over = {"finished_at": now, "error": "E: no"} if RunState(state).is_final else {}
        run = make_run(job, state=state, attempt=1, **over)
        RunLog.objects.create(run=run, attempt=1, seq=1, created_at=now, text="line\\n")
make_worker()
make_leader()
make_alert(job)
print(create_token(User.objects.get(username="admin"), name="fuzz", actor=SYSTEM, now=now).secret)
"""


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with jobs and runs in every state, and no limit on requests."""
    with Site(
        environment.database(), env={"API_RATE_PER_MINUTE": "0", "LOG_LEVEL": "WARNING"}
    ) as site:
        site.create_admin()
        site.web()
        yield site


@pytest.mark.only_in_all(
    reason="sends requests for a minute; tests/integration/api tries every operation with "
    "chosen ones"
)
@pytest.mark.timeout(SECONDS + 60)
def test_schemathesis_finds_nothing(site: Site) -> None:
    token = site.python(SEED).split()[-1]
    fuzz(site, token, "--exclude-path", TOKENS, "--exclude-path", REVOKE)
    fuzz(site, token, "--include-path", TOKENS, "--exclude-checks", "positive_data_acceptance")
    fuzz(site, token, "--include-path", REVOKE)


def fuzz(site: Site, token: str, *paths: str) -> None:
    header = f"Authorization: Bearer {token}"
    words = ["run", f"{site.url}/api/v1/schema/", "--header", header, *paths]
    bounds = [
        "--max-examples",
        str(EXAMPLES),
        "--request-timeout",
        "20",
        "--no-color",
        "--seed",
        "1",
    ]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(CONFIG), *words,
         *bounds],
        cwd=site.folder, env=site.env | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        timeout=SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
