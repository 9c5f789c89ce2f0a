"""An upgrade with unsealed messages on their way, and keys that are replaced: no run is lost, none
runs twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.support.forging import SEAL, altered, messages, put, taken_away, write_tasks
from tests.support.eventually import eventually
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=2, reason="each starts and replaces processes of its own"),
    pytest.mark.takes_turns(reason="starts and replaces processes of its own for each"),
]

OLD, NEW = "the old key of all messages: 32 and more", "the new key of all messages: 32 and more"
TUNING = {"reconcile_seconds": 1, "leader_lease_seconds": 2, "lease_renew_seconds": 0.5}
RUNS = """
from django.utils import timezone
from jobs.actions.runs.run import run_now
from jobs.models import Job
from tests.support.builders import by
for number in range({first}, {last}):
    job = Job.objects.create(name=f"job-{{number}}", task="Quiet", schedule="@yearly")
    run_now(job, actor=by("test"), now=timezone.now())
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site("sqlite", tuning=TUNING, env={"MESSAGE_KEYS": OLD}) as site:
        write_tasks(site)
        yield site


def test_messages_of_the_version_without_seals_are_refused_and_their_runs_sent_again(
    site: Site,
) -> None:
    scheduler = site.scheduler()
    site.python(RUNS.format(first=0, last=20))
    eventually(lambda: len(messages(site)) == 20, seconds=60)
    assert scheduler.stop() == 0  # so that nobody misses what is taken away here
    unsealed = [altered(raw, **{SEAL: None}) for raw in taken_away(site, number=20)]
    put(site, *unsealed)
    worker = site.worker()
    worker.wait_for_log("it has no seal")
    site.scheduler()
    eventually(lambda: len(site.runs(state="succeeded")) == 20, seconds=60)
    assert {(run["attempt"], run["losses"]) for run in site.runs()} == {(1, 0)}
    assert max(run["publish_count"] for run in site.runs()) == 2, (
        "sent again once, not again and again"
    )


def test_keys_are_replaced_without_losing_what_is_on_its_way(site: Site) -> None:
    scheduler = site.scheduler()
    site.python(RUNS.format(first=0, last=5))
    eventually(lambda: len(messages(site)) == 5, seconds=60)
    assert scheduler.stop() == 0
    both = {"MESSAGE_KEYS": f"{NEW},{OLD}"}
    site.env |= both
    scheduler = site.scheduler()
    site.python(RUNS.format(first=5, last=10))
    eventually(lambda: len(messages(site)) == 10, seconds=60)
    worker = site.worker()
    eventually(lambda: len(site.runs(state="succeeded")) == 10, seconds=60)
    assert {run["publish_count"] for run in site.runs()} == {1}, "each message was good for its run"
    assert "message refused" not in worker.log()


def test_at_no_step_of_a_replacement_does_a_worker_meet_a_key_that_it_does_not_know(
    site: Site,
) -> None:
    """The steps of docs/howto/deploy.md; at each one the workers are the last to be restarted."""
    worker, logs = site.worker(), ""
    for step, keys in enumerate((f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)):
        site.env |= {"MESSAGE_KEYS": keys}
        scheduler = site.scheduler()
        site.python(RUNS.format(first=5 * step, last=5 * step + 5))
        eventually(lambda: len(site.runs(state="succeeded")) == 5 * step + 5, seconds=60)  # noqa: B023  # called at once
        logs += worker.log()
        assert (worker.stop(), scheduler.stop()) == (0, 0)
        worker = site.worker()
    assert {run["publish_count"] for run in site.runs()} == {1}, "each message was good for its run"
    assert "message refused" not in logs


def test_a_key_that_was_taken_out_too_early_costs_a_run_a_moment_and_nothing_else(
    site: Site,
) -> None:
    scheduler = site.scheduler()
    site.python(RUNS.format(first=0, last=5))
    eventually(lambda: len(messages(site)) == 5, seconds=60)
    assert scheduler.stop() == 0
    site.env |= {"MESSAGE_KEYS": NEW}
    worker = site.worker()
    worker.wait_for_log("its seal is not of MESSAGE_KEYS")
    site.scheduler()
    eventually(lambda: len(site.runs(state="succeeded")) == 5, seconds=60)
    assert {(run["attempt"], run["losses"], run["publish_count"]) for run in site.runs()} == {
        (1, 0, 2)
    }


def test_without_a_key_that_is_set_one_is_kept_where_only_its_owner_reads_it() -> None:
    with Site("sqlite", tuning=TUNING, env={"MESSAGE_KEYS": "", "SECRET_KEY": ""}) as site:
        write_tasks(site)
        site.scheduler()
        site.worker()
        kept = site.data_dir / "message_keys"
        assert kept.stat().st_mode & 0o777 == 0o600
        site.python(RUNS.format(first=0, last=1))
        eventually(lambda: site.runs(state="succeeded"), seconds=60)
