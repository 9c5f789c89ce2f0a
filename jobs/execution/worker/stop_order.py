"""The wish of somebody that this worker shut down.

It is a column of the worker's row; no message carries it.
"""

from __future__ import annotations

import logging
import os
import signal

from jobs.execution.worker.registration import Registration

logger = logging.getLogger(__name__)


class StopOrder:
    """Begins the ordinary warm shutdown, once."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        self.is_obeyed = False

    def run_once(self) -> dict[str, int]:
        asked_by = "" if self.is_obeyed else self.registration.asked_to_stop_by()
        if asked_by:
            self.is_obeyed = True
            logger.warning("%s asked this worker to shut down", asked_by)
            os.kill(os.getpid(), signal.SIGTERM)
        return {}
