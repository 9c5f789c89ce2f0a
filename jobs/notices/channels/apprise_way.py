"""Whatever apprise knows: Slack, Teams, PagerDuty, Telegram, ntfy and a hundred others.

A process of its own sends, which can be ended at any moment, and in which every name that is
looked up passes the guard of outgoing addresses.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

from jobs import conf
from jobs.errors import DomainError
from jobs.notices.channels.answer import Answered, in_one_line
from jobs.notices.channels.apprise_codes import KNOWN, REFUSED, SENT
from jobs.notices.channels.message import Message
from jobs.notices.channels.target import Target

MISSING = "apprise is not installed: pip install 'beatwright[notify]'"
# Not imported here: it needs httpx, which a project may be without.
CHILD = "jobs.notices.channels.apprise_child"
CHECK_SECONDS = 10.0
STARTS_WITHIN = 5.0  # seconds that a process has to begin


def refuse_unknown_service(address: str) -> None:
    """Raise DomainError where apprise is not there, or does not know what the address names."""
    if find_spec("apprise") is None:
        raise DomainError("needs apprise", field="kind", hint=MISSING)
    if _ordered({"address": address, "allow": []}, CHECK_SECONDS).returncode != KNOWN:
        hint = "https://github.com/caronc/apprise lists what it knows"
        raise DomainError("is not an address that apprise knows", field="address", hint=hint)


def send_by_apprise(message: Message, target: Target, *, seconds: float) -> Answered:
    """The address goes to the process by its input, where no list of processes shows it."""
    if find_spec("apprise") is None:
        return Answered(False, MISSING)
    order = {
        "address": target.address,
        "title": message.title,
        "body": message.text,
        "allow": conf.get().http_allow_hosts,
    }
    try:
        done = _ordered(order, seconds)
    except subprocess.TimeoutExpired:
        return Answered(False, f"no full answer within {seconds:g} seconds")
    if done.returncode not in {SENT, REFUSED}:
        return Answered(False, f"apprise ended with {done.returncode}")
    said = in_one_line(done.stdout) or "no reason was given"
    return Answered(done.returncode == SENT, said)


def _ordered(order: dict[str, Any], seconds: float) -> subprocess.CompletedProcess[str]:
    """Raises subprocess.TimeoutExpired once the process, which is then ended, took too long."""
    return subprocess.run(
        [sys.executable, "-m", CHILD],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=seconds + STARTS_WITHIN,
        env=_surroundings(),
        check=False,
    )


def _surroundings() -> dict[str, str]:
    """No secret of this process's own, and no proxy, which would connect where we may not."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
