"""Ends this process when its main loop has not come round for too long, whatever it hangs in.

The timer is a thread of the interpreter's own that takes no lock and does not need the one of the
interpreter; when it fires, it writes where every thread stood (to standard error, if that is a
file) and ends the process. Whoever supervises it starts another.
"""

from __future__ import annotations

import faulthandler
import time

from jobs.logs.stream import last_words

REARM_SECONDS = 1.0


class DeadMansSwitch:
    """Armed by the first ``feed``; ``seconds`` after the last one the process ends."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._fed_at = 0.0
        self._file = last_words()

    def feed(self) -> None:
        """Call it at every turn of the loop; arming anew costs a thread, so it is done once a
        second at most.
        """
        if time.monotonic() - self._fed_at >= REARM_SECONDS:
            self._fed_at = time.monotonic()
            faulthandler.dump_traceback_later(self.seconds, exit=True, file=self._file)

    def stop(self) -> None:
        faulthandler.cancel_dump_traceback_later()
