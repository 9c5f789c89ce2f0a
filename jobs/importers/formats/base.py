"""What all formats share: an entry is checked against a model, and what the model read becomes a
draft's values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.errors import DomainError
from jobs.importers.contents.base import NoEntry
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys, problem_at
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import Problem
from jobs.params.limits import UNSTORABLE
from jobs.params.registry import suggest
from jobs.params.wording import INVALID, in_plain_words

TRAP_HINT = "put a text into quotes; write true, false, or a plain decimal number"


class Entry(BaseModel):
    """One job of a file. Strict: a number in quotes is no number.

    ``draft`` may raise DomainError, naming the field, for what no job can express.
    """

    model_config = ConfigDict(strict=True, extra="allow", arbitrary_types_allowed=True)

    def name_in(self, document: Document) -> str:
        raise NotImplementedError

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        raise NotImplementedError


@dataclass(frozen=True)
class Format:
    """``keys``: Job field → the keys that lead to it within an entry.

    The old systems' readers did not mind the case of a key nor keys they did not know; our own does
    (``forgiving=False``). ``spelt``: the keys, where a field has more than one.
    ``of_the_machine``: they read its times by the clock of the machine that they ran on.
    """

    name: str
    entry: type[Entry]
    keys: Keys
    name_of: Callable[[Mapping[str, Any], Document], str]
    forgiving: bool
    spelt: tuple[str, ...] = ()
    of_the_machine: bool = False

    @property
    def known_keys(self) -> list[str]:
        return list(self.spelt) or [
            field.alias or name for name, field in self.entry.model_fields.items()
        ]


@dataclass(slots=True)
class EntryReading:
    """One entry: its job's name where that can be read, its draft where nothing is wrong, and what
    is to say of it.
    """

    name: str
    draft: Draft | None
    problems: list[Problem]
    warnings: list[Problem]


def read_entry(file_format: Format, document: Document, path: JsonPath, raw: Any) -> EntryReading:
    """Read one entry of the file."""
    if not isinstance(raw, dict):
        return _no_entry(raw, document, path)
    members = canonical(raw, file_format.known_keys) if file_format.forgiving else raw
    name = file_format.name_of(members, document)
    if traps := document.traps_below(path):
        return EntryReading(name, None, [_trap(*trap, path, document, name) for trap in traps], [])
    try:
        entry = file_format.entry.model_validate(members)
    except ValidationError as error:
        wrong = _problems(error, document, path, name, members)
        # what is missing may be what was misspelt
        extra = () if file_format.forgiving else members.keys() - {*file_format.known_keys}
        wrong += _unknown_keys(sorted(extra), file_format, document, path, name)
        return EntryReading(name, None, wrong, [])
    unknown = _unknown_keys(entry.model_extra or {}, file_format, document, path, name)
    if unknown and not file_format.forgiving:
        return EntryReading(name, None, unknown, [])
    try:
        draft = entry.draft(document, path, file_format.keys)
    except DomainError as error:
        return EntryReading(
            name, None, [_refusal(error, document, path, file_format.keys, name)], unknown
        )
    if UNSTORABLE.search(draft.name):
        # Not even a question about such a name can be put to the database.
        return EntryReading(
            name,
            None,
            [draft.problem("name", "contains a character that cannot be stored")],
            unknown,
        )
    return EntryReading(name, draft, [], unknown + [draft.problem(*note) for note in draft.notes])


def _trap(place: JsonPath, why: str, entry: JsonPath, document: Document, job: str) -> Problem:
    field = ".".join(map(str, place[len(entry) :]))
    return problem_at(document, place, why, hint=TRAP_HINT, job=job, field=field)


def _no_entry(raw: Any, document: Document, path: JsonPath) -> EntryReading:
    if not isinstance(raw, NoEntry):
        return EntryReading(
            "", None, [problem_at(document, path, "a job must be a JSON object")], []
        )
    told = problem_at(document, path, raw.message, hint=raw.hint, job=raw.name)
    return EntryReading(
        raw.name, None, [told] if raw.is_wrong else [], [] if raw.is_wrong else [told]
    )


def _refusal(
    error: DomainError, document: Document, path: JsonPath, keys: Keys, job: str
) -> Problem:
    within = keys.get(error.field, ())
    return problem_at(
        document, (*path, *within), error.message, hint=error.hint, job=job, field=error.field
    )


def canonical(raw: Mapping[str, Any], known: Collection[str]) -> Mapping[str, Any]:
    """The object with its keys spelt as the format spells them."""
    if raw.keys() <= set(known):
        return raw
    spelling = {key.casefold(): key for key in known}
    return {spelling.get(key.casefold(), key): value for key, value in raw.items()}


def _problems(
    error: ValidationError, document: Document, path: JsonPath, job: str, members: Mapping[str, Any]
) -> list[Problem]:
    problems: dict[Problem, None] = {}
    for finding in error.errors(include_url=False):
        for field, message in in_plain_words([finding], members):
            text = message.removeprefix(f"{INVALID}Value error, ").removeprefix(INVALID)
            problems[problem_at(document, (*path, *finding["loc"]), text, job=job, field=field)] = (
                None
            )
    return list(problems)


def _unknown_keys(
    extra: Iterable[str], file_format: Format, document: Document, path: JsonPath, job: str
) -> list[Problem]:
    return [_unknown_key(key, file_format, document, path, job) for key in extra]


def _unknown_key(
    key: str, file_format: Format, document: Document, path: JsonPath, job: str
) -> Problem:
    close = suggest(key, file_format.known_keys)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(file_format.known_keys)}"
    message = (
        "is not known here and was ignored" if file_format.forgiving else "is not a field of a job"
    )
    return problem_at(document, (*path, key), message, hint=hint, job=job, field=key)
