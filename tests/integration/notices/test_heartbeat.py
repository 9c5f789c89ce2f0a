"""A heartbeat is sent while the scheduler's loop turns, and only then."""

from __future__ import annotations

from django.utils import timezone

from jobs.maintenance.notices import Heartbeats
from jobs.models import Channel
from tests.support.builders import make_channel
from tests.support.eventually import eventually
from tests.support.hooks import NEVER, HookServer


def answered() -> str:
    return Channel.objects.get().answer


def test_a_heartbeat_is_sent_and_its_answer_kept() -> None:
    with HookServer() as server:
        make_channel("alive", "heartbeat", address=f"{server.url}/ping/t0ken")
        Heartbeats(lambda: True).run_once(now=timezone.now())
        eventually(lambda: answered() == "200 done")
    assert [got.path for got in server.received] == ["/ping/t0ken"]


def test_a_scheduler_whose_loop_hangs_sends_none() -> None:
    with HookServer() as server:
        make_channel("alive", "heartbeat", address=server.url)
        assert Heartbeats(lambda: False).run_once(now=timezone.now()) == {"held back": 1}
    assert server.received == []


def test_one_that_never_answers_is_not_called_by_a_second_thread() -> None:
    with HookServer(NEVER) as server:
        make_channel("alive", "heartbeat", address=server.url)
        heartbeats = Heartbeats(lambda: True)
        for _ in range(3):
            heartbeats.run_once(now=timezone.now())
        eventually(lambda: "gave no full answer" in answered())
    assert len(server.received) == 1
    assert Channel.objects.get().failing_since is not None
