"""Secrets in free text, known by what stands before them: ``password=…``, ``Bearer …``,
``scheme://user:…@host``.

Each pattern begins with a word or a sign and takes a bounded number of characters, so that no text
takes long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jobs.redaction.keys import MASK, is_secret

NAMES = (
    r"passw(?:or)?d|passphrase|passcode|pwd|secret|token|credentials?"
    r"|(?:api|access|private|secret)[_-]?key"
)
SPOKEN = r"passw(?:or)?d|passphrase|passcode|(?:api|secret)[_ -]?key"
SCHEMES = "basic|bearer|digest|token|apikey"
NOTHING = rf"(?!None\b|null\b|true\b|false\b|{MASK[0]})"
QUOTED = r'"(?:[^"\\\n]|\\.){1,4000}"' + "|" + r"'(?:[^'\\\n]|\\.){1,4000}'"
VALUE = rf"""{NOTHING}(?:{QUOTED}|[^\s,;&"'()\[\]{{}}<>=][^\s,;&"'()\[\]{{}}<>]{{0,4000}})"""

# (a word without which the pattern cannot match, the pattern: its first group stays, its second is
# hidden)
PATTERNS: Sequence[tuple[str, re.Pattern[str]]] = (
    ("://", re.compile(r"(://[^\s/:@]{0,200}:)([^\s/\"'<>]{1,1000})(?=@)")),
    ("authorization", re.compile(
        rf"(authorization\\?[\"']?[ \t]{{0,3}}[:=][ \t]{{0,3}}\\?[\"']?(?:(?:{SCHEMES})[ "
        rf"\t]{{1,3}})?)"
        rf"({NOTHING}(?!(?:{SCHEMES})\b)[^\s,;\"'\\]{{4,4000}})", re.IGNORECASE)),
    ("bearer", re.compile(r"(\bbearer[ \t]{1,3})([a-z0-9._~+/=-]{16,4000})", re.IGNORECASE)),
    ("=", re.compile(rf"((?:{NAMES})[ \t]?=[ \t]?)({VALUE})", re.IGNORECASE)),
    # the link that lets somebody in
    ("/invitation/", re.compile(r"(/invitation/)([\w.~%-]{16,1000})")),
    # What PostgreSQL adds to its errors: a whole row, and a JSON document up to where it was wrong.
    ("failing row contains",
     re.compile(r"(Failing row contains )(\([^\n]{1,40000})", re.IGNORECASE)),
    ("json data, line", re.compile(r"(JSON data, line \d{1,9}: )([^\n]{1,40000})", re.IGNORECASE)),
    (":", re.compile(rf"((?:{SPOKEN})[ \t]?:[ \t]{{1,3}})({VALUE})", re.IGNORECASE)),
)  # fmt: skip


# A key and its value as JSON or a Python literal has them, also within a quoted text.
MEMBER = re.compile(
    rf"(\\?[\"']([A-Za-z][\w.-]{{0,80}})\\?[\"'][ \t]{{0,3}}:[ \t]{{0,3}}\\?)({VALUE})"
)


def scrubbed(text: str) -> str:
    """The text with MASK for what its surroundings give away; as many lines as before."""
    lowered = text.lower()
    if ":" in text:
        text = MEMBER.sub(_covered_member, text)
    for word, pattern in PATTERNS:
        if word in lowered:
            text = pattern.sub(_covered, text)
    return text


def url_passwords(text: str) -> list[str]:
    """The passwords that addresses in the text carry."""
    return [match[2] for match in PATTERNS[0][1].finditer(text)] if "://" in text else []


def _covered_member(match: re.Match[str]) -> str:
    return f"{match[1]}{_mask_for(match[3])}" if is_secret(match[2]) else match[0]


def _covered(match: re.Match[str]) -> str:
    return f"{match[1]}{_mask_for(match[2])}"


def _mask_for(hidden: str) -> str:
    """The mask, between the quotes that the hidden text has."""
    quote = hidden[0] if hidden[0] in "\"'" else ""
    return f"{quote}{MASK}{quote}"
