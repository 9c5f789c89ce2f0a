"""Pydantic's findings in plain words: (path, message) pairs such as ``("payload[2].name", "must be
a string")``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from jobs.params.limits import Problem, joined

# What a value of the wrong type must be instead; several of these at one place (a union) are joined
# by "or".
WANTED: Final[Mapping[str, str]] = {
    "string_type": "a string",
    "string_sub_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a decimal number",
    "decimal_parsing": "a decimal number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "none_required": "null",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dataclass_type": "an object",
    "bytes_type": "a string",
    "date_type": "a date such as 2026-01-31",
    "date_parsing": "a date such as 2026-01-31",
    "date_from_datetime_parsing": "a date such as 2026-01-31",
    "datetime_type": "a date and time such as 2026-01-31T09:30:00Z",
    "datetime_parsing": "a date and time such as 2026-01-31T09:30:00Z",
    "datetime_from_date_parsing": "a date and time such as 2026-01-31T09:30:00Z",
    "time_type": "a time such as 09:30:00",
    "time_parsing": "a time such as 09:30:00",
    "time_delta_type": "a duration such as PT1H30M",
    "time_delta_parsing": "a duration such as PT1H30M",
    "uuid_type": "a UUID",
    "uuid_parsing": "a UUID",
    "url_type": "a URL",
    "url_parsing": "a URL",
}
# What is said ahead of a reason that pydantic or a validator gives in words of its own.
INVALID: Final = "is not valid: "
# Whole sentences, filled from the finding's context.
SENTENCES: Final[Mapping[str, str]] = {
    "missing": "is required",
    "extra_forbidden": "is not a parameter of this task",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": "must be a finite number",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "timezone_aware": "must carry a time zone, such as Z or +02:00",
    "timezone_naive": "must not carry a time zone",
    "value_error": INVALID + "{error}",
    "assertion_error": INVALID + "{error}",
}


def in_plain_words(findings: Sequence[ErrorDetails], params: Mapping[str, Any]) -> list[Problem]:
    """One problem per place and sentence, in the order found; wrong types of a union's branches
    become one.
    """
    placed = [(place(finding, params), finding) for finding in findings]
    wanted: dict[str, list[str]] = {}
    problems: dict[Problem, None] = {}
    for path, finding in placed:
        if finding["type"] not in WANTED:
            problems[path, finding_in_words(finding)] = None
        elif not _has_deeper(path, placed):
            wanted.setdefault(path, []).append(WANTED[finding["type"]])
            problems[path, ""] = None
    return [(path, text or f"must be {_either(wanted[path])}") for path, text in problems]


def finding_in_words(finding: ErrorDetails) -> str:
    """What is wrong, as the end of a sentence that begins with the parameter's name."""
    known = SENTENCES.get(finding["type"])
    if known is None:
        return f"{INVALID}{finding['msg']}"
    text = known.format_map(
        {name: _number(value) for name, value in finding.get("ctx", {}).items()}
    )
    return re.sub(r"\b1 (item|character)s$", r"1 \1", text)


def place(finding: ErrorDetails, params: Mapping[str, Any]) -> str:
    """The path of a finding; the names that pydantic puts in for a union's branches are left
    out.
    """
    path = ""
    value: Any = params
    steps = finding["loc"][:-1] if finding["type"] == "missing" else finding["loc"]
    for step in steps:
        if _leads_on(value, step):
            path, value = joined(path, step), value[step]
    return joined(path, finding["loc"][-1]) if finding["type"] == "missing" else path


def _leads_on(value: Any, step: int | str) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _number(value: Any) -> Any:
    """A bound as people write it: 0, not 0.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _has_deeper(path: str, placed: Sequence[tuple[str, ErrorDetails]]) -> bool:
    """Whether another branch of the union got further into this value: then that branch was
    meant.
    """
    return any(other.startswith((f"{path}.", f"{path}[")) for other, _ in placed)


def _either(wanted: list[str]) -> str:
    return " or ".join(dict.fromkeys(wanted))
