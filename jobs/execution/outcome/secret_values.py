"""The values of secrets that the current run was given, hidden in what it leaves; nothing else is
looked at.

What a run leaves of its own params' secrets is stored whole and hidden when it is shown. A secret
that it refers to is not at hand there, and so it is hidden here, before anything is stored or cut
to size.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from jobs.execution import current
from jobs.lifecycle.outcome import Outcome
from jobs.redaction.known import Known

NOTHING = Known()


def text(said: str) -> str:
    return _known().covered(said)


def value(found: Any) -> Any:
    """A JSON value, or what is about to become one."""
    known = _known()
    return known.json(found) if known else found


def json_text(encoded: str) -> str:
    """JSON text, as such: within it a value might begin in one text and end in another."""
    known = _known()
    return json.dumps(known.json(json.loads(encoded))) if known else encoded


def covered(outcome: Outcome) -> Outcome:
    """An end that the body has put into words of its own."""
    return replace(outcome, error=text(outcome.error), reason=text(outcome.reason))


def _known() -> Known:
    running = current.current_run()
    return running.log.hidden if running else NOTHING
