"""Known secrets, found in a text wherever they stand, in whatever form.

Each form is looked up by its first four characters, so that a text takes as long as it is long,
however many forms there are. A pattern of them all would take as long to be compiled as to read the
text a thousand times.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus

from jobs.redaction.keys import MASK

SHORTEST = 4  # what is shorter would be found in half the words
FEW = 32  # beginnings: a pattern of so many is faster than looking at each character
CUTS = re.compile(r"…|\.\.\.")  # where a text, or a part of it, was cut


class Known:
    """All forms of some secrets.

    Where several stand in one place, the longest is the one that is found.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._forms = sorted({form for secret in known for form in forms_of(secret)})

    def __bool__(self) -> bool:
        return bool(self._forms)

    def covered(self, text: str) -> str:
        """The text with MASK for each of them, and for the beginning of one within which the text
        was cut.
        """
        return self._covered(text) if self._forms else text

    def json(self, value: Any) -> Any:
        """The same JSON value with MASK for each of them: in texts, in keys, and where a number is
        one.
        """
        if isinstance(value, str):
            return self.covered(value)
        if isinstance(value, dict):
            return {self.covered(key): self.json(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return MASK if is_number and str(value) in self._whole else value

    def _covered(self, text: str) -> str:
        cuts = [cut.start() for cut in CUTS.finditer(text)]
        pieces, done = list[str](), 0
        for start in self._starts(text):
            if start < done:
                continue
            end = self._end_of_form(text, start) or self._end_of_stump(text, start, cuts)
            if end:
                pieces += [text[done:start], MASK]
                done = end
        return "".join([*pieces, text[done:]]) if done else text

    def _starts(self, text: str) -> Iterator[int]:
        """Where the first characters of some form stand."""
        if len(self._beginnings) > FEW:
            beginnings = self._beginnings
            yield from (
                at
                for at in range(len(text) - SHORTEST + 1)
                if text[at : at + SHORTEST] in beginnings
            )
            return
        found = self._pattern.search(text)
        while found:
            yield found.start()
            found = self._pattern.search(text, found.start() + 1)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._beginnings)))

    @cached_property
    def _beginnings(self) -> dict[str, list[int]]:
        """The first characters of the forms, and how long those are that begin so: the longest
        first.
        """
        found: dict[str, set[int]] = {}
        for form in self._forms:
            found.setdefault(form[:SHORTEST], set()).add(len(form))
        return {beginning: sorted(lengths, reverse=True) for beginning, lengths in found.items()}

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(self._forms)

    def _end_of_form(self, text: str, start: int) -> int:
        lengths = self._beginnings[text[start : start + SHORTEST]]
        return next(
            (start + length for length in lengths if text[start : start + length] in self._whole), 0
        )

    def _end_of_stump(self, text: str, start: int, cuts: list[int]) -> int:
        place = bisect_left(cuts, start + SHORTEST)
        return cuts[place] if place < len(cuts) and self._is_begun(text[start : cuts[place]]) else 0

    def _is_begun(self, stump: str) -> bool:
        place = bisect_left(self._forms, stump)
        return place < len(self._forms) and self._forms[place].startswith(stump)


def forms_of(secret: str) -> Iterator[str]:
    """How a secret may stand in a text: each of its lines, also as JSON, a Python literal or an
    address has it.

    Also as JSON has a text that is JSON itself.
    """
    for line in secret.splitlines():
        if len(line.strip()) >= SHORTEST:
            plain = line.strip()
            yield from (plain, repr(plain)[1:-1])
            for in_json in (json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]):
                # And in a text within JSON.
                yield from (
                    in_json,
                    json.dumps(in_json, ensure_ascii=False)[1:-1],
                )
            yield from (quote(plain, safe, errors="replace") for safe in ("", "/"))
            yield quote_plus(plain, errors="replace")
