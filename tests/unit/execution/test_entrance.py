"""What a worker takes from its broker: messages sealed by us, and plain tasks that are listed."""

from __future__ import annotations

import copy
import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.dispatch.messages.wire import WIRE_TASK
from jobs.dispatch.seal import HEADER, seal
from jobs.execution.consumer.entrance import Entrance

KEY = "k" * 40
CONTENT = ("application/json", "utf-8")
RUN = str(uuid.UUID(int=7))
NO_LINKS: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
OF_RUN: dict[str, Any] = {
    "id": f"{RUN}.2",
    "task": WIRE_TASK,
    "beatwright_task": "Echo",
    "beatwright_run": RUN,
    "beatwright_publish": 2,
    "beatwright_queue": "default",
}
OF_FORMER_RUN: dict[str, Any] = {
    "id": f"{RUN}.2",
    "task": "Echo",
    "run": RUN,
    "publish": 2,
    "queue": "default",
}
CLAIM = {"beatwright_run": RUN, "beatwright_publish": 2}
OF_PLAIN: dict[str, Any] = {"id": "a-plain-task", "task": "shop.mail"}


def message(headers: dict[str, Any], payload: Any = None, *, key: str = KEY) -> Any:
    """As kombu hands it over; sealed unless ``key`` is empty."""
    payload = copy.deepcopy([[], {}, NO_LINKS]) if payload is None else payload
    body = json.dumps(payload)
    own = headers | ({HEADER: seal(key, headers, body, CONTENT)} if key else {})
    kind, encoding = CONTENT
    return SimpleNamespace(
        headers=own, payload=payload, body=body, content_type=kind, content_encoding=encoding
    )


def refused(sent: Any, *listed: str) -> str:
    """What is told of the refusal; empty for a message that is let in."""
    refusal = Entrance([KEY], listed).refusal_of(sent, {"default", "mail"})
    return refusal.told if refusal else ""


def test_a_sealed_run_is_let_in_and_a_sealed_plain_task_is_whatever_is_listed() -> None:
    assert refused(message(OF_RUN)) == ""
    assert refused(message(OF_PLAIN)) == ""
    assert (
        refused(message(OF_PLAIN | {"task": "celery.starmap"}, [[{"task": "any"}], {}, NO_LINKS]))
        == ""
    )


@pytest.mark.parametrize("listed", [[], ["none"], ["registered"], ["*"], ["Echo"]])
def test_a_run_without_our_seal_is_refused_whatever_is_listed(listed: list[str]) -> None:
    run = "a run of the task 'Echo': "
    assert refused(message(OF_RUN, key=""), *listed) == f"{run}it has no seal"
    assert (
        refused(message(OF_RUN, key="o" * 40), *listed) == f"{run}its seal is not of MESSAGE_KEYS"
    )


@pytest.mark.parametrize(
    "payload",
    [
        [["x"], {}, NO_LINKS],
        [[], {"x": 1}, NO_LINKS],
        [[], {}, NO_LINKS | {"callbacks": [{"task": "Echo"}]}],
        [[], {}, NO_LINKS | {"more": 1}],
        [[], {}, None],
    ],
)
def test_the_message_of_a_run_carries_neither_arguments_nor_links(payload: Any) -> None:
    assert "neither arguments nor links" in refused(message(OF_RUN, payload))


def test_a_run_is_taken_from_a_queue_of_ours_and_under_its_own_id_alone() -> None:
    assert "a run of the queue 'others'" in refused(
        message(OF_RUN | {"beatwright_queue": "others"})
    )
    assert "its id is not that of its run" in refused(message(OF_RUN | {"id": "another"}))


@pytest.mark.parametrize(
    "forged",
    [
        OF_RUN | {"task": "Echo"},
        OF_RUN | {"beatwright_task": None},
        OF_RUN | {"beatwright_task": ["Echo"]},
        OF_RUN | {"beatwright_run": None},
        {"id": "x", "task": WIRE_TASK},
    ],
)
def test_a_run_travels_under_the_one_name_and_says_which_task_is_meant(forged: Any) -> None:
    assert "it is not as a run's message is written" in refused(message(forged))


