"""Python source is accounted for: each mention of the schedule is an entry, is passed over, or is
named.
"""

from __future__ import annotations

import pytest

from jobs.importers.contents.base import Hints
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.files.reading import read_documents

A = "{'task': 'EchoTask', 'schedule': 60}"
B = "{'task': 'EchoTask', 'schedule': 120}"
SET = f"CELERY_BEAT_SCHEDULE = {{'a': {A}}}\n"


def read(text: str, zone: str = "") -> Reading:
    return read_documents([Document("settings.py", text, told=Hints(zone=zone))])


def times(text: str) -> dict[str, str]:
    reading = read(text)
    assert [str(problem) for problem in reading.problems] == []
    return {draft.name: draft.values["schedule"] for draft in reading.drafts}


def named(text: str, zone: str = "") -> list[tuple[int, str]]:
    return [(problem.line, problem.job) for problem in read(text, zone).problems]


BOTH = {"a": "@every 1m", "b": "@every 2m"}


@pytest.mark.parametrize(
    "more",
    [
        f"CELERY_BEAT_SCHEDULE['b'] = {B}",
        f"CELERY_BEAT_SCHEDULE.update({{'b': {B}}})",
        f"CELERY_BEAT_SCHEDULE.update(b={B})",
        f"CELERY_BEAT_SCHEDULE.setdefault('b', {B})",
        f"CELERY_BEAT_SCHEDULE |= {{'b': {B}}}",
        f"CELERY_BEAT_SCHEDULE = {{**CELERY_BEAT_SCHEDULE, 'b': {B}}}",
        f"CELERY_BEAT_SCHEDULE = CELERY_BEAT_SCHEDULE | {{'b': {B}}}",
        f"if True:\n    CELERY_BEAT_SCHEDULE['b'] = {B}",
        f"DEBUG = False\nif not DEBUG:\n    CELERY_BEAT_SCHEDULE['b'] = {B}",
        f"with suppress(KeyError):\n    CELERY_BEAT_SCHEDULE['b'] = {B}",
        f"MORE = {{'b': {B}}}\nCELERY_BEAT_SCHEDULE.update({{**MORE}})",
        f"def setup(app):\n    CELERY_BEAT_SCHEDULE['b'] = {B}",
        (
            f"CELERY_BEAT_SCHEDULE['b'] = {B}\nCELERY_BEAT_SCHEDULE['c'] = {B}\ndel "
            "CELERY_BEAT_SCHEDULE['c']"
        ),
        (
            f"CELERY_BEAT_SCHEDULE['b'] = {B}\nCELERY_BEAT_SCHEDULE['c'] = "
            f"{B}\nCELERY_BEAT_SCHEDULE.pop('c')"
        ),
        f"ENTRY = {B}\nCELERY_BEAT_SCHEDULE['b'] = ENTRY",
        f"MORE = {{'b': {B}}}\nCELERY_BEAT_SCHEDULE.update(MORE)",
        f"MORE = {{'a': {A}, 'b': {B}}}\nCELERY_BEAT_SCHEDULE = MORE",
        f"NAME = 'b'\nCELERY_BEAT_SCHEDULE[NAME] = {B}",
        f"CELERY_BEAT_SCHEDULE['b'] = {B}\napp.conf.beat_schedule = CELERY_BEAT_SCHEDULE",
    ],
)
def test_a_schedule_that_is_filled_statement_by_statement_is_read_whole(more: str) -> None:
    assert times(SET + more) == BOTH


@pytest.mark.parametrize(
    "text",
    [
        "app.conf.update(beat_schedule={'a': %s, 'b': %s})",
        "app.conf.update({'beat_schedule': {'a': %s, 'b': %s}})",
        "app.conf['beat_schedule'] = {'a': %s, 'b': %s}",
        "app = Celery('shop', beat_schedule={'a': %s, 'b': %s})",
        "CELERY = {'broker_url': 'redis://', 'beat_schedule': {'a': %s, 'b': %s}}",
        "app.config.from_mapping(CELERY=dict(beat_schedule={'a': %s, 'b': %s}))",
        (
            "def make():\n    app.conf.beat_schedule = {'a': %s}\n    app.conf.beat_schedule['b'] "
            "= %s\n    return app"
        ),
        "class Config:\n    beat_schedule = {'a': %s}\n    beat_schedule['b'] = %s",
    ],
)
def test_the_apps_own_configuration_is_read(text: str) -> None:
    assert times(text % (A, B)) == BOTH


