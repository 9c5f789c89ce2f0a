"""The documents are written in plain English: these phrases are refused, and the message gives the
usual words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import BASE_DIR, name_of, tracked

FOLDERS = (".", "docs", "docs/explanation", "docs/howto", "docs/reference")
NOT_PROSE = re.compile(
    r'^```.*?^```$|<!--.*?-->|^ {4}.*?$|`[^`]*`|"[^"\n]*"', re.DOTALL | re.MULTILINE
)

REFUSED = {
    r"who(so)?ever": "anyone who, a user who, or the role",
    r"(some|every|any)body": "a user, anyone, everyone, or the role",
    r"nobody": "no one, or the role",
    r"anew": "again",
    r"besides?": "next to, as well as, except",
    r"so many": "a number, or how many",
    r"as it may": "drop it",
    r"of (its|their|his|her|your|our) own": "its own, or a separate one",
    r"told|tells?": "says, reports, shows",
    r"unless (told|set|said|asked)": "default",
    r"at once": "immediately, or at the same time",
    r"for good": "permanently",
    r"in hand": "in flight",
    r"veil(s|ed|ing)?": "redact",
    r"mend(s|ed|ing)?": "fix",
    r"passed over": "ignored, skipped",
    r"falls? due": "becomes due",
    r"heard of|heard from": "last heartbeat",
    r"shut out": "locked out",
    r"hand(s|ed)? in": "import, upload, submit",
    r"goes? on": "continues",
    r"(?<!there )(is|are) no (?!longer|more)\w+": "is not a",
    r"(?-i:(^|(?<=[-.:|] ))(What|Whatever) [^.?|]*\.)": "a sentence whose subject is a noun",
}


def prose(text: str) -> str:
    """The text without code, comments and quoted output; every line stays on its number."""
    return NOT_PROSE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def refused(text: str) -> Iterator[str]:
    for phrase, instead in REFUSED.items():
        for match in re.finditer(
            rf"\b(?:{phrase})(?!\w)", prose(text), re.IGNORECASE | re.MULTILINE
        ):
            line = text.count("\n", 0, match.start()) + 1
            yield f"line {line}: {match.group()!r}: write {instead}"


def documents() -> list[Path]:
    folders = {BASE_DIR / folder for folder in FOLDERS}
    return [path for path in tracked() if path.suffix == ".md" and path.parent in folders]


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_a_document_is_written_in_plain_english(document: Path) -> None:
    assert list(refused(document.read_text())) == []


def test_a_refused_phrase_is_found_in_prose_but_not_in_code() -> None:
    text = "Run `tell nobody`:\n\n```sh\ntell nobody\n```\n\nWhat is wrong is told.\n"
    assert [found.partition(": write")[0] for found in refused(text)] == [
        "line 7: 'told'",
        "line 7: 'What is wrong is told.'",
    ]
