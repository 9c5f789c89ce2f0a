"""What ``self.retry()`` changes for the run's next attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from jobs.definition.checking import QUEUE_ALLOWED, QUEUE_RULE
from jobs.errors import DomainError, InvalidParams
from jobs.execution.current import Current
from jobs.params.checks import by_name, check_params
from jobs.redaction.references import referring


def changes_for_retry(
    running: Current,
    args: Sequence[Any] | None,
    kwargs: Mapping[str, Any] | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The run's columns that change with these arguments of ``self.retry()``; {} for a retry as it
    was.

    The value of a secret becomes the reference to it again. Raises TypeError for an option that a
    run has no counterpart of, InvalidParams for params the task does not take.
    """
    unknown = sorted(set(options) - {"queue"})
    if unknown:
        raise TypeError(
            f"self.retry() in the run of a job takes no {', '.join(unknown)}: the job says it, "
            "or nobody"
        )
    return _params(running, args, kwargs) | _queue(options.get("queue"))


def _params(
    running: Current, args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None
) -> dict[str, Any]:
    """As in Celery: new kwargs stand in place of all that there were, new args in place of those at
    their positions.
    """
    if args is None and kwargs is None:
        return {}
    claim = running.claim
    named = by_name(claim.message.task_name, list(args or ()))
    params = to_jsonable_python((claim.params if kwargs is None else dict(kwargs)) | named)
    params = _without_values(params, running)
    if params == claim.params:
        return {}
    check_params(claim.message.task_name, params)
    return {"params": params}


def _without_values(params: dict[str, Any], running: Current) -> Any:
    """What the next attempt finds is stored, and no value of a secret may be."""
    if not running.secrets:
        return params
    try:
        return referring(params, running.secrets, running.claim.params)
    except ValueError as error:
        problem = (
            f"hold the value of the secret {error.args[0]!r} in a way that no reference can say"
        )
    raise InvalidParams([("params", problem)])


def _queue(name: Any) -> dict[str, Any]:
    if name is None:
        return {}
    if not QUEUE_ALLOWED.fullmatch(str(name)):
        raise DomainError(QUEUE_RULE, field="queue")
    return {"queue": str(name)}
