from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from jobs.embedded.part import Part
from jobs.embedded.supervisor import PartDoesNotStart, StopRequested, Supervisor
from tests.support.eventually import eventually

STUBBORN = "trap '' TERM; touch {flag}; while :; do sleep 0.1; done"


class Told(list[tuple[str, str]]):
    """What was said, as (part, message)."""

    def __call__(self, part: str, message: str) -> None:
        self.append((part, message))


def always() -> bool:
    return True


def sleeper(name: str, **options: object) -> Part:
    return Part(name, ["sleep", "60"], always, **options)  # type: ignore[arg-type]


def stubborn(name: str, flag: Path, *, grace_seconds: float) -> Part:
    return Part(
        name, ["sh", "-c", STUBBORN.format(flag=flag)], flag.exists, grace_seconds=grace_seconds
    )


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def supervisor(tmp_path: Path, told: Told) -> Supervisor:
    return Supervisor(logs=tmp_path, say=told)


def later(seconds: float, action: Callable[[], None]) -> None:
    threading.Timer(seconds, action).start()


def once(true: Callable[[], bool], action: Callable[[], None]) -> None:
    """Do it as soon as that is true; in the end in any case, so that nobody waits for ever."""

    def watch() -> None:
        try:
            eventually(true)
        finally:
            action()

    threading.Thread(target=watch).start()


def ask_to_stop(supervisor: Supervisor) -> None:
    supervisor.stop_requests += 1


def test_a_part_that_dies_is_restarted_and_both_are_told(
    supervisor: Supervisor, told: Told
) -> None:
    supervisor.start([sleeper("web")], timeout_seconds=60)
    first = supervisor.pids()["web"]
    psutil.Process(first).kill()
    once(lambda: ("web", "is back") in told, lambda: ask_to_stop(supervisor))
    supervisor.run()

    assert supervisor.pids()["web"] != first
    assert told == [("web", "stopped (exit 137, SIGKILL); restarting in 1 s"), ("web", "is back")]
    supervisor.stop()


def test_a_part_that_ends_by_itself_says_its_last_line(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    part = Part("web", ["sh", "-c", "echo; echo no luck; exit 3"], (tmp_path / "never").exists)
    supervisor.start([part], timeout_seconds=0.5)
    assert told == [("web", "stopped (exit 3): no luck; restarting in 1 s")]
    supervisor.stop()


def test_a_part_that_never_gets_ready_and_keeps_ending_is_given_up_with_its_last_lines(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    part = Part("web", ["sh", "-c", "echo no luck; exit 3"], (tmp_path / "never").exists)
    with pytest.raises(PartDoesNotStart, match=r"web does not start\. Its last lines:\n  no luck"):
        supervisor.start([part], timeout_seconds=30)
    assert [message.rpartition("in ")[2] for _part, message in told] == ["1 s", "2 s", "4 s"]
    supervisor.stop()


def test_parts_that_are_late_are_named(supervisor: Supervisor, tmp_path: Path) -> None:
    late = Part("flower", ["sleep", "60"], (tmp_path / "never").exists)
    assert supervisor.start([sleeper("web"), late], timeout_seconds=0.3) == ["flower"]
    (tmp_path / "never").touch()
    assert supervisor.wait(timeout_seconds=60) == []
    supervisor.stop()


def test_stopping_leaves_no_process(supervisor: Supervisor) -> None:
    supervisor.start([sleeper("web"), sleeper("worker"), sleeper("redis")], timeout_seconds=60)
    pids = supervisor.pids().values()
    supervisor.stop(last=["redis"])
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert supervisor.pids() == {}


def test_the_last_part_outlives_the_others(supervisor: Supervisor, tmp_path: Path) -> None:
    flag, order = tmp_path / "flag", tmp_path / "order"
    script = (
        f"trap 'sleep 0.4; echo {{0}} >>{order}; exit' TERM; touch {flag}-{{0}}; while :; "
        "do sleep 0.05; done"
    )
    parts = [
        Part(name, ["sh", "-c", script.format(name)], Path(f"{flag}-{name}").exists)
        for name in ("redis", "worker")
    ]
    supervisor.start(parts, timeout_seconds=60)
    supervisor.stop(last=["redis"])
    assert order.read_text().split() == ["worker", "redis"]


def test_a_part_that_does_not_listen_is_killed_after_its_grace_time(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start([stubborn("worker", tmp_path / "flag", grace_seconds=0.5)], timeout_seconds=60)
    began = time.monotonic()
    supervisor.stop()
    assert 0.4 < time.monotonic() - began < 10


def test_a_second_signal_ends_the_waiting(
    supervisor: Supervisor, tmp_path: Path, told: Told
) -> None:
    supervisor.start([stubborn("worker", tmp_path / "flag", grace_seconds=60)], timeout_seconds=60)
    pid = supervisor.pids()["worker"]
    ask_to_stop(supervisor)
    later(0.3, lambda: ask_to_stop(supervisor))
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 20
    assert not psutil.pid_exists(pid)
    assert told == [("worker", "killed")]


def test_a_signal_while_starting_stops_the_start(supervisor: Supervisor, tmp_path: Path) -> None:
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    supervisor.listen()
    try:
        later(0.2, lambda: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(StopRequested):
            supervisor.start(
                [Part("web", ["sleep", "60"], (tmp_path / "never").exists)], timeout_seconds=30
            )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        supervisor.stop()
