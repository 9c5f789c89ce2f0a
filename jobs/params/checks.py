"""Whether params fit a task: first the hard limits, then the task's own signature.

Strict, as JSON is: ``"5"`` is no integer and ``1`` no string. Nothing is converted; what was
checked is what is stored.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from jobs.errors import DomainError, InvalidParams
from jobs.params import registry
from jobs.params.limits import Problem, TooMuch, encoded, joined
from jobs.params.signature import AnyTask, UnfitSignature, model_for, schema_for
from jobs.params.wording import in_plain_words, place
from jobs.redaction.keys import REFERENCE
from jobs.redaction.references import fault_of, references_in, replaced

__all__ = ["UnfitSignature", "check_params", "schema_for"]

MOST_PROBLEMS = 20
# The call itself binds this name.
RESERVED = "self"
PLACEHOLDER = "a secret's value"
# Findings that no other text would mend, beside those that end with _type.
KINDS = frozenset({"missing", "extra_forbidden", "none_required", "int_from_float"})


def check_params(task_name: str, params: object) -> None:
    """Return when a job may call the task with these params; else raise UnknownTask or
    InvalidParams.

    InvalidParams lists at most 20 (path, message) pairs; the path of the params object itself is
    "params".
    """
    task = registry.task_if_known(task_name)
    try:
        text = encoded(params)
    except TooMuch as error:
        path, message = error.problem
        raise InvalidParams([(path or "params", message)]) from error
    given = cast("Mapping[str, Any]", params)
    problems = (
        _problems(task, text, given)
        if f'"{REFERENCE}"' not in text
        else _with_references(task, given)
    )
    if problems:
        raise InvalidParams(problems[:MOST_PROBLEMS])


def by_name(task_name: str, args: Sequence[Any]) -> dict[str, Any]:
    """Positional arguments as params, named as the task names them; raises DomainError when it has
    no such names.
    """
    if not args:
        return {}
    parameters = inspect.signature(registry.task_if_known(task_name).run).parameters.values()
    names = [
        parameter.name
        for parameter in parameters
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    if len(args) > len(names):
        message = f"positional arguments: {len(args)} are given, but the task takes {len(names)}"
        raise DomainError(
            message, field="args", hint="a job passes its params by name: move them to kwargs"
        )
    return dict(zip(names, args, strict=False))


def _with_references(task: AnyTask, params: Mapping[str, Any]) -> list[Problem]:
    """Each reference stands for some text: what the task wants of a text's content is known only
    when it runs.
    """
    found = {_shown_path(path): fault_of(reference) for path, reference in references_in(params)}
    problems = [(path, fault) for path, fault in found.items() if fault]
    text = json.dumps(replaced(params, lambda _: PLACEHOLDER))
    return problems or _problems(task, text, params, open_places=found)


def _shown_path(path: Iterable[str | int]) -> str:
    return functools.reduce(joined, path, "")


def _problems(
    task: AnyTask, text: str, params: Mapping[str, Any], open_places: Collection[str] = ()
) -> list[Problem]:
    model = model_for(task)
    problems = (
        [(RESERVED, "is a reserved name and cannot be a parameter")] if RESERVED in params else []
    )
    try:
        model.model_validate_json(text, strict=True, by_alias=True)
    except ValidationError as error:
        findings = error.errors(include_url=False, include_input=False)
        if open_places:
            findings = _of_kind(findings, params, open_places)
        problems += in_plain_words(findings, params)
    return _with_suggestions(problems, model, params)


def _of_kind(
    findings: list[ErrorDetails], params: Mapping[str, Any], places: Collection[str]
) -> list[ErrorDetails]:
    """The findings without those about a text's content at these places; whether a text may stand
    there is known.
    """
    content = {
        path
        for finding in findings
        if (path := place(finding, params)) in places and _is_of_content(finding)
    }
    return [finding for finding in findings if place(finding, params) not in content]


def _is_of_content(finding: ErrorDetails) -> bool:
    return finding["type"] not in KINDS and not finding["type"].endswith("_type")


def _with_suggestions(
    problems: list[Problem], model: type[BaseModel], params: Mapping[str, Any]
) -> list[Problem]:
    """The problems, each unknown name with the parameter that may have been meant, if that one is
    not given too.
    """
    names = [
        field.alias
        for field in model.model_fields.values()
        if field.alias and field.alias not in params
    ]
    return [(path, _suggesting(path, message, names)) for path, message in problems]


def _suggesting(path: str, message: str, names: Iterable[str]) -> str:
    if not message.startswith("is not a parameter"):
        return message
    close = registry.suggest(path, names)
    return f"{message}; did you mean {close!r}?" if close else message
