"""``channel``, ``route`` and ``notice``, as typed: addresses from a pipe or a file, never shown."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from jobs.models import Channel, Route
from jobs.notices.channels.target import Target, target_of
from tests.support.builders import make_channel, make_notice, make_route
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")


def test_a_channel_is_set_shown_without_its_address_and_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text(manage("channel", "new-key"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("https://example.com/t0ken\n"))
    words = ("channel", "set", "hook", "--kind", "webhook", "--key-file", str(key))
    made = manage(*words)
    address = tmp_path / "address"
    address.write_text("https://example.org/an0ther\n")
    changed = manage("channel", "set", "hook", "--file", str(address))
    told = [made, changed, manage("channel", "list"), manage("channel", "get", "hook", "--json")]
    assert not any("t0ken" in text or "an0ther" in text or "whsec" in text for text in told)
    assert "https://example.org/…" in told[2]
    kept = target_of(Channel.objects.get())
    assert kept == Target("https://example.org/an0ther", key.read_text().strip())
    assert manage_json("channel", "update", "hook", "--off")["enabled"] is False
    manage("channel", "delete", "hook")
    assert not Channel.objects.exists()


def test_a_test_that_does_not_arrive_is_an_error_with_the_reason() -> None:
    make_channel()
    with pytest.raises(CommandError) as error:
        manage("channel", "test", "ops")
    assert "not sent: 127.0.0.1 is not on the public Internet" in str(error.value)


def test_a_route_is_made_previewed_changed_and_removed() -> None:
    make_channel()
    words = ("--channel", "ops", "--severities", "critical,error", "--quiet", "22:00-07:00")
    made = manage_json("route", "create", "night", *words)
    assert (made["severities"], made["quiet"]) == (["critical", "error"], "22:00-07:00")
    assert "would have sent 0 notices" in manage("route", "preview", "night")
    changed = manage_json("route", "update", "night", "--recovery", "no", "--digest-minutes", "5")
    assert (changed["recovery"], changed["digest_minutes"], changed["quiet"]) == (
        False, 5, "22:00-07:00"
    )  # fmt: skip
    assert "night" in manage("route", "list")
    manage("route", "delete", "night")
    assert not Route.objects.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--channel", "none"], "channel: there is no channel 'none'"),
        ([], "channel"),
        (["--channel", "ops", "--kinds", "faling"], "did you mean failing?"),
        (["--channel", "ops", "--quiet", "22-7"], "quiet: must be two times of day"),
        (["--channel", "ops", "--timezone", "Europe/Berlim"], "Europe/Berlin"),
        (["--channel", "ops", "--jobs", "nothing"], "jobs: there is no job 'nothing'"),
        (["--channel", "ops", "--escalate-minutes", "5"], "escalate_to: needs both"),
        (["--channel", "alive"], "channel: is a heartbeat"),
    ],
)
def test_what_cannot_be_a_route_is_refused_by_name(words: list[str], said: str) -> None:
    make_channel()
    make_channel("alive", "heartbeat")
    with pytest.raises(CommandError) as error:
        manage("route", "create", "night", *words)
    assert said in str(error.value)
    assert not Route.objects.exists()


def test_notices_are_listed_by_state_and_shown_with_their_text() -> None:
    make_route(make_channel())
    notice = make_notice(title="bill fails", text="boom", channel_name="ops", state="failed")
    make_notice(title="other", channel_name="ops")
    listed = manage_json("notice", "list", "--state", "failed")
    assert [row["title"] for row in listed] == ["bill fails"]
    assert manage_json("notice", "get", str(notice.pk))["text"] == "boom"
