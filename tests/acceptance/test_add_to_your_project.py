"""A stock Django project with a Celery app becomes one with Beatwright by the lines of the guide,
from a wheel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.redis import RedisServer
from tests.support.stock_project import EMAIL, PASSWORD, StockProject, installed_wheel

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.only_in_all(reason="builds a wheel and installs it with all that it needs"),
]

ADMIN_PAGES = [
    "/admin/",
    "/admin/orders/",
    "/admin/orders/order/",
    "/admin/orders/order/add/",
    "/admin/orders/customer/",
]
ADDED: tuple[tuple[str, Callable[[StockProject], None], str], ...] = (
    ("E001", StockProject.add_apps, 'Add "beatwright" to INSTALLED_APPS'),
    ("E002", StockProject.set_up_celery, "Write beatwright.setup(app) below app = Celery(…)"),
    ("W006", StockProject.let_sqlite_wait, 'Set DATABASES["default"]["OPTIONS"]'),
    (
        "W007",
        StockProject.add_path,
        'Add path("beatwright/", include("beatwright.urls")) to urlpatterns',
    ),
)
PAGES = """
    import os, re
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    client, stranger = Client(), Client()
    client.force_login(get_user_model().objects.get(email={email!r}))
    answers = {{path: client.get(path) for path in {paths!r}}}
    answers["/admin/login/"] = stranger.get("/admin/login/")
    token = re.compile(r'name="csrfmiddlewaretoken" value="\\w+"')
    shown = {{
        path: [answer.status_code, token.sub("", answer.content.decode())]
        for path, answer in answers.items()
    }}
    print(json.dumps(shown))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), tcp=True).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def before(
    tmp_path_factory: pytest.TempPathFactory, python: Path, redis: RedisServer
) -> StockProject:
    """The project as it was."""
    return _with_somebody(StockProject(tmp_path_factory.mktemp("before") / "shop", python, redis))


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, python: Path, redis: RedisServer
) -> Iterator[StockProject]:
    """The same with Beatwright, its worker and its scheduler."""
    made = StockProject(tmp_path_factory.mktemp("after") / "shop", python, redis)
    for _, add, _ in ADDED:
        add(made)
    _with_somebody(made)
    processes = [made.start("worker", "--concurrency=2"), made.start("beat")]
    yield made
    for process in processes:
        process.kill_all()


def _with_somebody(project: StockProject) -> StockProject:
    project.manage("migrate")
    project.python_says(f"""
        from django.contrib.auth import get_user_model
        get_user_model().objects.create_superuser({EMAIL!r}, {PASSWORD!r})
        print("null")
    """)
    return project


def pages_of(project: StockProject, paths: list[str]) -> Any:
    return project.python_says(PAGES.format(email=EMAIL, paths=paths))


def ended(project: StockProject, job: str) -> dict[str, Any]:
    """The newest run of a job, once it is over."""
    run: dict[str, Any] = project.answer("job", "runs", job)[0]
    assert run["finished_at"], run
    return run


@pytest.mark.parametrize(("missing", "without", "remedy"), ADDED, ids=[each[0] for each in ADDED])
def test_a_line_that_is_missing_is_named_with_its_remedy(
    tmp_path: Path,
    python: Path,
    redis: RedisServer,
    missing: str,
    without: Callable[..., None],
    remedy: str,
) -> None:
    project = StockProject(tmp_path / "shop", python, redis)
    for _, add, _ in ADDED:
        if add is not without and not (
            add is StockProject.add_path and without is StockProject.add_apps
        ):
            add(project)
    with pytest.raises(RuntimeError) as told:
        project.manage("check", "--fail-level", "WARNING")
    assert f"beatwright.{missing}" in str(told.value)
    assert remedy in str(told.value)


def test_addresses_without_the_app_say_what_to_add(
    tmp_path: Path, python: Path, redis: RedisServer
) -> None:
    project = StockProject(tmp_path / "shop", python, redis)
    project.add_path()
    with pytest.raises(RuntimeError, match='Add "beatwright" to INSTALLED_APPS'):
        project.manage("check")


def test_with_all_of_them_nothing_is_wrong(project: StockProject) -> None:
    assert "no issues" in project.manage("check", "--fail-level", "WARNING")
    project.manage("makemigrations", "--check", "--dry-run")


def test_the_commands_of_the_guide_make_a_job_and_run_it(project: StockProject) -> None:
    project.follow_guide("job create")
    eventually(lambda: ended(project, "daily-report")["state"] == "succeeded", seconds=60, every=1)


