"""A task's arguments: the params of its run as the types that its hints name, as they were
checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from jobs.errors import InvalidParams
from jobs.params.signature import AnyTask, UnfitSignature, model_for
from jobs.params.wording import in_plain_words


def arguments_for(task: AnyTask, params: dict[str, Any]) -> dict[str, Any]:
    """A date where the hint says date, a Decimal, a model; what was left out stays out, for the
    function's default.

    Raises InvalidParams where they do not fit (any more). A task declared with ``pydantic=True``
    gets its models from Celery, which knows the context that it was declared with.
    """
    try:
        model = model_for(task)
    except UnfitSignature:
        return params
    fitted = _validated(model, params)
    given = {str(field.alias): getattr(fitted, name) for name,
             field in type(fitted).model_fields.items()
             if name in fitted.model_fields_set}  # fmt: skip
    by_celery = getattr(task, "_dump_pydantic_arguments", None) is not None
    return {
        name: params[name]
        if isinstance(value, Iterator) or (by_celery and isinstance(value, BaseModel))
        else value
        for name, value in (given | (fitted.model_extra or {})).items()
    }


def _validated(model: type[BaseModel], params: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate_json(json.dumps(params), strict=True, by_alias=True)
    except ValidationError as error:
        findings = error.errors(include_url=False, include_input=False)
    # Outside of the handler: a ValidationError shows the values, which may be secrets.
    raise InvalidParams(in_plain_words(findings, params))
