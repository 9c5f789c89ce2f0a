"""Run a program of the worker's machine; off unless ALLOW_COMMANDS is set."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated, Any

from celery import shared_task
from celery.utils.log import get_task_logger
from django.conf import settings
from pydantic import Field

from tasks import process

logger = get_task_logger(__name__)

# What a program needs to find its way; the rest of the worker's environment holds passwords.
PASSED_ON = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
)
LEVELS = {"stdout": logging.INFO, "stderr": logging.WARNING}


class CommandsNotAllowed(PermissionError):
    """This installation does not let jobs run programs."""


class CommandFailed(RuntimeError):
    """The program could not be started, ran out of time, or ended with an exit code other than
    0.
    """


@shared_task(name="RunCommand")
def run_command(
    argv: Annotated[
        list[str],
        Field(min_length=1, description="The program and its arguments; no shell reads them."),
    ],
    env: Annotated[
        dict[str, str] | None, Field(description="Environment variables to add.")
    ] = None,
    cwd: Annotated[str | None, Field(description="The directory to run in.")] = None,
    timeout_seconds: Annotated[
        float | None, Field(gt=0, description="Stop the program after this long.")
    ] = None,
) -> dict[str, Any]:
    """Run a program and wait for it.

    Its output goes to the run's log line by line. Fails when the program ends with an exit code
    other than 0. Returns ``{"exit_code": 0, "output": "…"}``, the last lines of its standard
    output. Refused unless ALLOW_COMMANDS is set.
    """
    if not getattr(settings, "BEATWRIGHT", {}).get("allow_commands", False):
        raise CommandsNotAllowed(
            "RunCommand is switched off here; set ALLOW_COMMANDS=true on the workers to allow it"
        )
    ended = _run(_checked(argv), environment(env or {}), cwd, timeout_seconds)
    if ended.timed_out:
        raise CommandFailed(
            f"{argv[0]!r} was stopped after {timeout_seconds:g} seconds{_said(ended)}"
        )
    if ended.exit_code:
        raise CommandFailed(f"{argv[0]!r} ended {_how(ended.exit_code)}{_said(ended)}")
    return {"exit_code": 0, "output": ended.tail("stdout")}


def environment(extra: dict[str, str]) -> dict[str, str]:
    """The environment of a program: the few harmless variables of the worker's own, and the
    job's.
    """
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | extra


def _checked(argv: object) -> list[str]:
    """The argument list, whatever came in: a job's params are checked when it is saved, not when it
    runs.
    """
    if isinstance(argv, list) and argv and argv[0] and all(isinstance(word, str) for word in argv):
        return argv
    raise ValueError(
        '\'argv\' must be a list of strings that begins with a program, such as ["ls", "-l"]'
    )


def _run(
    argv: list[str], env: dict[str, str], cwd: str | None, seconds: float | None
) -> process.Ended:
    if cwd is not None and not Path(cwd).is_dir():
        raise CommandFailed(f"there is no directory {cwd!r} on this worker")
    try:
        return process.run(argv, env=env, cwd=cwd, seconds=seconds, on_line=_log)
    except FileNotFoundError:
        raise CommandFailed(f"there is no program {argv[0]!r} on this worker") from None
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{argv[0]!r} cannot be started: {error}") from error


def _log(stream: str, line: str) -> None:
    logger.log(LEVELS[stream], "%s", line)


def _how(exit_code: int) -> str:
    return f"with exit code {exit_code}" if exit_code > 0 else f"by signal {-exit_code}"


def _said(ended: process.Ended) -> str:
    tail = ended.tail("stderr")
    return f": {tail}" if tail else ""
