"""What each format makes of a file, before anything is compared with the database."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import read_documents


def read(text: str, name: str = "schedule.json") -> Reading:
    return read_documents([Document(name, text, source=f"/srv/{name}")])


def values(reading: Reading) -> list[dict[str, Any]]:
    assert not reading.problems
    return [draft.values for draft in reading.drafts]


def told(reading: Reading) -> str:
    assert not reading.drafts
    return "\n".join(map(str, reading.problems))


def test_gsched_current_form() -> None:
    text = """{"jobs": [{"jobName": "FrequentLogger", "priority": 1, "taskName": "LogTask",
                         "taskParams": {"message": "hello"}, "cronTime": "*/5 * * * *"}]}"""
    assert values(read(text)) == [
        {
            "name": "FrequentLogger",
            "task": "LogTask",
            "params": {"message": "hello"},
            "schedule": "*/5 * * * *",
            "day_rule": "or",
            "priority": 1,
            "source": "/srv/schedule.json",
        }
    ]


@pytest.mark.parametrize(
    ("cron", "rule"),
    [("0 0 13 * 5", "and"), ("0 0 13 * *", "or"), ("0 0 * * 5", "or"), ("@daily", "or")],
)
def test_gsched_runs_on_days_that_match_both_day_fields(cron: str, rule: str) -> None:
    text = f'{{"jobs": [{{"jobName": "a", "taskName": "EchoTask", "cronTime": "{cron}"}}]}}'
    assert values(read(text))[0]["day_rule"] == rule


@pytest.mark.parametrize("params", ["", '"taskParams": {},', '"taskParams": null,'])
def test_gsched_params_may_be_missing_or_empty(params: str) -> None:
    text = (
        f'{{"jobs": [{{"jobName": "a", "taskName": "EchoTask", {params} "cronTime": "@hourly"}}]}}'
    )
    assert values(read(text))[0]["params"] == {}


def test_gsched_older_form_names_the_task_under_job() -> None:
    text = '{"jobs": [{"jobName": "a", "priority": 2, "job": "cleanup", "cronTime": "0 0 * * *"}]}'
    reading = read(text)
    assert values(reading)[0] | {"task": "cleanup", "params": {}} == values(reading)[0]
    assert "jobs[0].job" in str(reading.drafts[0].problem("task", "unknown task"))


def test_gsched_keys_are_read_in_any_case() -> None:
    text = '{"jobs": [{"JOBNAME": "a", "taskname": "EchoTask", "CronTime": "@hourly"}]}'
    assert values(read(text))[0]["task"] == "EchoTask"


def test_keys_that_an_old_system_did_not_know_are_warned_of() -> None:
    reading = read(
        '{"jobs": [{"jobName": "a", "taskName": "EchoTask", "cronTime": "@hourly", '
        '"taskParam": {}}]}'
    )
    assert values(reading)[0]["params"] == {}
    assert "taskParam: is not known here and was ignored (did you mean 'taskParams'?)" in str(
        reading.warnings[0]
    )


def test_gsched_says_what_is_missing_and_where() -> None:
    text = (
        '{"jobs": [\n{"jobName": "a", "taskName": "EchoTask"},\n{"jobName": "b", '
        '"cronTime": "@hourly"}]}'
    )
    assert told(read(text)).splitlines() == [
        "schedule.json:2:1 at jobs[0].cronTime: job 'a', cronTime: is required",
        "schedule.json:3:1 at jobs[1]: job 'b', taskName is required",
    ]


@pytest.mark.parametrize("priority", ['"high"', "1.5", "true", "[]"])
def test_gsched_priority_is_a_whole_number(priority: str) -> None:
    known = '"jobName": "a", "taskName": "T", "cronTime": "@hourly"'
    text = f'{{"jobs": [{{{known}, "priority": {priority}}}]}}'
    assert "priority: must be an integer" in told(read(text))


def test_taskmanager_becomes_queue_task_and_params() -> None:
    text = """[{"Id": "1", "Cron": "* * * * * *", "Topic": "taskTopic",
                "TaskMessageTemplate": {
                    "TaskProcessorName": "github.com/x/processor.InvoiceProcessor",
                    "TaskParam": "task param xyz", "Payload": ["Ireland", "Germany"]}}]"""
    assert values(read(text, "cron-a.json")) == [
        {
            "name": "cron-a:InvoiceProcessor:1",
            "task": "InvoiceProcessor",
            "params": {"task_param": "task param xyz", "payload": ["Ireland", "Germany"]},
            "schedule": "* * * * * *",
            "queue": "taskTopic",
            "source": "/srv/cron-a.json",
        }
    ]


def taskmanager_file(cron: str) -> str:
    template = '{"TaskProcessorName": "p.EchoTask"}'
    return f'[{{"Id": 7, "Cron": "{cron}", "TaskMessageTemplate": {template}}}]'


@pytest.mark.parametrize("cron", ["* * * *", "0 0 9 * * * *"])
def test_taskmanager_cron_has_six_fields_with_the_seconds_first(cron: str) -> None:
    assert "Cron: must have six fields, seconds first" in told(read(taskmanager_file(cron)))


def test_five_fields_of_taskmanager_are_its_first_five_and_that_is_said() -> None:
    reading = read(taskmanager_file("0 */5 8-18 * *"))
    assert values(reading)[0]["schedule"] == "0 */5 8-18 * * *"
    assert "Cron: has five fields: second to month" in str(reading.warnings[0])


@pytest.mark.parametrize("cron", ["@every 1h30m", "@hourly", "0 0 9 * * *"])
def test_taskmanager_macros_and_six_fields_are_taken(cron: str) -> None:
    template = '{"TaskProcessorName": "EchoTask"}'
    text = f'[{{"Id": 7, "Cron": "{cron}", "TaskMessageTemplate": {template}}}]'
    assert values(read(text))[0]["schedule"] == cron


def test_our_own_form_fills_what_is_left_out_with_defaults() -> None:
    found = values(
        read(
            '{"jobs": [{"name": "a", "task": "EchoTask", "schedule": "@hourly", "priority": '
            '"high"}]}'
        )
    )[0]
    assert found["priority"] == 10
    assert found["misfire_policy"] == "latest"
    assert found["timeout_seconds"] is None


def test_our_own_form_refuses_an_unknown_field_with_a_guess() -> None:
    text = '{"jobs": [{"name": "a", "task": "T", "schedule": "@hourly",\n "timeout_second": 5}]}'
    expected = (
        "schedule.json:2:20 at jobs[0].timeout_second: job 'a', timeout_second: is not a field "
        "of a job "
        "(did you mean 'timeout_seconds'?)"
    )
    assert told(read(text)) == expected


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ('"params": []', "params: must be an object"),
        ('"name": 5', "name: must be a string"),
        ('"starts_at": "2026-01-01T00:00:00"', "starts_at: must carry a time zone"),
        ('"starts_at": 1700000000', "starts_at: must be a date and time such as"),
        ('"starts_at": "0001-01-01T00:00:00+14:00"', "starts_at: is too far away"),
        (
            '"priority": "urgent"',
            "priority: must be a whole number or one of low, normal, high, critical",
        ),
        (
            '"overlap_policy": "stop"',
            "overlap_policy: must be 'allow', 'skip', 'queue' or 'cancel_running'",
        ),
        ('"enabled": "no"', "enabled: must be true or false"),
        ('"tags": "x"', "tags: must be a list"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_in_plain_words(field: str, message: str) -> None:
    key, _, value = field.partition(": ")
    members = {'"name"': '"a"', '"task"': '"T"', '"schedule"': '"@hourly"'} | {key: value}
    text = ", ".join(f"{key}: {value}" for key, value in members.items())
    assert message in told(read(f'{{"jobs": [{{{text}}}]}}'))


def test_the_content_decides_the_format_and_not_the_name() -> None:
    taskmanager = (
        '[{"Id": "1", "Cron": "@hourly", "TaskMessageTemplate": '
        '{"TaskProcessorName": "x.EchoTask"}}]'
    )
    gsched = '[{"jobName": "a", "taskName": "EchoTask", "cronTime": "@hourly"}]'
    own = '[{"name": "a", "task": "EchoTask", "schedule": "@hourly"}]'
    assert [
        values(read(text, "export.json"))[0]["task"] for text in (taskmanager, gsched, own)
    ] == ["EchoTask"] * 3


@pytest.mark.parametrize("text", ["{}", '"jobs"', "5", '{"jobs": {}}', "null"])
def test_a_file_without_a_list_of_jobs_is_none(text: str) -> None:
    assert "is not a schedule file" in told(read(text))


def test_a_format_of_another_version_is_refused() -> None:
    assert "has a format that is not known: 'beatwright/2'" in told(
        read('{"format": "beatwright/2", "jobs": []}')
    )


@pytest.mark.parametrize("entry", ["5", "null", "[]", '"a"'])
def test_an_entry_that_is_no_object_is_told(entry: str) -> None:
    assert (
        told(read(f'{{"jobs": [{entry}]}}'))
        == "schedule.json:1:11 at jobs[0]: a job must be a JSON object"
    )


def test_two_jobs_of_one_name_are_both_refused() -> None:
    entry = '{"name": "a", "task": "T", "schedule": "@hourly"}'
    reading = read(f'{{"jobs": [{entry},\n{entry}]}}')
    assert told(reading) == (
        "schedule.json:2:10 at jobs[1].name: job 'a', name: this name is taken by the job in "
        "schedule.json, line 1"
    )


def test_two_files_with_the_same_name_in_them_are_refused_as_well() -> None:
    text = '[{"name": "a", "task": "T", "schedule": "@hourly"}]'
    reading = read_documents([Document("one.json", text), Document("two.json", text)])
    assert (
        "two.json:1:11 at [0].name: job 'a', name: this name is taken by the job in one.json"
        in told(reading)
    )


def test_only_a_file_whose_jobs_all_have_readable_names_can_say_what_it_no_longer_has() -> None:
    assert read('{"jobs": [{"name": "a", "task": 5}]}').complete == {
        "/srv/schedule.json": "schedule.json"
    }
    assert read('{"jobs": [{"name": 5, "task": "T", "schedule": "@hourly"}]}').complete == {}
