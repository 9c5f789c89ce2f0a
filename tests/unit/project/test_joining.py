"""What a project's settings get besides, and how its Celery app becomes one of ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, Task, _state
from celery.backends.base import DisabledBackend
from celery.backends.redis import RedisBackend
from django.core.exceptions import ImproperlyConfigured
from django_celery_results.backends import DatabaseBackend

from beatwright import setup
from beatwright.command import OWN_SITE, SETTINGS, choose_settings
from beatwright.joining import add_apps, add_lifecycle
from jobs import conf
from jobs.execution.app import JobsApp
from jobs.execution.backend import JobBackend
from jobs.execution.keeping import keeping_runs
from jobs.execution.task import JobTask


@pytest.fixture(autouse=True)
def default_app() -> Iterator[None]:
    """``setup`` makes an app the default of the process, which other tests have another of."""
    before = _state.default_app  # type: ignore[attr-defined]  # newer than its stubs
    yield
    _state.set_default_app(before)


def test_apps_that_are_missing_come_after_the_projects_own_and_none_comes_twice() -> None:
    installed = ["shop", "django_celery_beat.apps.BeatConfig", "unfold"]
    add_apps(installed)
    assert installed == ["shop", "django_celery_beat.apps.BeatConfig", "unfold",
                         "django_celery_results", "django.contrib.humanize"]  # fmt: skip
    add_apps(installed)
    assert len(installed) == 5


def test_a_tuple_cannot_be_added_to_and_says_so() -> None:
    with pytest.raises(ImproperlyConfigured, match="INSTALLED_APPS must be a list"):
        add_apps(("shop",))


def test_the_second_connection_goes_where_the_first_goes() -> None:
    databases: dict[str, Any] = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x", "TEST": {"NAME": "t"}}
    }
    add_lifecycle(databases)
    found = databases["lifecycle"]
    assert (found["NAME"], found["OPTIONS"]["transaction_mode"]) == ("x", "IMMEDIATE")
    assert found["TEST"] == {"NAME": "t", "MIRROR": "default"}
    assert "OPTIONS" not in databases["default"]


def test_one_that_the_project_has_made_itself_stays() -> None:
    own = {"ENGINE": "own"}
    databases: dict[str, Any] = {"default": {"ENGINE": "x"}, "lifecycle": own}
    add_lifecycle(databases)
    assert databases["lifecycle"] is own


class OwnApp(Celery):
    """A project's own kind of app."""


class OwnTask(Task):  # type: ignore[type-arg]
    """A project's own kind of task."""

    abstract = True


@pytest.mark.parametrize("kind", [Celery, OwnApp])
def test_an_app_keeps_its_class_and_its_tasks_get_the_life_cycle(kind: type[Celery]) -> None:
    app = kind("shop", set_as_current=False)

    @app.task(name="early", base=OwnTask, lazy=False, shared=False)
    def early() -> None: ...

    setup(app)

    @app.task(name="late", base=OwnTask, shared=False)
    def late() -> None: ...

    assert isinstance(app, JobsApp)
    assert isinstance(app, kind)
    assert all(isinstance(app.tasks[name], JobTask) for name in ("early", "late"))
    assert all(isinstance(app.tasks[name], OwnTask) for name in ("early", "late"))
    assert app.conf.beat_scheduler == "jobs.scheduler:JobScheduler"


def test_the_projects_own_settings_win_over_defaults_but_not_over_the_scheduler() -> None:
    app = setup(Celery("shop", set_as_current=False))
    app.conf.update(result_extended=False, task_default_queue="theirs")
    assert (app.conf.result_extended, app.conf.task_default_queue) == (False, "theirs")


@pytest.mark.parametrize("theirs", [RedisBackend, DisabledBackend])
def test_a_foreign_backend_stays_what_it_is_and_hands_runs_over(theirs: type[Any]) -> None:
    kept = keeping_runs(theirs)
    assert issubclass(kept, theirs)
    assert kept.__name__ == theirs.__name__
    assert hasattr(kept, "of_runs")


class OwnResults(DatabaseBackend):
    """A project's own rows of django-celery-results."""


def test_rows_of_django_celery_results_are_kept_by_ours() -> None:
    assert keeping_runs(DatabaseBackend) is JobBackend
    assert issubclass(keeping_runs(OwnResults), OwnResults)
    assert issubclass(keeping_runs(OwnResults), JobBackend)


def test_without_settings_there_are_keys_that_follow_the_secret_key(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = []
    first = conf.conf_of({})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    second = conf.conf_of({})
    assert second.message_keys[1:] == first.message_keys
    assert second.secrets_keys[0] not in {*first.secrets_keys, *second.message_keys}


def test_a_wrong_entry_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"BEATWRIGHT\['retention_day'\]"):
        conf.conf_of({"retention_day": 3})


@pytest.mark.parametrize(("verb", "chosen"), [("job", "shop.settings"), ("up", OWN_SITE)])
def test_the_command_is_about_the_project_of_its_folder_and_up_about_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, chosen: str
) -> None:
    (tmp_path / "manage.py").write_text(
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
    )
    for name in (SETTINGS, "DATA_DIR", "ENV_FILE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("beatwright.command.keep_private", lambda: None)
    choose_settings(tmp_path, [verb])
    assert os.environ[SETTINGS] == chosen
    assert (os.environ.get("DATA_DIR") == str(tmp_path / "var")) is (verb == "up")


def test_without_djangos_task_framework_its_backend_says_what_to_install() -> None:
    if find_spec("django.tasks") or find_spec("django_tasks"):
        pytest.skip("it is installed")
    with pytest.raises(ImproperlyConfigured, match="pip install django-tasks"):
        import_module("beatwright.django_tasks")
