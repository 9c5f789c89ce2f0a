"""How long to wait before the next attempt: min(cap, base x 2^(n-1)), spread by a fifth either
way.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from jobs import conf

LARGEST_EXPONENT = 40  # 2^40 seconds is longer than any cap


@dataclass(frozen=True, slots=True)
class Backoff:
    """Units are seconds; ``base`` is ``retry_base_seconds`` unless the job says otherwise."""

    base: float = field(default_factory=lambda: conf.get().retry_base_seconds)
    cap: float = 3600
    jitter: bool = True

    @classmethod
    def of_job(cls, base: int | None, cap: int | None, jitter: bool | None) -> Backoff | None:
        """What the job says, filled up with the defaults; None if it says nothing."""
        if base is None and cap is None and jitter is None:
            return None
        default = cls()
        return cls(
            base=default.base if base is None else base,
            cap=default.cap if cap is None else cap,
            jitter=default.jitter if jitter is None else jitter,
        )

    def delay(self, failures: int) -> float:
        """Seconds to wait after the ``failures``-th failed attempt (from 1)."""
        delay = min(self.cap, self.base * 2.0 ** min(failures - 1, LARGEST_EXPONENT))
        return delay * random.uniform(0.8, 1.2) if self.jitter else delay
