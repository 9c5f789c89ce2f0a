"""bin/test: what it makes of its words, and of what came of each part."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.gate import (
    BY_TEST,
    INTERRUPTED,
    NOTHING_FOUND,
    PASSED,
    Ended,
    Part,
    Runner,
    command,
    status_of,
    summary,
    take_seed,
    tiers,
)
from tests.support.processes import BASE_DIR

FILES = {
    "passes": "def test_one(): pass\ndef test_two(): pass",
    "fails": "def test_one(): assert 0\ndef test_two(): pass",
    "broken": "import nothing_of_this_name",
    "empty": "",
    "later": "@only_in_all(reason='it takes hours')\ndef test_one(): pass\ndef test_two(): pass",
    "all_later": "pytestmark = only_in_all(reason='it takes hours')\ndef test_one(): pass",
    "no_reason": "@only_in_all\ndef test_one(): pass",
    "one_word": "@only_in_all(reason='slow')\ndef test_one(): pass",
    "drawn": (
        "@mark.drawn(most=2, reason='each takes a minute')\n"
        "@mark.parametrize('case', [1, 2, 3, 4, param(5, marks=only_in_all(reason='it takes "
        "hours'))])\n"
        "def test_one(case): print('ran', case)"
    ),
    "drawn_tests": "pytestmark = mark.drawn(most=1, reason='each takes a minute')\n"
    "def test_one(): pass\ndef test_two(): pass\n"
    "@mark.drawn(most=2, reason='each takes a second')\n"
    "@mark.parametrize('case', [1, 2, 3])\ndef test_three(case): pass",
    "either": "pytestmark = mark.either_database(reason='it takes hours')\ndef test_one(): "
    "print('ran')",
    "turn_one": "pytestmark = mark.takes_turns(reason='it takes some minutes')\ndef "
    "test_one(): print('ran one')",
    "turn_two": "pytestmark = mark.takes_turns(reason='it takes some minutes')\ndef "
    "test_one(): print('ran two')",
    "drawn_by_chance": "@mark.drawn(reason='each takes a minute')\ndef test_one(): pass",
}
# Passes only while the others run as well.
MEETING = """
import pathlib
import time


def test_it():
    here = pathlib.Path(__file__).parent
    print("{name} begins")
    (here / "{name}.here").touch()
    until = time.monotonic() + 60
    while len(list(here.glob("*.here"))) < 3:
        assert time.monotonic() < until
        time.sleep(0.01)
    print("{name} ends")
"""
SHARED = """
import os
import pathlib
import pytest


@pytest.fixture(scope="module")
def costly():
    pathlib.Path(__file__).with_name(f"{os.getpid()}.made").touch()


@pytest.mark.parametrize("case", range(4))
def test_it(costly, case):
    pass
