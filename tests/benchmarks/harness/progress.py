"""What a benchmark says while it runs: to stderr, so that stdout holds the table alone."""

from __future__ import annotations

import sys
import time

_began = time.monotonic()


def tell(text: str) -> None:
    print(f"{time.monotonic() - _began:7.1f} s  {text}", file=sys.stderr, flush=True)
