from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from jobs.execution.consumer.reconnect import Reconnect


def test_a_broken_connection_that_cannot_be_closed_does_not_end_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[Exception] = []

    def close(error: Exception) -> None:
        told.append(error)
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    consumer = SimpleNamespace(ensure_connected=print, on_connection_error_after_connected=close)
    Reconnect(consumer)
    lost = ConnectionError("gone")

    with caplog.at_level(logging.WARNING):
        consumer.on_connection_error_after_connected(lost)

    assert told == [lost]
    assert "a broken connection to the broker could not be closed" in caplog.text