def test_the_seal_covers_the_name_that_is_meant() -> None:
    sent = message(OF_RUN)
    sent.headers["beatwright_task"] = "RunCommand"
    assert refused(sent, "*") == "a run of the task 'RunCommand': its seal is not of MESSAGE_KEYS"


def test_a_run_of_the_version_before_is_let_in() -> None:
    assert refused(message(OF_FORMER_RUN)) == ""
    assert "it has no seal" in refused(message(OF_FORMER_RUN, key=""), "*")
    assert "a run of the queue 'others'" in refused(message(OF_FORMER_RUN | {"queue": "others"}))


def test_a_plain_task_may_have_headers_called_run_and_publish() -> None:
    own = OF_PLAIN | {"run": "nightly", "publish": 1}
    assert refused(message(own)) == ""
    assert refused(message(own, key=""), "shop.mail") == ""
    assert "does not list the task 'shop.mail'" in refused(message(own, key=""))


def test_an_unsealed_plain_task_is_refused_by_name_and_says_where_to_list_it() -> None:
    told = refused(message(OF_PLAIN, key=""), "shop.other")
    assert (
        told == "the task 'shop.mail' is no run: it has no seal, and PLAIN_TASKS does not list the "
        "task 'shop.mail'"
    )
    assert "its seal is not of MESSAGE_KEYS" in refused(message(OF_PLAIN, key="o" * 40))


@pytest.mark.parametrize("listed", ["shop.mail", "shop.*", "registered", "*"])
def test_a_listed_plain_task_is_let_in(listed: str) -> None:
    assert refused(message(OF_PLAIN, key=""), listed) == ""


@pytest.mark.parametrize("name",
                         ["celery.starmap", "celery.map", "celery.chunks", "celery.chord_unlock",
    "celery.accumulate", "celery.group", "celery.chain", "celery.chord",
    "celery.backend_cleanup"])  # fmt: skip
def test_celerys_own_tasks_are_listed_by_their_own_names(name: str) -> None:
    assert refused(message(OF_PLAIN | {"task": name}, key=""), "registered")
    assert refused(message(OF_PLAIN | {"task": name}, key=""), "none", "shop.*")
    assert refused(message(OF_PLAIN | {"task": name}, key=""), name) == ""


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ([], {"task": {"task": "RunCommand", "args": []}, "it": [["x"]]}),
        ([], {"task": "RunCommand", "it": [["x"]]}),
        ([{"task": "RunCommand"}, [["x"]]], {}),
        (["RunCommand", [["x"]]], {}),
        ([{"task": "celery.starmap", "args": ["RunCommand", [["x"]]]}, []], {}),
    ],
)
def test_a_listed_map_runs_listed_tasks_alone(args: list[Any], kwargs: dict[str, Any]) -> None:
    payload = [args, kwargs, NO_LINKS]
    forged = message(OF_PLAIN | {"task": "celery.starmap"}, payload, key="")
    assert "and names the task 'RunCommand'" in refused(forged, "celery.starmap")
    assert refused(forged, "celery.starmap", "RunCommand") == ""


@pytest.mark.parametrize(
    "links",
    [
        {"callbacks": [{"task": "RunCommand"}]},
        {"errbacks": [{"task": "RunCommand"}]},
        {"chain": [{"task": "shop.mail"}, {"task": "RunCommand"}]},
        {"chord": {"task": "RunCommand"}},
        {"callbacks": [{"task": "shop.mail", "options": {"link": [{"task": "RunCommand"}]}}]},
        {"callbacks": [{"task": "shop.mail", "options": {"link_error": [{"task": "RunCommand"}]}}]},
        {"chain": [{"task": "celery.group", "kwargs": {"tasks": [{"task": "RunCommand"}]}}]},
        {"chord": {"task": "shop.mail", "options": {"chord": {"task": "RunCommand"}}}},
    ],
)
def test_no_link_leads_to_a_task_that_is_not_listed(links: dict[str, Any]) -> None:
    listed = ("shop.mail", "celery.group")
    assert "names the task 'RunCommand'" in refused(
        message(OF_PLAIN, [[], {}, NO_LINKS | links], key=""), *listed
    )
    assert (
        refused(message(OF_PLAIN, [[], {}, NO_LINKS | links], key=""), *listed, "RunCommand") == ""
    )