@pytest.mark.parametrize(
    ("more", "line", "job"),
    [
        (f"if os.environ.get('X'):\n    CELERY_BEAT_SCHEDULE['b'] = {B}", 3, "b"),
        (
            (
                f"try:\n    import x\n    CELERY_BEAT_SCHEDULE['b'] = {B}\nexcept ImportError:\n   "
                " pass"
            ),
            4,
            "b",
        ),
        (f"while busy():\n    CELERY_BEAT_SCHEDULE['b'] = {B}", 3, "b"),
        ("for name in names:\n    CELERY_BEAT_SCHEDULE['b'] = make(name)", 3, "b"),
        ("CELERY_BEAT_SCHEDULE.update(more())", 2, ""),
        ("MORE = {}\nMORE['b'] = make()\nCELERY_BEAT_SCHEDULE.update(MORE)", 4, ""),
        (f"MORE = {{'b': {B}}}\nX = MORE.pop('b')\nCELERY_BEAT_SCHEDULE.update(MORE)", 4, ""),
        ("MORE = {}\nMORE.update(make())\nCELERY_BEAT_SCHEDULE.update(MORE)", 4, ""),
        ("CELERY_BEAT_SCHEDULE.update(**more)", 2, ""),
        ("fill(CELERY_BEAT_SCHEDULE)", 2, ""),
        ("for entry in CELERY_BEAT_SCHEDULE.values():\n    entry['options'] = {}", 2, ""),
        ("CELERY_BEAT_SCHEDULE['a']['schedule'] = 5", 2, ""),
        ("if os.environ.get('X'):\n    del CELERY_BEAT_SCHEDULE['a']", 1, "a"),
        ("del CELERY_BEAT_SCHEDULE[name()]", 2, ""),
        ("app.add_periodic_task(5, add.s(), name='b')", 2, "b"),
        (f"app.conf.beat_schedule = {{'b': {B}}}", 2, "b"),
        (f"class Other:\n    CELERY_BEAT_SCHEDULE = {{'b': {B}}}", 3, "b"),
        ("CELERY_BEAT_SCHEDULE['b'] = {**defaults, 'schedule': 5}", 2, "b"),
    ],
)
def test_what_only_running_could_tell_is_named_with_its_line(
    more: str, line: int, job: str
) -> None:
    assert named(SET + more) == [(line, job)]


def test_both_branches_of_an_open_condition_are_named_and_neither_is_guessed() -> None:
    text = (
        f"if os.environ.get('X'):\n    beat_schedule = {{'a': {A}}}\nelse:\n    "
        f"beat_schedule = {{'a': {B}, 'b': {B}}}"
    )
    assert [job for _, job in named(text)] == ["a", "b"]
    assert read(text).drafts == []


def test_a_branch_that_does_not_run_is_passed_over_and_said() -> None:
    reading = read(f"{SET}DEBUG = False\nif DEBUG:\n    CELERY_BEAT_SCHEDULE['b'] = {B}")
    assert [draft.name for draft in reading.drafts] == ["a"]
    assert [(warning.line, "does not hold" in warning.message) for warning in reading.warnings] == [
        (4, True)
    ]


def test_a_schedule_that_is_set_anew_replaces_the_one_before_and_says_so() -> None:
    reading = read(f"{SET}CELERY_BEAT_SCHEDULE = {{'b': {B}}}")
    assert [draft.name for draft in reading.drafts] == ["b"]
    assert "what line 1 says is over: a" in reading.warnings[0].message


def test_a_constant_has_the_value_of_its_line() -> None:
    entry = "{'task': 'EchoTask', 'schedule': EVERY}"
    assert times(
        f"EVERY = 60\nbeat_schedule = {{'a': {entry}}}\nEVERY = 5\nbeat_schedule['b'] = {entry}"
    ) == {
        "a": "@every 1m",
        "b": "@every 5s",
    }
    assert named(f"EVERY = 60\nif x():\n    EVERY = 5\nbeat_schedule = {{'a': {entry}}}") == [
        (4, "a")
    ]


def test_a_span_has_its_seconds_wherever_it_is_used() -> None:
    text = (
        "PERIOD = timedelta(minutes=1)\nSECONDS = PERIOD.total_seconds()\nbeat_schedule = "
        "{'a': {'task': 'EchoTask', "
    )
    (draft,) = read(
        text + "'schedule': PERIOD, 'options': {'expires': PERIOD.total_seconds()}}}"
    ).drafts
    assert (draft.values["schedule"], draft.values["start_deadline_seconds"]) == ("@every 1m", 60)


