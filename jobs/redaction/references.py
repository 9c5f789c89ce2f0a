"""References to secrets in params: ``{"$secret": "name"}``, or ``{"$secret": "name", "in": "Bearer
{}"}``.

A reference is stored and shown as it is, and stands for a text: the secret's value, or ``in`` with
the value in place of its ``{}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobs.redaction.keys import GAP, REFERENCE, REFERENCE_KEYS, WITHIN

Path = tuple[str | int, ...]


def is_meant(value: object) -> bool:
    """Whether it is meant as a reference, well-formed or not."""
    return isinstance(value, dict) and REFERENCE in value


def fault_of(reference: Mapping[str, Any]) -> str:
    """What is wrong with the form of a reference; empty if nothing is."""
    if not reference.keys() <= REFERENCE_KEYS:
        return f'may hold "{REFERENCE}" and "{WITHIN}", and nothing else'
    if not isinstance(reference[REFERENCE], str) or not reference[REFERENCE]:
        return f'needs the name of a secret as "{REFERENCE}"'
    within = reference.get(WITHIN, GAP)
    if not isinstance(within, str) or within.count(GAP) != 1:
        return f'needs a text with one {GAP} as "{WITHIN}"'
    return ""


def references_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each reference with its path, at any depth."""
    if is_meant(value):
        yield path, value
        return
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        if isinstance(item, dict | list):
            yield from references_in(item, (*path, key))


def names_in(value: Any) -> list[str]:
    """The names of the secrets that are referred to, each once, in order; of malformed references
    none.
    """
    found = (reference for _, reference in references_in(value) if not fault_of(reference))
    return sorted({reference[REFERENCE] for reference in found})


def replaced(value: Any, by: Callable[[dict[str, Any]], Any]) -> Any:
    """The same JSON value with ``by(reference)`` in place of each reference."""
    if is_meant(value):
        return by(value)
    if isinstance(value, dict):
        return {key: replaced(item, by) for key, item in value.items()}
    return [replaced(item, by) for item in value] if isinstance(value, list) else value


def resolved(value: Any, values: Mapping[str, str]) -> Any:
    """The same JSON value with the texts that its references stand for."""
    return replaced(value, lambda reference: _text(reference, values[reference[REFERENCE]]))


def _text(reference: Mapping[str, Any], value: str) -> str:
    return str(reference.get(WITHIN, GAP)).replace(GAP, value)


def referring(value: Any, values: Mapping[str, str], before: Any = None) -> Any:
    """The way back: references in place of the texts of a JSON value that hold a secret; first
    those of ``before``.

    Raises ValueError naming the secret, where a text holds it in a way that no reference says.
    """
    if isinstance(value, str):
        stays = is_meant(before) and resolved(before, values) == value
        return before if stays else _reference_for(value, values)
    if isinstance(value, dict) and not is_meant(value):
        known = before if isinstance(before, dict) else {}
        return {key: referring(item, values, known.get(key)) for key, item in value.items()}
    if isinstance(value, list):
        known_items = [*before, *value] if isinstance(before, list) else value
        return [
            referring(item, values, known) for item, known in zip(value, known_items, strict=False)
        ]
    return value


def _reference_for(text: str, values: Mapping[str, str]) -> Any:
    for name, value in sorted(values.items(), key=lambda item: len(item[1]), reverse=True):
        if text == value:
            return {REFERENCE: name}
        if value in text:
            within = text.replace(value, GAP)
            if (
                text.count(value) > 1
                or within.count(GAP) != 1
                or any(other in within for other in values.values())
            ):
                raise ValueError(name)
            return {REFERENCE: name, WITHIN: within}
    return text
