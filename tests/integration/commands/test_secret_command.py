"""``secret``, as typed: values from a pipe, a file or a prompt, and never shown."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError

from jobs.management.cli.site import secret_verbs
from jobs.models import Secret
from jobs.sealing import new_key, unsealed
from tests.support.builders import make_job, make_secret
from tests.support.configured import configured
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")


class Piped:
    """What stands before the command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, text: str) -> None:
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Piped:
    return Piped(monkeypatch)


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        manage(*words)
    return error.value.returncode, str(error.value)


def value_of(name: str) -> str:
    return unsealed(Secret.objects.get(name=name).sealed)


def test_a_secret_is_set_described_and_removed(piped: Piped) -> None:
    piped("corr3ct-h0rse\n")
    made = manage_json("secret", "set", "db", "--description", "the books", "--tags", "fin,ops")
    assert (made["name"], made["version"], made["tags"], made["description"]) == (
        "db",
        1,
        ["fin", "ops"],
        "the books",
    )
    piped("two\nlines\r\n")
    again = manage_json("secret", "set", "db")
    assert (again["version"], again["tags"], value_of("db")) == (2, ["fin", "ops"], "two\nlines")
    updated = manage_json("secret", "update", "db", "--tags", "")
    assert (updated["version"], updated["tags"]) == (2, [])
    assert manage_json("secret", "get", "db") == updated
    assert [row["name"] for row in manage_json("secret", "list")] == ["db"]
    assert manage_json("secret", "delete", "db") == {"name": "db", "result": "deleted"}
    assert manage_json("secret", "list") == []


def test_a_file_is_read_whole_but_for_one_line_end(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("-----BEGIN-----\nMIIE\n-----END-----\n\n")
    manage("secret", "set", "key", "--file", str(file))
    assert value_of("key") == "-----BEGIN-----\nMIIE\n-----END-----\n"


def test_at_a_terminal_the_value_is_asked_for_and_not_echoed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(secret_verbs, "getpass", lambda prompt: "typed-in")
    manage("secret", "set", "db")
    assert value_of("db") == "typed-in"


def test_nothing_prints_a_value(piped: Piped) -> None:
    piped("corr3ct-h0rse")
    printed = [
        manage("secret", "set", "db"),
        manage("secret", "get", "db"),
        manage("secret", "list"),
    ]
    assert not any("corr3ct" in text or "gAAAA" in text for text in printed)


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("set", "new"), 1, "value: must have at least 1 character"),
        (("set", "a b", "--file", "/etc/hostname"), 1, "name: must have"),
        (("set", "db", "--file", "/nowhere"), 1, "file: /nowhere: No such file or directory"),
        (("update", "no", "--tags", "x"), 3, "secret: there is no secret 'no'"),
        (("get", "no"), 3, "secret: there is no secret 'no'"),
        (("delete", "db"), 1, "delete: in use by 1 job: bill"),
    ],
)
def test_what_cannot_be_done_names_the_field(
    words: tuple[str, ...], status: int, text: str, piped: Piped
) -> None:
    make_secret("db")
    make_job(name="bill", params={"a": {"$secret": "db"}})
    piped("")
    code, said = refused("secret", *words)
    assert code == status
    assert text in said


def test_keys_are_changed_step_by_step_and_no_value_is_lost() -> None:
    old = settings.BEATWRIGHT["secrets_keys"][0]
    make_secret("db", "corr3ct-h0rse")
    new = manage("secret", "new-key").strip()
    with configured(secrets_keys=[old, new]):
        assert value_of("db") == "corr3ct-h0rse"
    with configured(secrets_keys=[new, old]):
        make_secret("fresh")
        assert manage("secret", "rotate").startswith("1 encrypted anew")
        assert manage("secret", "rotate").startswith("0 encrypted anew")
    with configured(secrets_keys=[new]):
        assert value_of("db") == "corr3ct-h0rse"


def test_rotating_names_the_secrets_that_no_key_opens() -> None:
    make_secret("lost")
    with configured(secrets_keys=[new_key()]):
        code, said = refused("secret", "rotate")
    assert (code, "none of the keys opens: lost" in said) == (1, True)
