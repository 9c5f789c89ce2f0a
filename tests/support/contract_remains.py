"""Tasks of the contract that leave something behind in their process, and one that looks what it
finds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from celery import shared_task
from django.db import transaction

from tests.support.contract_tasks import one


@shared_task(name="contract.mess")
def mess() -> int:
    """Leave everything otherwise than it was."""
    os.chdir("/")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.alarm(1)
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  # left open on purpose
    return os.getpid()


@shared_task(name="contract.littering")
def litter() -> int:
    """Leave running what nobody waits for."""
    os.environ["LITTER"] = "everywhere"
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    subprocess.run(["/bin/sh", "-c", "setsid sleep 600 >/dev/null 2>&1 &"], check=True)
    return os.getpid()


@shared_task(name="contract.tidy")
def tidy(seconds: float = 0) -> dict[str, Any]:
    """How this process is found."""
    time.sleep(seconds)
    print("heard")  # noqa: T201
    return {
        "pid": os.getpid(),
        "cwd": os.getcwd(),  # noqa: PTH109
        "ignored": [
            s.name
            for s in (signal.SIGTERM, signal.SIGUSR1)
            if signal.getsignal(s) is signal.SIG_IGN
        ],
        "atomic": _in_atomic(),
        "litter": "LITTER" in os.environ,
    }


def _in_atomic() -> int:
    with transaction.atomic():
        return one()
