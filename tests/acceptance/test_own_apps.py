"""bin/up with somebody's own Django app and task modules, one of which is broken, below a path
prefix.
"""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.up import Up

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.takes_turns(reason="a site of its own for each"),
]

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models


        class Order(models.Model):
            class Meta:
                app_label = "shop"
        """,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
        from django.db import migrations, models


        class Migration(migrations.Migration):
            operations = [
                migrations.CreateModel(
                    "Order", [("id", models.BigAutoField(primary_key=True, serialize=False))]
                ),
            ]
        """,
    "shop/tasks.py": """
        from celery import shared_task

        from shop.models import Order


        @shared_task(name="shop.take_order")
        def take_order() -> int:
            return Order.objects.create().pk
        """,
    "house/__init__.py": "",
    "house/broken.py": """
        import no_such_package_anywhere
        from celery import shared_task


        @shared_task(name="house.broken")
        def broken() -> None: ...
        """,
    "house/leaving.py": "raise SystemExit(3)\n",
    "house/sound.py": """
        from celery import shared_task


        @shared_task(name="house.sound")
        def sound() -> str:
            return "sound"
        """,
}
OFTEN: dict[str, Any] = {"schedule": "* * * * * *"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for name, source in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))
    return tmp_path


def test_own_apps_and_modules_run_though_one_of_them_is_broken(own: Path) -> None:
    environment = {"EXTRA_APPS": "shop", "TASK_MODULES": "house", "URL_PREFIX": "/sched"}
    path = os.pathsep.join(["/somewhere/else", str(own)])
    with Up(PYTHONPATH=path, ADMIN_PASSWORD="a good password", **environment) as up:
        up.schedule(
            order=OFTEN | {"task": "shop.take_order"}, sound=OFTEN | {"task": "house.sound"}
        )
        up.start(wait=False)
        up.process.wait_for_log(f"ready: {up.url}/sched/admin/", seconds=60)
        eventually(
            lambda: "succeeded" in up.states("order") and "succeeded" in up.states("sound"),
            seconds=60,
        )
        assert up.query("SELECT id FROM shop_order")
        log = up.process.log()
        assert (
            "house/broken.py: cannot be imported, line 2: ModuleNotFoundError: No module named "
            "'no_such" in log
        )
        assert "house/leaving.py: cannot be imported, line 1: SystemExit: 3" in log
        alerts = (
            "SELECT message FROM beatwright_alert WHERE kind = 'broken_tasks' AND closed_at IS NULL"
        )
        eventually(lambda: len(up.query(alerts)) == 2, seconds=60)
        with up.browser() as visitor:
            assert (
                visitor.get("/sched/flower/").headers["Location"]
                == "/sched/admin/login/?next=/sched/flower/"
            )


def test_an_app_that_is_not_there_is_refused_by_name() -> None:
    with Up(EXTRA_APPS="no_such_app.inside") as up:
        up.start(wait=False)
        assert up.process.wait() != 0
        assert "EXTRA_APPS: there is no module 'no_such_app' on PYTHONPATH" in up.process.log()
