"""What people read uses plain words: the console's pages, and the texts that the code says to
people.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import source

FOREIGN = re.compile(
    r"(?<![\w.-])(whoever|somebody|nobody|anew|beside|so many|for good|meanwhile|(?:is|are) "
    r"ticked|mend|"
    r"log(?:ged)? (?:in|out))(?![\w-])",
    re.IGNORECASE,
)
CODE_IN_TEMPLATES = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
ROOMS = (
    "jobs/access", "jobs/actions", "jobs/admin", "jobs/definition", "jobs/errors.py",
    "jobs/importers",
    "jobs/maintenance", "jobs/params", "jobs/queries", "jobs/schedules", "jobs/signing_in",
)  # fmt: skip
# Names of events, which programs match.
LOGGING = {
    "debug",
    "info",
    "warning",
    "error",
    "exception",
}


def foreign(text: str) -> list[str]:
    return [found.group(0) for found in FOREIGN.finditer(text)]


def texts(code: str) -> Iterator[str]:
    """The string literals of a module that hold a space, without docstrings and names of log
    events.
    """
    tree = ast.parse(code)
    passed_over = {id(part) for part in _no_texts(tree)}
    for node in ast.walk(tree):
        if (
            id(node) not in passed_over
            and isinstance(node, ast.Constant)
            and " " in str(node.value)
        ):
            yield str(node.value)


def _no_texts(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LOGGING
        ):
            yield from node.args[:1]


@pytest.mark.parametrize("word", ["Whoever asks", "it is ticked", "Log out", "so many runs"])
def test_a_foreign_word_is_found(word: str) -> None:
    assert foreign(word)


def test_a_name_is_no_foreign_word() -> None:
    assert foreign('class="j-ticked" is_ticked {{ log }} recommend') == []


def test_docstrings_and_names_of_log_events_are_no_texts() -> None:
    code = '''"""For whoever reads."""
logger.info("secrets encrypted anew")
message = f"asked by somebody {at} anew, at once"
'''
    assert [word for text in texts(code) for word in foreign(text)] == ["somebody", "anew"]


def test_pages_use_plain_words() -> None:
    pages = [path for path in source.tracked() if path.suffix == ".html"]
    wrong = {source.name_of(page): found for page in pages if (found := foreign(_shown(page)))}
    assert wrong == {}


def _shown(page: Path) -> str:
    return CODE_IN_TEMPLATES.sub(" ", page.read_text())


def test_what_the_code_says_uses_plain_words() -> None:
    modules = [
        path for path in source.python_files("jobs") if source.name_of(path).startswith(ROOMS)
    ]
    wrong = {
        source.name_of(path): found
        for path in modules
        if (found := [word for text in texts(path.read_text()) for word in foreign(text)])
    }
    assert wrong == {}
