"""What looks like a secret is hidden, at any depth; what does not is shown."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.redaction.keys import MASK, is_secret
from jobs.redaction.redactor import masked


@pytest.mark.parametrize(
    "key",
    ["password", "db_password", "dbPassword", "PASSWORD", "api_key", "apiKey", "API_KEY",
     "X-Api-Key", "secret",
     "client_secret", "clientsecret", "token", "accessToken", "authtoken", "Authorization",
     "aws_secret_access_key",
     "private_key", "encryptionKey", "signing-keys", "ssh_key", "credentials", "smtp-passwd"],
)  # fmt: skip
def test_a_key_that_names_a_secret_is_known(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "monkey", "author", "keyboard", "message", "tokenizer", "argv", "url", "", "passenger",
        "key", "keys", "sort_key", "cacheKey", "partition-key", "key_of_row",
    ],
)  # fmt: skip
def test_a_key_that_only_resembles_one_is_not(key: str) -> None:
    assert not is_secret(key)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "p"}, {"password": MASK}),
        ({"db": {"user": "u", "password": "p"}}, {"db": {"user": "u", "password": MASK}}),
        ([{"token": "t"}, 1], [{"token": MASK}, 1]),
        ({"tokens": ["a", "b"]}, {"tokens": MASK}),
        ({"password": ""}, {"password": ""}),
        ({"password": {"$secret": "db"}}, {"password": {"$secret": "db"}}),
        ({"password": {"$secret": "db", "more": "p"}}, {"password": MASK}),
        ({"use_token": True}, {"use_token": True}),
        ("password", "password"),
        (None, None),
    ],
)
def test_only_the_secret_is_hidden(value: Any, shown: Any) -> None:
    assert masked(value) == shown
