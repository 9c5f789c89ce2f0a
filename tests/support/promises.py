"""What a site's own rows say of its promises, asked in a process of its own as ``doctor --history``
would.
"""

from __future__ import annotations

import json
from collections.abc import Callable

ASK = """
import json
from datetime import timedelta
from jobs.dispatch.clock import database_now
from jobs.history.stored import Scope, examine
print(json.dumps(examine(Scope(database_now(), margin=timedelta(seconds={margin}))).fields()))
"""


def broken_promises(python: Callable[[str], str], *, margin_seconds: float = 60) -> list[str]:
    """A sentence for each, at best none.

    ``python`` runs code where Django is set up, and returns what it printed.

    A margin of 0 is for jobs that were all saved before their first occurrence was due.
    """
    found = json.loads(python(ASK.format(margin=margin_seconds)))
    return [
        f"{one['invariant']}: {one['job_name']} {one['run']}: {one['said']} "
        f"({', '.join(one['rows'])})"
        for one in found["violations"]
    ]
