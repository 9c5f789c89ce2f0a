from __future__ import annotations

import re

from scheduler_site.config import BASE_DIR, Config

ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
# Defaults that a table tells in words.
IN_WORDS = {"DATA_DIR": "`var` in the project's folder"}


def test_the_reference_lists_every_variable_once_with_its_default() -> None:
    rows = ROW.findall((BASE_DIR / "docs" / "reference" / "configuration.md").read_text())
    told = {name: default for name, default, _meaning in rows}
    assert len(told) == len(rows)
    assert told == {name.upper(): _default(name) for name in Config.model_fields}


def _default(name: str) -> str:
    if text := IN_WORDS.get(name.upper()):
        return text
    value = Config.model_fields[name].get_default()
    if isinstance(value, list):
        value = ",".join(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if value not in (None, "", {}) else "empty"
