"""A stock Django project declares jobs, tests them, deploys them and calls its tasks by the guides,
from a wheel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.redis import RedisServer
from tests.support.stock_project import (
    JOBS_IN_CODE,
    TEST_SCHEDULES,
    StockProject,
    installed_wheel,
)

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.only_in_all(reason="builds a wheel and installs it with all that it needs"),
]

Joined = Callable[[str], StockProject]


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    """Projects that Beatwright was added to, with the jobs of the guide."""
    python = installed_wheel(tmp_path_factory.mktemp("wheel"))
    redis = RedisServer(tmp_path_factory.mktemp("redis"), tcp=True).start()

    def make(name: str) -> StockProject:
        made = StockProject(tmp_path_factory.mktemp(name) / "shop", python, redis)
        made.join()
        made.declare_jobs()
        return made

    yield make
    redis.stop()


@pytest.fixture(scope="module")
def project(joined: Joined) -> Iterator[StockProject]:
    """One that works."""
    made = joined("working")
    made.add_django_tasks()
    made.manage("migrate")
    processes = [made.start("worker", "--concurrency=2"), made.start("beat")]
    yield made
    for process in processes:
        process.kill_all()


def succeeded(project: StockProject, job: str) -> dict[str, Any]:
    """The newest run of a job, once it has succeeded."""

    def newest() -> dict[str, Any]:
        run: dict[str, Any] = project.answer("job", "runs", job)[0]
        assert run["state"] == "succeeded", run
        return run

    return eventually(newest, seconds=60, every=1)


def test_a_deploy_makes_the_jobs_what_the_code_declares(project: StockProject) -> None:
    assert "no issues" in project.manage("check")
    assert "3 new" in project.follow_guide("sync --plan", JOBS_IN_CODE)
    declared = project.answer("job", "get", "yesterday")
    assert declared["source"] == "code:orders.schedules"
    assert declared["params"] == {"day": "yesterday"}
    project.manage("job", "run", "one-day")
    succeeded(project, "one-day")


def test_a_declaration_that_is_wrong_fails_the_check_with_its_line_and_without_a_database(
    joined: Joined,
) -> None:
    project = joined("wrong")
    project.append("orders/schedules.py", 'job("bad", report.s(1), manual())\n')
    with pytest.raises(RuntimeError) as told:
        project.manage("check")
    assert "beatwright.E009" in str(told.value)
    line = len((project.folder / "orders/schedules.py").read_text().splitlines())
    assert f"orders/schedules.py:{line}" in str(told.value)


def test_a_project_tests_its_schedules_by_the_guide(joined: Joined) -> None:
    project = joined("tested")
    project.write_schedule_tests()
    assert "5 passed" in project.follow_guide("pytest", TEST_SCHEDULES)


def test_a_call_in_a_transaction_is_a_run_that_is_executed_after_it(project: StockProject) -> None:
    pk = project.python_says("""
        from beatwright import enqueue
        from django.db import transaction
        from orders.tasks import add

        with transaction.atomic():
            enqueue(add.s(2, 3), key="rolled back")
            transaction.set_rollback(True)
        with transaction.atomic():
            pk = enqueue(add.s(2, 3), key="sum 1")
        assert enqueue(add.s(2, 3), key="sum 1") == pk
        print(json.dumps(str(pk)))
    """)
    job = "Calls of orders.tasks.add"
    succeeded(project, job)
    assert [run["id"] for run in project.answer("job", "runs", job)] == [pk]


def test_a_task_of_djangos_own_framework_is_a_run(project: StockProject) -> None:
    found = project.python_says("""
        import time
        from django.db import transaction
        from orders.django_tasks import broken, double, who

        def ended(result):
            for _ in range(240):
                result.refresh()
                if result.is_finished:
                    return result
                time.sleep(0.5)
            raise TimeoutError(result)

        with transaction.atomic():
            result = double.enqueue(21)
            assert not result.is_finished
        answers = [ended(result).return_value, ended(who.enqueue()).return_value]
        failed = ended(broken.enqueue())
        errors = [error.exception_class_path for error in failed.errors]
        print(json.dumps([*answers, failed.status, errors, result.id]))
    """)
    assert found[:4] == [42, [1, "who"], "FAILED", ["builtins.ValueError"]]
    [run] = project.answer("job", "runs", "Calls of orders.django_tasks.double")
    assert run["id"] == found[4]
