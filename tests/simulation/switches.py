"""Fixes of the core, each of which can be taken out: a simulator that finds nothing then would be
looking away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from operator import attrgetter
from typing import Any
from unittest import mock

from jobs.dispatch.brokers import broker
from jobs.execution.sidecar.watch import Watch
from jobs.execution.supervision import leases
from jobs.lifecycle import losses
from jobs.models import Loss

ONE_ALLOWANCE = {
    cause: losses.Allowance(cause, "losses", attrgetter("losses_allowed")) for cause in Loss
}

SWITCHES: dict[str, Callable[[], list[Any]]] = {
    # A message counts as present for as long as it lies among the unacknowledged, whoever took it.
    "holding": lambda: [mock.patch.object(broker, "held_since", return_value=0.0)],
    # Whatever cost a run its attempt counts against the one small allowance.
    "losses": lambda: [mock.patch.dict(losses._ALLOWANCES, ONE_ALLOWANCE)],
    # A renewal waits for every row, and fails for all where one is locked.
    "skipping": lambda: [mock.patch.object(leases, "unlocked", lambda rows: rows)],
    # Nobody but the main process stops the exclusive bodies of its children.
    "switch": lambda: [mock.patch.object(Watch, "stop_exclusive_bodies")],
}


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Until the block ends, the core lacks these."""
    with ExitStack() as stack:
        for name in names:
            for patch in SWITCHES[name]():
                stack.enter_context(patch)
        yield