"""
IMPORT = "from pytest import mark, param\nonly_in_all = mark.only_in_all\n"


def run(folder: Path, kind: str, *words: str) -> Ended:
    """What comes of a part whose one file is of this kind."""
    path = folder / f"test_{kind}.py"
    path.write_text(IMPORT + FILES[kind])
    # Without the installed plugins, which take longer to load than all of this.
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    parts = (str(path), f"--rootdir={folder}", "-p", "tests.support.core", "-p", "xdist")
    return Runner().run(Part(kind, parts, alone), words)


@pytest.mark.parametrize(
    ("kind", "words", "status", "counts"),
    [
        ("passes", (), 0, {"passed": 2}),
        ("passes", ("-n", "2"), 0, {"passed": 2}),
        ("passes", ("-k", "two"), 0, {"passed": 1}),
        ("fails", (), 1, {"passed": 1, "failed": 1}),
        ("broken", (), 2, {"error": 1}),
        ("empty", (), 5, {}),
        ("later", (), 0, {"passed": 2}),
        ("later", ("--core",), 0, {"passed": 1, "left out": 1}),
        ("later", ("--core", "-n", "2"), 0, {"passed": 1, "left out": 1}),
        ("all_later", ("--core",), 5, {"left out": 1}),
        ("no_reason", (), 4, {}),
        ("one_word", (), 4, {}),
        ("drawn", (), 0, {"passed": 5}),
        ("drawn", ("--core",), 0, {"passed": 2, "left out": 1, "not drawn": 2}),
        ("drawn", ("--core", "-n", "2"), 0, {"passed": 2, "left out": 1, "not drawn": 2}),
        ("drawn_tests", (), 0, {"passed": 5}),
        ("drawn_tests", ("--core",), 0, {"passed": 3, "not drawn": 2}),
        ("either", ("--databases=this that",), 0, {"passed": 1}),
        ("either", ("--core",), 0, {"passed": 1}),
        ("either", ("--core", "--databases=this that"), 5, {"not drawn": 1}),
        ("drawn_by_chance", (), 4, {}),
    ],
)
def test_a_part_ends_as_pytest_does_and_is_counted(
    tmp_path: Path, kind: str, words: tuple[str, ...], status: int, counts: dict[str, int]
) -> None:
    ended = run(tmp_path, kind, *words)
    assert (ended.status, ended.counts) == (status, counts)


def test_parts_beside_each_other_print_one_after_the_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two", "three"):
        tmp_path.joinpath(f"test_{name}.py").write_text(MEETING.format(name=name))
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = (f"--rootdir={tmp_path}", "-p", "tests.support.core", "-s", "-q")
    parts = [
        Part(name, (str(tmp_path / f"test_{name}.py"), *words), alone)
        for name in ("one", "two", "three")
    ]

    ended = Runner().run_beside([(part, ()) for part in parts])

    assert [(one.name, one.counts) for one in ended] == [
        (name, {"passed": 1}) for name in ("one", "two", "three")
    ]
    printed = capfd.readouterr().out
    assert re.findall(r"\w+ (?:begins|ends)", printed) == [
        f"{name} {what}" for name in ("one", "two", "three") for what in ("begins", "ends")
    ]
    assert "== two, beside one" in printed


def test_what_shares_a_fixture_of_its_file_runs_in_one_process(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tmp_path.joinpath("conftest.py").write_text(
        "from tests.acceptance.conftest import pytest_collection_modifyitems"
    )
    tmp_path.joinpath("test_shared.py").write_text(SHARED)
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = (
        str(tmp_path),
        f"--rootdir={tmp_path}",
        "-p",
        "tests.support.core",
        "-p",
        "xdist",
        *BY_TEST,
    )
    assert Runner().run(Part("shared", words, alone), ()).counts == {"passed": 4}
    assert len(list(tmp_path.glob("*.made"))) == 1


def test_what_is_left_out_is_listed_with_its_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "later", "--left-out", "-q")
    printed = capfd.readouterr().out
    assert "it takes hours\n    test_later.py::test_one\n" in printed
    assert "test_two" not in printed


def test_cases_to_draw_from_are_listed_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "drawn", "--left-out", "-q")
    assert (
        "2 drawn of 4: each takes a minute\n    test_drawn.py::test_one[1]\n"
        in capfd.readouterr().out
    )


def test_a_seed_draws_the_same_cases_and_another_seed_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    for seed in (0, 0, 1, 2, 3, 4):
        monkeypatch.setenv("FAULT_SEED", str(seed))
        run(tmp_path, "drawn", "--core", "-q", "-s")
        drawn.append(tuple(re.findall(r"ran \d", capfd.readouterr().out)))
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1


def test_what_is_for_either_database_runs_on_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []
    for seed in map(str, range(6)):
        monkeypatch.setenv("FAULT_SEED", seed)
        for database in ("this", "that"):
            monkeypatch.setenv("TEST_DATABASE", database)
            ran.append(
                (seed, database, run(tmp_path, "either", "--core", "--databases=this that").counts)
            )
    on = [(seed, database) for seed, database, counts in ran if counts == {"passed": 1}]
    assert [seed for seed, _ in on] == list("012345")
    assert {database for _, database in on} == {"this", "that"}


def test_of_files_that_take_turns_half_are_in_the_core(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_turn_two.py").write_text(IMPORT + FILES["turn_two"])
    ran = []
    for seed in map(str, range(6)):
        monkeypatch.setenv("FAULT_SEED", seed)
        assert run(tmp_path, "turn_one", "--core", "-s",
                   str(tmp_path / "test_turn_two.py")).counts == {
            "passed": 1, "not drawn": 1,
        }  # fmt: skip
        ran += re.findall(r"ran \w+", capfd.readouterr().out)
    assert set(ran) == {"ran one", "ran two"}


@pytest.mark.parametrize(
    ("statuses", "chosen", "status"),
    [
        ([0, 0], False, PASSED),
        ([0, 1, 0], False, 1),
        ([0, 1, 0], True, 1),
        ([4, 0], False, 4),
        ([0, NOTHING_FOUND], False, NOTHING_FOUND),  # a tier is gone
        ([0, NOTHING_FOUND], True, PASSED),  # -k has chosen among the others
        ([1, NOTHING_FOUND], True, 1),
        ([NOTHING_FOUND, NOTHING_FOUND], True, NOTHING_FOUND),
        ([NOTHING_FOUND], False, NOTHING_FOUND),
        ([0, INTERRUPTED], True, INTERRUPTED),
        ([137], False, 137),
        ([], True, NOTHING_FOUND),
    ],
)
def test_the_whole_fails_if_a_part_fails_or_nothing_ran(
    statuses: list[int], chosen: bool, status: int
) -> None:
    assert status_of([Ended("one", each, 1, {}) for each in statuses], chosen=chosen) == status


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--seed", "7", "-x"], ("7", ["-x"])),
        (["-k", "kill", "--seed=8"], ("8", ["-k", "kill"])),
    ],
)
def test_the_seed_is_for_the_fault_plan_alone(
    words: list[str], expected: tuple[str, list[str]]
) -> None:
    assert take_seed(words) == expected


def test_without_a_seed_one_is_drawn() -> None:
    assert take_seed([])[0].isdigit()


def test_every_folder_of_tests_is_a_tier() -> None:
    folders = {path.parent for path in (BASE_DIR / "tests").rglob("test_*.py")}
    named = [
        BASE_DIR / word for tier in tiers().values() for part in tier for word in part.words[:1]
    ]
    assert [
        str(folder) for folder in folders if not any(folder.is_relative_to(one) for one in named)
    ] == []


def test_every_command_that_is_no_test_is_there() -> None:
    words = [
        command(part, [])[0] for tier in tiers().values() for part in tier if not part.is_pytest
    ]
    assert words
    assert all((BASE_DIR / word).is_file() for word in words)


def test_the_summary_says_what_ran_how_long_and_what_is_left() -> None:
    ended = [
        Ended("lint", 0, 18.4, {}),
        Ended("unit", 0, 61.0, {"passed": 1324, "left out": 0}),
        Ended("browser", 1, 5.0, {"passed": 70, "failed": 2, "skipped": 1, "left out": 11}),
        Ended("faults", 5, 1.0, {"not drawn": 30}),
        Ended("acceptance", 4, 1.0, {}),
    ]
    assert list(summary(ended, 1, seed="7", core=True, seconds=86)) == [
        "  lint                        0:18  passed",
        "  unit                        1:01  1,324 passed",
        "  browser                     0:05  70 passed, 2 failed, 1 skipped, 11 left out",
        "  faults                      0:01  found no test, 30 not drawn",
        "  acceptance                  0:01  failed (4)",
        "What was drawn, and the fault plan's dice: --seed 7",
        (
            "Left to bin/test all: 11 tests, and 30 cases that were not drawn (bin/test left-out "
            "says why)"
        ),
        "bin/test FAILED (1) in 1:26",
    ]
    *_, verdict = summary(ended[:2], 0, seed="7", core=False, seconds=79.4)
    assert verdict == "bin/test all passed in 1:19"