@pytest.mark.parametrize("other", ["settings.CELERY_BEAT_SCHEDULE", "config['beat_schedule']"])
def test_a_schedule_that_is_another_files_is_named(other: str) -> None:
    (problem,) = read(f"app.conf.beat_schedule = {other}").problems
    assert "the schedule is set in another file" in problem.message


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0, 4)",
        "crontab.from_string('0 4 * * *')",
        "celery.schedules.crontab(hour=int('4'), minute=0)",
    ],
)
def test_a_crontab_by_another_name_is_known(schedule: str) -> None:
    text = (
        "from celery.schedules import crontab as cron\nbeat_schedule = {'a': {'task': "
        "'EchoTask', 'schedule': %s}}"
    )
    assert times(text % schedule) == {"a": "0 4 * * *"}


@pytest.mark.parametrize(
    "setting",
    [
        "CELERY_TIMEZONE = 'Asia/Tokyo'",
        "TIME_ZONE = 'Asia/Tokyo'\nCELERY_TIMEZONE = TIME_ZONE",
        "app.conf.timezone = 'Asia/Tokyo'",
        "app.conf.update(timezone='Asia/Tokyo')",
        "app.conf.update({'timezone': 'Asia/Tokyo'})",
        "app.conf['timezone'] = 'Asia/Tokyo'",
        "app = Celery('shop', timezone='Asia/Tokyo')",
        "CELERY_TIMEZONE = ZoneInfo('Asia/Tokyo')",
        "timezone = 'Asia/Tokyo'",
    ],
)
def test_the_zone_of_the_file_is_the_zone_of_its_times(setting: str) -> None:
    text = "CELERY_BEAT_SCHEDULE = {'a': {'task': 'EchoTask', 'schedule': crontab(0, 4)}}\n"
    for source in (text + setting, setting + "\n" + text):
        assert read(source, zone="Europe/Rome").drafts[0].values["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    "other",
    [
        "timezone = now().tzinfo",
        "def f():\n    timezone = 'Asia/Tokyo'",
        "from django.utils import timezone",
    ],
)
def test_another_variable_of_that_name_is_no_zone(other: str) -> None:
    (draft,) = read(SET + other, zone="Europe/Rome").drafts
    assert draft.values["timezone"] == "UTC"  # an interval has none
    assert read(SET + other).problems == []


@pytest.mark.parametrize(
    "text",
    [
        f"from .base import *\nCELERY_BEAT_SCHEDULE['b'] = {B}",
        f"app.conf.beat_schedule.update({{'b': {B}}})",
        f"app.conf.beat_schedule['b'] = {B}",
    ],
)
def test_a_schedule_that_begins_in_another_file_is_said(text: str) -> None:
    reading = read(text)
    assert [draft.name for draft in reading.drafts] == ["b"]
    assert "a schedule that this file does not set" in reading.warnings[-1].message


def test_json_names_its_zone_beside_the_schedule() -> None:
    text = (
        '{"timezone": "Asia/Tokyo", "beat_schedule": {"a": {"task": "EchoTask", "schedule": '
        '"0 4 * * *"}}}'
    )
    assert read(text).drafts[0].values["timezone"] == "Asia/Tokyo"


def test_a_zone_that_cannot_be_read_holds_the_file_back_until_it_is_said() -> None:
    text = SET + "CELERY_TIMEZONE = os.environ['TZ']"
    (problem,) = read(text).problems
    assert (problem.line, "say it with --timezone" in problem.hint) == (2, True)
    assert named(text, zone="Europe/Rome") == []


def test_a_name_that_comes_from_elsewhere_is_said() -> None:
    reading = read(f"from base import CELERY_BEAT_SCHEDULE\nCELERY_BEAT_SCHEDULE['b'] = {B}")
    assert [draft.name for draft in reading.drafts] == ["b"]
    assert (
        "what CELERY_BEAT_SCHEDULE holds in base is not in this file" in reading.warnings[0].message
    )


@pytest.mark.parametrize(
    "text",
    [
        '"""Docs."""\nfrom celery import Celery\napp = Celery()',
        "# mine\nimport os\n",
        "def f():\n    pass\n",
    ],
)
def test_a_program_without_a_schedule_is_called_what_it_is(text: str) -> None:
    with pytest.raises(UnreadableFile, match="is Python that sets no beat_schedule") as caught:
        Document("settings.py", text)
    assert "--celery-app" in caught.value.hint


def test_names_that_double_are_bounded() -> None:
    lines = ["V0 = [1]", *(f"V{n} = [V{n - 1}, V{n - 1}]" for n in range(1, 40))]
    text = "\n".join(
        [*lines, "beat_schedule = {'a': {'task': 'EchoTask', 'schedule': 5, 'args': V39}}"]
    )
    assert "it is too large" in str(read(text).problems[0])
