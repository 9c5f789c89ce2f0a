"""One module that cannot be imported is named; all others and their tasks are there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery

from jobs.errors import UnknownTask
from jobs.params import registry
from jobs.params.task_modules import OddModule, import_tasks, odd_modules

GOOD = """
from celery import current_app


@current_app.task(name="{name}", shared=False)
def task() -> None: ...
"""
BROKEN = {
    "missing": (
        "import no_such_package_anywhere\n",
        "line 1: ModuleNotFoundError: No module named 'no_such_package",
    ),
    "syntax": ("def broken(:\n", "SyntaxError"),
    "raising": (
        "x = 1\nraise RuntimeError('no connection')\n",
        "line 2: RuntimeError: no connection",
    ),
    "exiting": ("import sys\nsys.exit(3)\n", "line 2: SystemExit: 3"),
    "recursing": ("def f(): f()\nf()\n", "RecursionError"),
    "asserting": ("assert False\n", "line 1: AssertionError"),
    "null": ("x = '\0'\n", "SyntaxError"),
}

Write = Callable[..., None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes modules into a package ``own`` on the path; all of it is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "__init__.py").touch()

    def write(**sources: str) -> None:
        for name, source in sources.items():
            (tmp_path / "own" / f"{name}.py").write_text(source)

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "own"]:
        del sys.modules[name]


def imported(app: Celery, *names: str) -> list[OddModule]:
    import_tasks(app, names)
    return odd_modules(app)


def test_each_broken_module_is_named_with_its_reason_and_the_others_are_there(
    app: Celery, package: Write
) -> None:
    sources = {f"m_{name}": source for name, (source, _) in BROKEN.items()}
    package(a_first=GOOD.format(name="own.first"), z_last=GOOD.format(name="own.last"), **sources)
    odd = {Path(one.place).stem: one.problem for one in imported(app, "own")}
    assert odd.keys() == sources.keys()
    for name, (_, told) in BROKEN.items():
        assert told in odd[f"m_{name}"], odd[f"m_{name}"]
    assert {"own.first", "own.last"} <= set(app.tasks)


def test_what_a_module_registered_before_it_failed_is_taken_back(
    app: Celery, package: Write
) -> None:
    package(half=GOOD.format(name="own.half") + "\nraise RuntimeError\n")
    imported(app, "own")
    assert "own.half" not in app.tasks


def test_what_it_had_imported_successfully_stays(app: Celery, package: Write) -> None:
    package(_helper=GOOD.format(name="own.helped"), uses="import own._helper\nraise RuntimeError\n")
    imported(app, "own")
    assert "own.helped" in app.tasks


def test_a_name_that_two_modules_claim_is_told_and_the_first_has_it(
    app: Celery, package: Write
) -> None:
    package(a=GOOD.format(name="own.same"), b=GOOD.format(name="own.same"))
    (odd,) = imported(app, "own")
    assert (
        odd.problem
        == "the task name 'own.same' is already taken by own.a.task; own.b.task is ignored"
    )
    assert Path(odd.place).name == "b.py"
    assert type(app.tasks["own.same"]).__module__ == "own.a"


def test_a_module_that_is_not_there_is_told(app: Celery) -> None:
    (odd,) = imported(app, "no.such.place")
    assert odd.problem == "there is no module 'no' on PYTHONPATH"


def test_a_package_that_cannot_be_imported_keeps_none_of_the_others_out(
    app: Celery, package: Write
) -> None:
    package(__init__="raise RuntimeError('closed')\n", inner=GOOD.format(name="own.inner"))
    odd = imported(app, "own", "own.inner", "tasks")
    assert {one.module for one in odd} == {"own", "own.inner"}
    assert "EchoTask" in app.tasks


def test_whoever_asks_for_a_task_of_a_broken_file_is_told_of_the_file(
    app: Celery, package: Write
) -> None:
    package(broken="raise RuntimeError('no connection')\n" + GOOD.format(name="own.wanted"))
    imported(app, "own")
    with pytest.raises(UnknownTask) as caught:
        registry.task_named("own.wanted")
    assert "broken.py cannot be imported, line 1: RuntimeError: no connection" in caught.value.hint
    assert registry.why_missing("something.else") == ""
