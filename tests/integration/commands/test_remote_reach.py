"""Which commands ask another machine, and what is told where none answers, or another than was
meant.
"""

from __future__ import annotations

import pkgutil
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.management import CommandError

from jobs.management import commands, verb_command
from jobs.management.client import Client
from jobs.models import Job
from tests.support.processes import BASE_DIR
from tests.support.redis import RedisServer
from tests.support.typed import manage

Words = tuple[str, ...]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:1", "cannot be reached: nothing listens there"),
        ("nonsense", "is no address that begins with http:// or https://"),
        ("http://[", "cannot be reached: there is no host of this name"),
        ("ftp://x", "is no address that begins with http:// or https://"),
        ("http://nobody.invalid", "cannot be reached: there is no host of this name"),
    ],
)
def test_a_machine_that_cannot_be_reached_is_told(
    monkeypatch: pytest.MonkeyPatch, address: str, why: str
) -> None:
    monkeypatch.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": address})
    with pytest.raises(CommandError) as error:
        manage("job", "list")
    assert (str(error.value), error.value.returncode) == (f"SCHEDULER_URL: {address} {why}", 4)


@pytest.mark.parametrize(
    "address", ["http://ann:corr3ct@127.0.0.1:1", "http://ann:corr3ct/h0rse@x", "ftp://a:corr3ct@x"]
)
def test_a_password_in_the_address_is_not_told(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """A / in it makes the address a wrong one, which is told of as well."""
    monkeypatch.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": address})
    with pytest.raises(CommandError, match=r"^SCHEDULER_URL: \w+://…@") as error:
        manage("job", "list")
    assert "corr3ct" not in str(error.value)


def test_https_to_a_server_that_speaks_http_is_told(
    monkeypatch: pytest.MonkeyPatch, broker: RedisServer
) -> None:
    monkeypatch.setattr(
        settings,
        "BEATWRIGHT",
        settings.BEATWRIGHT | {"scheduler_url": f"https://127.0.0.1:{broker.port}"},
    )
    with pytest.raises(CommandError, match=r"^SCHEDULER_URL: https://\S+ cannot be reached"):
        manage("job", "list")


@pytest.mark.parametrize(
    ("status", "headers", "text", "told"),
    [
        (
            200,
            {"Content-Type": "text/html"},
            "<html>",
            "what answers at http://elsewhere is no Beatwright (200)",
        ),
        (
            404,
            {"Content-Type": "text/html"},
            "<html>",
            "what answers at http://elsewhere is no Beatwright (404)",
        ),
        (
            200,
            {"Content-Type": "application/json"},
            "<html>",
            "what answers at http://elsewhere is no Beatwright (200)",
        ),
        (301, {"Location": "https://there/"}, "", "http://elsewhere sends on to https://there/"),
    ],
)
def test_what_answers_there_but_is_no_beatwright_is_told(
    monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str], text: str, told: str
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=text, headers=headers))
    monkeypatch.setattr(verb_command, "Client", partial(Client, transport=transport))
    monkeypatch.setattr(
        settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": "http://elsewhere"}
    )
    for words in (("job", "list"), ("doctor",)):
        with pytest.raises(CommandError, match=f"^SCHEDULER_URL: {re.escape(told)}"):
            manage(*words)


# Commands that are about this machine, whatever SCHEDULER_URL says, and why.
HERE_ALONE = {
    "up": "starts the processes of this machine",
    "grpc_server": "is a process of this machine",
    "kafka_consume": "is a process of this machine",
    "prepare": "migrates the database, before anything answers",
    "seed_demo": "writes a past, which no API does",
    "person": "says who comes in, which no token may",
    "schema": "prints what is the same everywhere",
    "sync": "reads the code of this machine",
}
PLAIN = {  # what asks the other machine without being one of a command's verbs
    "create_token": ("ana", "--name", "x"),
    "doctor": (),
    "export_schedule": (),
    "import_schedule": (str(BASE_DIR / "examples" / "schedule.json"),),
    "preview_schedule": ("@daily",),
    "forecast": (),
}


NOBODY = "00000000-0000-0000-0000-000000000000"
MADE_HERE = {"new-key": "asks nobody: it makes a key"}
# What a verb wants besides what its parser requires.
WANTED = {
    "backfill": ("--from", "2026-01-01", "--to", "2026-01-02"),
    "begin": ("--all",),
    "discard": ("--all",),
    "requeue": ("--all",),
    "set": ("--file", "/etc/hostname"),
}


def asking() -> Iterator[Words]:
    """Every verb of every command that may be said to another machine, as somebody would type
    it.
    """
    for module in pkgutil.iter_modules(commands.__path__):
        if module.name in HERE_ALONE.keys() | PLAIN.keys():
            continue
        command = import_module(f"{commands.__name__}.{module.name}").Command()
        (verbs,) = [
            each
            for each in command.create_parser("manage.py", module.name)._actions
            if each.dest == "verb"
        ]
        for verb, parser in verbs.choices.items():
            if verb not in MADE_HERE:
                noun = [command.noun] if hasattr(command, "noun") else []
                yield (
                    module.name,
                    *noun,
                    verb,
                    *typed_for(parser, "1" if module.name == "alerts" else NOBODY),
                )


def typed_for(parser: ArgumentParser, thing: str) -> Iterator[str]:
    for action in parser._actions:
        if not action.option_strings:
            yield next(iter(action.choices or ()), thing)
        elif action.required:
            yield from (action.option_strings[0], next(iter(action.choices or ()), "1"))
    yield from WANTED.get(parser.prog.split()[-1], ())


@pytest.mark.parametrize("words", list(asking()), ids=lambda words: " ".join(words[:2]))
def test_every_verb_asks_the_other_machine_and_nothing_here(
    words: Words, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(
        settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": "http://127.0.0.1:1"}
    )
    with (
        django_assert_num_queries(0),
        pytest.raises(CommandError, match=r"^SCHEDULER_URL: ") as error,
    ):
        manage(*words)
    assert error.value.returncode == 4


def test_what_no_token_may_is_refused_while_another_machine_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": "http://127.0.0.1:1"}
    )
    with pytest.raises(
        CommandError, match=r"^list: works on this machine's database alone \(unset SCHEDULER_URL\)"
    ):
        manage("person", "list")


@pytest.mark.parametrize("name", PLAIN)
def test_a_command_without_verbs_asks_the_other_machine_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": "http://127.0.0.1:1"}
    )
    with pytest.raises(
        CommandError,
        match=r"^SCHEDULER_URL: http://127\.0\.0\.1:1 cannot be reached: nothing listens",
    ) as e:
        manage(name, *PLAIN[name])
    assert e.value.returncode == 4
    assert not Job.objects.exists()
