"""What the wheel's modules say otherwise than the checkout's: the names of what they import, and
nothing else.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.processes import BASE_DIR


def _assembling() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "assembling", BASE_DIR / "deploy/wheel/assembling.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ASSEMBLING = _assembling()
MODULES = ASSEMBLING.Modules(BASE_DIR)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from jobs.models import Job\n", "from beatwright.jobs.models import Job\n"),
        ("from jobs import conf\n", "from beatwright.jobs import conf\n"),
        ("import tasks\n", "import beatwright.tasks as tasks\n"),
        ("import jobs.models.ids\nx = jobs.models.ids.new_id\n",
         "import beatwright.jobs.models.ids\nx = beatwright.jobs.models.ids.new_id\n"),
        ('PATH = "jobs.execution.task:JobTask"\n',
         'PATH = "beatwright.jobs.execution.task:JobTask"\n'),
        ('é = ["é", "jobs.conf"]\n', 'é = ["é", "beatwright.jobs.conf"]\n'),
        ('f"jobs.api.views.{name}"\n', 'f"beatwright.jobs.api.views.{name}"\n'),
        ('["-A", "scheduler_site"]\n', '["-A", "beatwright.scheduler_site"]\n'),
    ],
)  # fmt: skip
def test_a_name_of_a_module_is_the_name_that_it_has_in_the_wheel(
    source: str, expected: str
) -> None:
    assert ASSEMBLING.rewritten(source, MODULES) == expected


@pytest.mark.parametrize(
    "source",
    [
        'keys = ["jobs", "tasks", "jobs.csv", "jobs/{id}/"]\n',
        "jobs = stored.jobs\nnames = [job.name for job in jobs.values()]\n",
        'text = f"{jobs.count} jobs.models"\n',
        "from django.conf import settings\n",
    ],
)
def test_nothing_else_is_touched(source: str) -> None:
    assert ASSEMBLING.rewritten(source, MODULES) == source


def test_no_module_of_the_package_imports_one_by_the_name_it_has_in_the_checkout(
    tmp_path: Path,
) -> None:
    ASSEMBLING.assemble(BASE_DIR, tmp_path / "beatwright")
    top = {name for path in (tmp_path / "beatwright").rglob("*.py") for name in _imported(path)}
    assert "beatwright" in top
    assert not top & {"jobs", "tasks", "scheduler_site"}


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    return names