def test_a_task_of_the_project_is_a_job_with_a_run_and_its_log(project: StockProject) -> None:
    project.manage("job", "create", "daily", "--task", "orders.tasks.report", "--params",
                   '{"day": "today"}',
                   "--schedule", "* * * * * *")  # fmt: skip
    eventually(lambda: ended(project, "daily")["state"] == "succeeded", seconds=60, every=1)
    project.manage("job", "pause", "daily")
    run = ended(project, "daily")
    assert "reporting today" in project.manage("run", "logs", run["id"])
    path = f"/beatwright/api/v1/runs/{run['id']}/result/"
    [status, result] = pages_of(project, [path])[path]
    assert (status, "reported today" in result) == (200, True)


def test_a_retry_that_the_task_declares_is_an_attempt_of_the_same_run(
    project: StockProject, tmp_path: Path
) -> None:
    params = f'{{"file": "{tmp_path / "first"}"}}'
    project.manage("job", "create", "twice", "--task", "orders.tasks.second_time", "--params",
                   params,
                   "--schedule", "@manual")  # fmt: skip
    project.manage("job", "run", "twice")
    eventually(lambda: ended(project, "twice")["state"] == "succeeded", seconds=60, every=1)
    assert ended(project, "twice")["attempt"] == 2


def test_a_run_that_is_cancelled_ends_and_says_so(project: StockProject) -> None:
    project.manage(
        "job", "create", "waiting", "--task", "orders.tasks.wait", "--schedule", "@manual"
    )
    project.manage("job", "run", "waiting")

    def newest() -> dict[str, Any]:
        run: dict[str, Any] = project.answer("job", "runs", "waiting")[0]
        assert run["state"] == "running", run
        return run

    project.manage("run", "cancel", eventually(newest, seconds=60, every=1)["id"])
    eventually(lambda: ended(project, "waiting")["state"] == "cancelled", seconds=60, every=1)
    assert "schedule" in project.manage("job", "why", "waiting").lower()


def test_the_console_and_the_api_are_at_the_projects_own_prefix(project: StockProject) -> None:
    paths = [
        "/beatwright/",
        "/beatwright/beatwright/job/",
        "/beatwright/beatwright/run/",
        "/beatwright/api/v1/docs/",
    ]
    shown = pages_of(project, [*paths, "/beatwright/api/v1/schema/"])
    assert {path: shown[path][0] for path in paths} == dict.fromkeys(paths, 200)
    assert all("console/console.css" in shown[path][1] for path in paths)
    assert '"/beatwright"' in shown["/beatwright/api/v1/schema/"][1]


def test_the_projects_own_admin_is_the_same_to_the_byte(
    before: StockProject, project: StockProject
) -> None:
    was, now = pages_of(before, ADMIN_PAGES), pages_of(project, ADMIN_PAGES)
    assert was["/admin/orders/order/"][0] == 200
    assert now == was


def test_a_task_that_is_called_goes_to_the_projects_own_backend_and_is_no_run(
    project: StockProject,
) -> None:
    found = project.python_says("""
        from django_celery_results.models import TaskResult
        from orders.tasks import add

        result = add.delay(2, 3)
        total = result.get(timeout=60)
        stored = result.backend.client.exists(f"celery-task-meta-{result.id}")
        rows = TaskResult.objects.filter(task_id=result.id).count()
        print(json.dumps([total, stored, rows]))
    """)
    assert found == [5, 1, 0]


def test_the_projects_people_get_rights_by_groups_that_are_none_of_its_own(
    project: StockProject,
) -> None:
    groups = project.python_says("""
        from django.contrib.auth.models import Group, Permission

        ours = Permission.objects.filter(group__name__startswith="Beatwright")
        of_people = ours.filter(content_type__app_label="orders")
        print(json.dumps([sorted(Group.objects.values_list("name", flat=True)), of_people.count()]))
    """)
    assert groups == [
        [f"Beatwright {role}" for role in ("admin", "editor", "operator", "viewer")],
        0,
    ]


def test_a_worker_of_the_project_as_it_was_runs_no_body_and_each_run_is_recorded_once(
    before: StockProject, project: StockProject
) -> None:
    project.manage(
        "job", "create", "noting", "--task", "orders.tasks.note", "--schedule", "@manual"
    )
    old = before.start("worker", "--hostname", "old@test", "-Q", "celery", "-l", "INFO")
    number = 0

    def dropped() -> bool:
        nonlocal number
        number += 1
        project.manage("job", "run", "noting")
        return "Received unregistered task of type 'beatwright.run'" in old.log()

    try:
        old.wait_for_log("old@test ready", seconds=60)
        eventually(dropped, seconds=60, every=1)
        eventually(lambda: "old@test" in project.manage("alerts"), seconds=120, every=1)
        eventually(lambda: all_succeeded(project, "noting", number), seconds=240, every=1)
    finally:
        old.kill_all()
    assert (project.folder / "noted").read_text().split() == ["once"] * number
    assert not (before.folder / "noted").exists()


def all_succeeded(project: StockProject, job: str, number: int) -> bool:
    runs = project.answer("job", "runs", job)
    assert [(run["state"], run["attempt"]) for run in runs] == [("succeeded", 1)] * number
    return True
