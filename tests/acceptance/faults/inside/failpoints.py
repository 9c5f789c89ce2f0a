"""Places at which a process ends itself, or stops itself, as many times as the argument says (once)
in a whole site.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from jobs.dispatch.messages import message
from jobs.maintenance import notices
from jobs.maintenance.alerts import service
from jobs.scheduler import direct, planner, tick


def crash_after_plan(times: str) -> None:
    """End between the commit of a plan that made runs and their publishing."""
    _wrap(direct.Direct, "send", before=lambda *_: _end("crash_after_plan", times))
    _wrap(
        tick, "plan_due", after=lambda planned: _end("crash_after_plan", times) if planned else None
    )


def crash_after_mark(times: str) -> None:
    """End after runs are marked as published, before the first message is sent."""
    _wrap(message, "send_runs", before=lambda *_: _end("crash_after_mark", times))


def crash_after_send(times: str) -> None:
    """End when the messages are out."""
    _wrap(message, "send_runs", after=lambda _: _end("crash_after_send", times))


def crash_before_notice(times: str) -> None:
    """End inside the transaction that opens an alert, before its notices are written."""
    _wrap(service, "alerts_opened", before=lambda *_, **__: _end("crash_before_notice", times))


def crash_after_notice(times: str) -> None:
    """End when an alert's notices are written, before anything of that is committed."""
    _wrap(service, "alerts_opened", after=lambda _: _end("crash_after_notice", times))


def crash_after_claim(times: str) -> None:
    """End when notices are leased, before any of them is sent."""
    _wrap(
        notices,
        "claim_notices",
        after=lambda taken: _end("crash_after_claim", times) if taken else None,
    )


def crash_after_answer(times: str) -> None:
    """End when a channel has taken a notice, before that is written."""
    _wrap(notices, "send", after=lambda _: _end("crash_after_answer", times))


def stop_in_plan(times: str) -> None:
    """Freeze inside the planning transaction, with the jobs' rows locked."""
    for module, name in ((planner, "write_runs"), (direct, "write_direct_runs")):
        _wrap(module, name, before=lambda runs, **_: _stop("stop_in_plan", times) if runs else None)


def _wrap(
    module: Any,
    name: str,
    *,
    before: Callable[..., object] | None = None,
    after: Callable[[Any], object] | None = None,
) -> None:
    original = getattr(module, name)

    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            before(*args, **kwargs)
        answer = original(*args, **kwargs)
        if after:
            after(answer)
        return answer

    setattr(module, name, wrapped)


def _end(name: str, times: str) -> None:
    if _is_my_turn(name, times):
        os._exit(70)


def _stop(name: str, times: str) -> None:
    if _is_my_turn(name, times):
        os.kill(os.getpid(), signal.SIGSTOP)


def _is_my_turn(name: str, times: str) -> bool:
    """Whether this is one of the first ``times`` processes of the site to come by; files keep the
    count.
    """
    for number in range(int(times or 1)):
        try:
            (Path(os.environ["FAULT_DIR"]) / f"{name}.{number}").touch(exist_ok=False)
        except FileExistsError:
            continue
        return True
    return False


ALL = {
    one.__name__: one
    for one in (
        crash_after_plan,
        crash_after_mark,
        crash_after_send,
        crash_before_notice,
        crash_after_notice,
        crash_after_claim,
        crash_after_answer,
        stop_in_plan,
    )
}
