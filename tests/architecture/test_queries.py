"""No surface can forget with whose eyes it reads, and each finds its reader: no folder of them is
crowded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.architecture import source

ROOM = "jobs/queries/"
FILES_MOST = 15


def test_no_query_has_a_default_for_its_actor() -> None:
    asking = [
        (f"{source.name_of(path)}: {function.name}", has_default)
        for path in source.python_files("jobs")
        if source.name_of(path).startswith(ROOM)
        for function in source.functions(path)
        for name, has_default in _arguments(function)
        if name == "actor"
    ]
    assert asking, "no query takes an actor any more"
    assert [name for name, has_default in asking if has_default] == []


def test_no_folder_of_queries_has_more_than_fifteen_files() -> None:
    folders = Counter(
        name.rpartition("/")[0]
        for path in source.python_files("jobs")
        if (name := source.name_of(path)).startswith(ROOM)
    )
    assert folders, "there are no queries any more"
    assert {folder: files for folder, files in folders.items() if files > FILES_MOST} == {}


def _arguments(function: source.Function) -> Iterator[tuple[str, bool]]:
    """Each argument, and whether it has a default."""
    taken = function.args
    positional = [*taken.posonlyargs, *taken.args]
    needed = len(positional) - len(taken.defaults)
    yield from ((argument.arg, place >= needed) for place, argument in enumerate(positional))
    for argument, default in zip(taken.kwonlyargs, taken.kw_defaults, strict=True):
        yield argument.arg, default is not None
