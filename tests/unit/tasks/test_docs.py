"""The pages about tasks say what is there, and their examples work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from celery._state import get_current_app

from jobs.errors import InvalidParams
from jobs.execution.app import JobsApp
from jobs.params import registry
from jobs.params.checks import check_params

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (DOCS / "howto/write-a-task.md").read_text(), re.DOTALL
)
SECTIONS = re.split(r"^## ", (DOCS / "reference/tasks.md").read_text(), flags=re.MULTILINE)[1:]
DOCUMENTED = [
    (name, section) for section in SECTIONS for name in section.partition("\n")[0].split(", ")
]


@pytest.fixture
def app() -> Iterator[Celery]:
    before = get_current_app()
    yield JobsApp("docs", set_as_current=True)
    before.set_current()


def from_example(app: Celery, number: int) -> list[registry.TaskInfo]:
    """The tasks that one example makes; for this app alone, as shared ones would be in every later
    one.
    """
    source = EXAMPLES[number].replace("@shared_task(", "@app.task(shared=False, ")
    exec(compile(source, f"example {number}", "exec"), {"__name__": f"example{number}", "app": app})
    return [registry.task_named(name) for name in re.findall(r'name="([^"]+)"', source)]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_makes_a_task_that_can_be_a_job(app: Celery, number: int) -> None:
    (info,) = from_example(app, number)
    assert info.summary.endswith(".")
    assert info.schema["properties"]


def test_the_first_example_does_what_it_says(app: Celery, tmp_path: Path) -> None:
    from_example(app, 0)
    for name in ("a.tmp", "b.tmp", "c.txt"):
        (tmp_path / name).touch()
    assert app.tasks["files.remove_old"](folder=str(tmp_path)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["c.txt"]


def test_the_refusal_quoted_in_the_how_to_is_the_real_one(app: Celery) -> None:
    from_example(app, 1)
    with pytest.raises(InvalidParams) as caught:
        check_params("reports.send", {"recipients": "me", "copys": 2})
    assert str(caught.value) in " ".join((DOCS / "howto/write-a-task.md").read_text().split())


def test_every_shipped_task_is_documented_with_every_parameter() -> None:
    known = registry.registered()
    shipped = {
        name: info
        for name, info in known.items()
        if registry.task_if_known(name).__module__.startswith("tasks.")
    }
    assert {name for name, _ in DOCUMENTED} == set(shipped)
    for name, section in DOCUMENTED:
        missing = [key for key in shipped[name].schema["properties"] if f"`{key}`" not in section]
        assert not missing, f"{name}: {missing}"
