"""A Django project with a Celery app as ``django-admin startproject`` and Celery's documentation
make it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.support.processes import BASE_DIR, Process, clean_environment
from tests.support.redis import RedisServer

GUIDE = BASE_DIR / "docs/howto/add-to-your-project.md"
JOBS_IN_CODE = BASE_DIR / "docs/howto/jobs-in-code.md"
ENQUEUE_WORK = BASE_DIR / "docs/howto/enqueue-work.md"
TEST_SCHEDULES = BASE_DIR / "docs/howto/test-your-schedules.md"
BLOCK = re.compile(r"^```(?:python|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EMAIL, PASSWORD = "ana@example.org", "for tests only"
# Its own user model, its own admin, its own apps with names that are ours in the checkout.
FILES = {
    "shop/__init__.py": "from shop.celery import app as celery_app\n",
    "shop/celery.py": """
        import os

        from celery import Celery

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

        app = Celery("shop")
        app.config_from_object("django.conf:settings", namespace="CELERY")
        app.autodiscover_tasks()
        """,
    "jobs/__init__.py": "",
    "jobs/models.py": """
        from django.db import models


        class Vacancy(models.Model):
            title = models.CharField(max_length=100)
        """,
    "tasks/__init__.py": "",
    "orders/__init__.py": "",
    "orders/models.py": """
        from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
        from django.db import models


        class People(BaseUserManager):
            def create_superuser(self, email, password):
                user = self.model(email=email, is_staff=True, is_superuser=True)
                user.set_password(password)
                user.save()
                return user


        class Customer(AbstractBaseUser, PermissionsMixin):
            email = models.EmailField(unique=True)
            is_staff = models.BooleanField(default=False)
            is_active = models.BooleanField(default=True)
            USERNAME_FIELD = "email"
            objects = People()


        class Order(models.Model):
            number = models.IntegerField()
        """,
    "orders/admin.py": """
        from django.contrib import admin

        from jobs.models import Vacancy
        from orders.models import Customer, Order

        admin.site.register([Customer, Order, Vacancy])
        """,
    "orders/tasks.py": """
        import logging
        import time
        from pathlib import Path

        from celery import shared_task


        @shared_task
        def report(day: str) -> str:
            \"\"\"Report a day.\"\"\"
            logging.getLogger("orders").info("reporting %s", day)
            return f"reported {day}"


        @shared_task
        def wait() -> None:
            for _ in range(6000):
                time.sleep(0.1)


        @shared_task(bind=True, autoretry_for=(ValueError,), default_retry_delay=1, max_retries=2)
        def second_time(self, file: str) -> str:
            if not Path(file).exists():
                Path(file).touch()
                raise ValueError("not the first time")
            return "the second time"


        @shared_task
        def add(a: int, b: int) -> int:
            return a + b


        @shared_task
        def note() -> None:
            with Path("noted").open("a") as file:  # in the folder of the project
                file.write("once\\n")
        """,
}
DJANGO_TASKS = """
    from django_tasks import task


    @task
    def double(number):
        return 2 * number


    @task(takes_context=True)
    def who(context):
        return [context.attempt, context.task_result.task.name]


    @task
    async def broken():
        raise ValueError("broken")
    """
SETTINGS = """
INSTALLED_APPS += ["orders", "jobs"]
AUTH_USER_MODEL = "orders.Customer"
CELERY_BROKER_URL = {broker!r}
CELERY_RESULT_BACKEND = {broker!r}
"""


def installed_wheel(folder: Path) -> Path:
    """A virtual environment of its own with the wheel of this checkout; returns its interpreter."""
    wheels, python = folder / "wheels", folder / "venv/bin/python"
    said_by([sys.executable, "-m", "venv", str(folder / "venv")])
    said_by(
        [str(python), "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(wheels), str(BASE_DIR)]
    )
    [wheel] = wheels.glob("beatwright-*.whl")
    said_by([str(python), "-m", "pip", "install", f"{wheel}[console]"])
    return python


def said_by(
    command: list[str], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    """What it prints; raises with all of it where it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class StockProject:
    """``python`` is the interpreter of an environment that has the wheel."""

    def __init__(self, folder: Path, python: Path, redis: RedisServer) -> None:
        self.folder, self.python = folder, python
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        self.env = {
            name: text
            for name, text in clean_environment().items()
            if not name.startswith("PYTHON")
        }
        self.env |= {"PATH": path, "DJANGO_SETTINGS_MODULE": "shop.settings"}
        for name in ("ENV_FILE", "SECRET_KEY", "MESSAGE_KEYS"):
            self.env.pop(name, None)
        self._make(redis.url)

    def _make(self, broker: str) -> None:
        self.folder.mkdir()
        bare = {name: text for name, text in self.env.items() if name != "DJANGO_SETTINGS_MODULE"}
        said_by([str(self.python), "-m", "django", "startproject", "shop", "."], self.folder, bare)
        for name, source in FILES.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(dedent(source).lstrip("\n"))
        self.append("shop/settings.py", SETTINGS.format(broker=broker))
        self.manage("makemigrations", "orders", "jobs")

    def append(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(path.read_text() + text)

    def add_apps(self) -> None:
        """The first line of the guide."""
        self.append("shop/settings.py", _guide("INSTALLED_APPS"))

    def set_up_celery(self) -> None:
        """The second."""
        (self.folder / "shop/celery.py").write_text(_guide("beatwright.setup"))

    def add_path(self) -> None:
        """The third."""
        (self.folder / "shop/urls.py").write_text(_guide("include("))

    def join(self) -> None:
        """All lines of the guide."""
        for add in (self.add_apps, self.set_up_celery, self.add_path, self.let_sqlite_wait):
            add()

    def let_sqlite_wait(self) -> None:
        """What the guide says of SQLite."""
        self.append("shop/settings.py", _guide("transaction_mode"))

    def manage(self, *words: str) -> str:
        return said_by([str(self.python), "manage.py", *words], self.folder, self.env)

    def declare_jobs(self) -> None:
        """What the guide to jobs in code writes into an app."""
        (self.folder / "orders/schedules.py").write_text(_guide("job(", JOBS_IN_CODE))

    def add_django_tasks(self) -> None:
        """Tasks of Django's own framework, with the backend that makes them runs."""
        said_by([str(self.python), "-m", "pip", "install", "django-tasks"])
        (self.folder / "orders/django_tasks.py").write_text(dedent(DJANGO_TASKS))
        self.append("shop/settings.py", _guide("LedgerBackend", ENQUEUE_WORK))

    def write_schedule_tests(self) -> None:
        """What the guide to tests writes."""
        (self.folder / "test_schedules.py").write_text(_guide("declared_jobs", TEST_SCHEDULES))

    def follow_guide(self, part: str, page: Path = GUIDE) -> str:
        """Type the commands of the block with this in it."""
        return said_by(["sh", "-eu", "-c", _guide(part, page)], self.folder, self.env)

    def answer(self, *words: str) -> Any:
        """What a command says with --json."""
        return json.loads(self.manage(*words, "--json"))

    def python_says(self, program: str) -> Any:
        """What a program prints as JSON, which has Django set up."""
        source = f"import django, json\ndjango.setup()\n{dedent(program)}"
        return json.loads(
            said_by([str(self.python), "-c", source], self.folder, self.env).splitlines()[-1]
        )

    def start(self, *words: str) -> Process:
        """``celery -A shop …``"""
        command = [str(self.python), "-m", "celery", "-A", "shop", *words]
        return Process(
            command, env=self.env, log_path=self.folder / f"{words[0]}.log", cwd=self.folder
        )


def _guide(part: str, page: Path = GUIDE) -> str:
    """The first block of the page with this in it."""
    return next(block for block in _blocks(page) if part in block)


def _blocks(page: Path) -> Iterator[str]:
    return (found[1] for found in BLOCK.finditer(page.read_text()))
