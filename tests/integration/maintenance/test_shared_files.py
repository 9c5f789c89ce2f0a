"""The schedule files of schedulers on several machines: one list, and one content for a path."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jobs.maintenance.files.schedule_files import ScheduleFiles
from jobs.maintenance.files.shared_files import SharedFiles
from jobs.models import FollowedFile, Job, Leader, Scheduler
from jobs.queries.health.installation.schedule_files import schedule_files
from tests.integration.importers.files import entry, write

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _from_now_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check goes by the database's clock, and minutes may have passed since the import."""
    monkeypatch.setitem(globals(), "NOW", timezone.now())


class Machine:
    """A scheduler's service on a host that sees the same path, with its own content."""

    def __init__(self, host: str, path: Path, *entries: dict[str, object]) -> None:
        self.host, self.path, self.entries = host, path, entries
        self.files = ScheduleFiles([str(path)], shared=SharedFiles(host))

    def look(self, now: datetime) -> dict[str, int]:
        """One look, while the path holds what this machine has."""
        write(self.path, *self.entries)
        return dict(self.files.run_once(now=now))


@pytest.fixture
def leads() -> Callable[[str], None]:
    def lead(host: str) -> None:
        now = timezone.now()
        Scheduler.objects.get_or_create(
            name=f"{host}/1", defaults={"host": host, "started_at": now, "ticked_at": now}
        )
        Leader.objects.update_or_create(
            role="scheduler",
            defaults={
                "holder": f"{host}/1",
                "acquired_at": now,
                "expires_at": now + timedelta(hours=1),
            },
        )

    return lead


def found() -> list[tuple[bool, str]]:
    return [(finding.ok, finding.detail) for finding in schedule_files("")]


def test_files_of_all_machines_are_one_list_and_each_is_read_by_its_own(
    tmp_path: Path, leads: Callable[[str], None]
) -> None:
    leads("one")
    one = Machine("one", tmp_path / "one.json", entry("a"))
    two = Machine("two", tmp_path / "two.json", entry("b"))
    assert one.look(NOW)["new"] == two.look(NOW)["new"] == 1
    assert set(Job.objects.values_list("name", flat=True)) == {"a", "b"}
    assert set(FollowedFile.objects.values_list("host", "path", "problem")) == {
        ("one", str(one.path), ""),
        ("two", str(two.path), ""),
    }
    assert found() == [(True, "followed: 2, on machines: 2")]


def test_the_leaders_content_counts_and_the_other_one_is_named(
    tmp_path: Path, leads: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    leads("two")
    path = tmp_path / "same.json"
    one, two = Machine("one", path, entry("a")), Machine("two", path, entry("b"))
    one.look(NOW)
    assert two.look(NOW)["new"] == 1, "the leader is not held up by who came first"
    for minute in range(1, 4):
        with caplog.at_level(logging.WARNING):
            assert one.look(NOW + timedelta(minutes=minute)) == {}
        two.look(NOW + timedelta(minutes=minute))
    assert [job.enabled for job in Job.objects.order_by("name")] == [False, True]
    told = [record.getMessage() for record in caplog.records if "not imported" in record.message]
    why = "two has another content under the same path, which counts"
    assert told == [f"schedule file not imported: {path}: {why}"]
    assert found() == [(False, "a file of one is not imported")]


def test_another_leader_brings_its_own_content_and_the_former_one_waits(
    tmp_path: Path, leads: Callable[[str], None]
) -> None:
    leads("one")
    path = tmp_path / "same.json"
    one, two = Machine("one", path, entry("a")), Machine("two", path, entry("b"))
    one.look(NOW)
    assert two.look(NOW) == {}
    leads("two")
    later = NOW + timedelta(minutes=1)
    assert two.look(later)["new"] == 1
    assert one.look(later) == {}
    assert [job.enabled for job in Job.objects.order_by("name")] == [False, True]


def test_a_machine_that_is_gone_keeps_nobody_waiting_and_its_files_are_named(
    tmp_path: Path, leads: Callable[[str], None]
) -> None:
    leads("one")
    path = tmp_path / "same.json"
    one, two = Machine("one", path, entry("a")), Machine("two", path, entry("b"))
    other = Machine("one", tmp_path / "other.json", entry("c"))
    one.look(NOW)
    other.look(NOW)
    assert two.look(NOW) == {}
    later = NOW + timedelta(minutes=5)
    assert two.look(later)["new"] == 1
    FollowedFile.objects.filter(host="one").update(seen_at=timezone.now() - timedelta(minutes=5))
    [(ok, detail)] = found()
    assert (ok, detail.startswith("no scheduler follows a file of one since ")) == (False, True)
    FollowedFile.objects.update(seen_at=NOW)
    two.look(NOW + timedelta(days=2))
    assert set(FollowedFile.objects.values_list("host", flat=True)) == {"two"}


def test_the_same_content_on_several_machines_is_no_matter(
    tmp_path: Path, leads: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    leads("one")
    path = tmp_path / "same.json"
    for host in ("one", "two", "three"):
        Machine(host, path, entry("a")).look(NOW)
    assert Job.objects.get().enabled
    assert "not imported" not in caplog.text
    assert found() == [(True, "followed: 1, on machines: 3")]


def test_a_refused_file_is_in_the_list_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    broken = Machine("one", path, entry("a", task="Nope"))
    broken.look(NOW)
    broken.look(NOW)
    [finding] = schedule_files("")
    assert (finding.ok, "unknown task 'Nope'" in finding.cause) == (False, True)
    broken.entries = (entry("a"),)
    broken.look(NOW + timedelta(seconds=5))
    assert found() == [(True, "followed: 1, on machines: 1")]