def test_links_among_the_headers_are_held_to_the_list_as_well() -> None:
    for name in ("callbacks", "errbacks", "chain", "chord"):
        linked = message(OF_PLAIN | {name: [{"task": "RunCommand"}]}, [[], {}, {}], key="")
        assert "names the task 'RunCommand'" in refused(linked, "shop.mail")


@pytest.mark.parametrize("options", [{"headers": CLAIM}, {"task_id": f"{RUN}.2"}])
def test_no_link_of_a_stranger_becomes_a_run_under_the_workers_own_seal(
    options: dict[str, Any],
) -> None:
    links = NO_LINKS | {"callbacks": [{"task": "shop.mail", "options": options, "immutable": True}]}
    with pytest.raises(ValueError, match="as a run"):
        refused(message(OF_PLAIN, [[], {}, links], key=""), "*")


def test_not_even_a_sealed_plain_task_has_the_id_of_a_run() -> None:
    assert "is no run, and has the id of one" in refused(message(OF_PLAIN | {"id": f"{RUN}.2"}))


def test_a_task_without_a_name_is_refused_before_celery_notes_its_failure() -> None:
    assert "the task <NoneType>" in refused(message(OF_PLAIN | {"task": None}, key=""), "*")
    assert "the task <NoneType>" in refused(
        message({}, {"task": None, "id": "x", "args": []}, key=""), "*"
    )
    assert refused(message({}, {"id": "x"}, key="")) == "", "which is no task, and Celery says so"


def test_arguments_that_only_look_like_a_signature_are_arguments() -> None:
    payload = [[{"task": "tidy up"}], {"todo": {"task": "wash"}}, NO_LINKS]
    assert refused(message(OF_PLAIN, payload, key=""), "shop.mail") == ""
    linked = [
        [],
        {},
        NO_LINKS | {"callbacks": [{"task": "shop.mail", "kwargs": {"todo": {"task": "wash"}}}]},
    ]
    assert refused(message(OF_PLAIN, linked, key=""), "shop.mail") == ""


@pytest.mark.parametrize("links", [CLAIM, {"is_eager": True}, [1], "text"])
def test_nothing_can_hide_among_the_links_of_a_listed_task(links: Any) -> None:
    with pytest.raises(ValueError, match="links"):
        refused(message(OF_PLAIN, [[], {}, links], key=""), "*")


@pytest.mark.parametrize(
    ("headers", "payload"),
    [
        (
            {},
            {"task": "Echo", "id": "x", **CLAIM},
        ),  # the first protocol, all of it in the body
        ({}, {"task": "Echo", "id": f"{RUN}.2", "args": []}),
        ({"id": "innocent"}, {"task": "Echo", "id": f"{RUN}.2"}),
        ({"beatwright_run": RUN}, {"task": "Echo", "id": "x", "args": [], "beatwright_publish": 2}),
        ({}, {"task": "beatwright.run", "id": "x", "args": []}),
    ],
)
def test_a_plain_task_is_not_taken_for_a_run(headers: dict[str, Any], payload: Any) -> None:
    assert "a run of the task" in refused(message(headers, payload, key=""), "*")


def test_the_first_protocol_is_understood() -> None:
    old = {
        "task": "shop.mail",
        "id": "x",
        "args": [],
        "kwargs": {},
        "callbacks": [{"task": "RunCommand"}],
    }
    assert "names the task 'RunCommand'" in refused(message({}, old, key=""), "shop.mail")
    assert refused(message({}, old | {"callbacks": None}, key=""), "shop.mail") == ""


def test_names_of_any_length_and_kind_are_told_in_a_short_line() -> None:
    assert len(refused(message(OF_PLAIN | {"task": "x\n" * 10_000}, key=""))) < 400
    assert "\n" not in refused(message(OF_PLAIN | {"task": "x\n\x1b[2J"}, key=""))
    assert "<list>" in refused(message(OF_PLAIN | {"task": ["x"]}, key=""), "registered", "*")
