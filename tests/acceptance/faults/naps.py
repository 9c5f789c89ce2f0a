"""Processes frozen by SIGSTOP, and for how long: while they are, they do nothing, whatever their
clocks say later.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil


@dataclass
class Nap:
    """These processes were frozen from ``since`` until ``until``, in Unix seconds."""

    pids: frozenset[int]
    since: float
    until: float = float("inf")

    @classmethod
    def begin(cls, pids: Iterable[int]) -> Nap:
        """Freeze them."""
        nap = cls(frozenset(pids), time.time())
        send_all(nap.pids, signal.SIGSTOP)
        return nap

    def end(self) -> None:
        """Let them go on."""
        self.until = time.time()
        send_all(self.pids, signal.SIGCONT)

    def covers(self, moment: float, margin: float) -> bool:
        """Whether it is within the nap, or so many seconds after it."""
        return self.since < moment <= self.until + margin


def send_all(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to those that are still there."""
    for pid in pids:
        if psutil.pid_exists(pid):
            os.kill(pid, number)
