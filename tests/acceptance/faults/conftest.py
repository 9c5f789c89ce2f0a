"""The fault plan's command line, its dice and its summary table."""

from __future__ import annotations

import os
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.faults import report
from tests.acceptance.faults.plan import PLAN
from tests.acceptance.faults.report import Row
from tests.acceptance.faults.scenario import Scenario
from tests.support import core

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "reference" / "reliability.md"
NUMBER = re.compile(r"test_(\d\d)_")
LONGEST_SCENARIO_SECONDS = 480
NOTED = "fault"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption(
        "--seed",
        type=int,
        help="the dice of the fault plan; printed, by default a new one each time",
    )
    group.addoption(
        "--without",
        default="",
        help="switch a mechanism off (see inside/switches.py), to see what it does",
    )
    group.addoption(
        "--sample", type=int, help="only so many scenarios, drawn by the seed from the core"
    )
    group.addoption(
        "--write-table",
        action="store_true",
        help="put the table into docs/reference/reliability.md",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """``-k 4`` is scenario 4 alone, not 14 and 24."""
    config.option.keyword = re.sub(
        r"\b\d+\b", lambda found: f"test_{int(found[0]):02d}_", config.option.keyword or ""
    )
    if getattr(config.option, "seed", None) is None:
        config.option.seed = int(
            os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(1_000_000)
        )
    os.environ["FAULT_SEED"] = str(config.option.seed)  # xdist's workers inherit it
    names = str(getattr(config.option, "without", "")).replace(",", " ").split()
    os.environ["FAULT_WITHOUT"] = " ".join(f"without_{name}" for name in names)


def pytest_report_header(config: pytest.Config) -> str:
    return f"faults: --seed {config.option.seed}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each scenario runs on the databases that the plan gives it."""
    found = NUMBER.match(metafunc.function.__name__)
    if found and "scenario" in metafunc.fixturenames:
        metafunc.parametrize("scenario", PLAN[int(found[1])].databases, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    scenarios = [item for item in items if NUMBER.match(item.name)]
    for item in scenarios:
        item.add_marker(pytest.mark.timeout(LONGEST_SCENARIO_SECONDS))
    if config.option.sample:
        drawn = _draw(scenarios, config.option.sample, config.option.seed)
        core.leave_out(config, items, [item for item in items if item not in drawn], core.NOT_DRAWN)


def _draw(scenarios: list[pytest.Item], number: int, seed: int) -> list[pytest.Item]:
    """So many different scenarios, each on one of its databases; the same for the same seed."""
    dice = random.Random(seed)
    by_name: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in sorted(scenarios, key=lambda item: item.name):
        if not core.reason_of(item):
            by_name[item.name.partition("[")[0]].append(item)
    return [
        dice.choice(by_name[name])
        for name in dice.sample(sorted(by_name), min(number, len(by_name)))
    ]


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Iterator[Scenario]:
    """The scenario of the test's number, on the database of its parameter."""
    found = NUMBER.match(request.node.name)
    assert found
    made = Scenario(PLAN[int(found[1])], request.config.option.seed, request.param)
    yield made
    row = {
        "number": made.planned.number,
        "database": made.database,
        "seed": made.seed,
        "figures": made.figures,
    }
    request.node.user_properties.append((NOTED, row))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = sorted(_rows(terminalreporter), key=lambda row: row.order)
    if not rows:
        return
    terminalreporter.section(f"fault plan, --seed {config.option.seed}")
    for line in report.as_text(rows):
        terminalreporter.line(line)
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    (folder / "faults.json").write_text(report.as_json(rows))
    (folder / "faults.md").write_text(report.as_markdown(rows))
    if config.option.write_table:
        report.replace_table(PAGE, report.as_markdown(rows))


def _rows(terminalreporter: Any) -> Iterator[Row]:
    reports = [
        one
        for some in terminalreporter.stats.values()
        for one in some
        if isinstance(one, pytest.TestReport)
    ]
    failed = {one.nodeid: one for one in reports if one.failed}
    calls = {one.nodeid: one.duration for one in reports if one.when == "call"}
    for ended in reports:
        noted: Any = dict(ended.user_properties).get(NOTED)
        if noted is None or ended.when != "teardown":
            continue
        figure = ", ".join(noted["figures"])
        if error := failed.get(ended.nodeid):
            figure = f"{figure}; {_first_line(error)}".lstrip("; ")
        verdict = "fails" if ended.nodeid in failed else "passes"
        yield Row(
            noted["number"],
            noted["database"],
            figure,
            verdict,
            calls.get(ended.nodeid, 0.0),
            noted["seed"],
        )


def _first_line(error: Any) -> str:
    crash = getattr(error.longrepr, "reprcrash", None)
    text = str(crash.message if crash else error.longrepr)
    return text.splitlines()[0][:160] if text else ""
