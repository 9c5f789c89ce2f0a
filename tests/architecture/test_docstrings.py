"""Every package has its door sign, every module says what it is."""

from __future__ import annotations

import ast

from tests.architecture import source


def test_every_package_and_module_has_a_docstring() -> None:
    silent = [
        source.name_of(path)
        for path in source.python_files(*source.PACKAGES)
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_no_package_is_left_without_a_door_sign() -> None:
    empty = [
        source.name_of(path)
        for path in source.python_files(*source.PACKAGES)
        if path.name == "__init__.py" and not path.read_text().strip()
    ]
    assert empty == []
