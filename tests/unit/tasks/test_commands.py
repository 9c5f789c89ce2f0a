"""RunCommand: switched off by default, never a shell, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tasks import process
from tasks.commands import CommandFailed, CommandsNotAllowed, run_command

PYTHON = sys.executable
SLEEPER = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} '); time.sleep(60)"


@pytest.fixture
def allowed(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": True}


def eventually(true: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return true()


def pids(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


@pytest.mark.parametrize("switch", [False, None])
def test_commands_are_refused_unless_the_setting_allows_them(
    settings: Settings, switch: bool | None
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": switch}
    with pytest.raises(CommandsNotAllowed, match="set ALLOW_COMMANDS=true"):
        run_command(argv=["true"])


@pytest.mark.usefixtures("allowed")
class TestAllowed:
    def test_a_program_that_succeeds_returns_its_exit_code_and_last_lines(self) -> None:
        assert run_command(argv=["printf", "one\ntwo\n"]) == {"exit_code": 0, "output": "one\ntwo"}

    def test_no_shell_reads_the_arguments(self) -> None:
        assert run_command(argv=["echo", "$HOME; id", "`id`"])["output"] == "$HOME; id `id`"

    def test_output_is_logged_line_by_line(self, lines: pytest.LogCaptureFixture) -> None:
        run_command(argv=["sh", "-c", "echo out 100%; echo err >&2; printf unfinished"])
        said = {(line.levelname, line.getMessage()) for line in lines.records}
        assert said >= {("INFO", "out 100%"), ("WARNING", "err"), ("INFO", "unfinished")}

    def test_a_failing_program_is_reported_with_its_exit_code_and_the_end_of_its_errors(
        self,
    ) -> None:
        with pytest.raises(CommandFailed, match=r"^'sh' ended with exit code 3: first\nsecond$"):
            run_command(argv=["sh", "-c", "echo first >&2; echo second >&2; exit 3"])

    def test_of_long_errors_the_end_is_shown(self) -> None:
        with pytest.raises(CommandFailed, match=r"line 999$") as caught:
            run_command(
                argv=[
                    "sh",
                    "-c",
                    "i=0; while [ $i -lt 1000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1",
                ]
            )
        assert len(str(caught.value)) < 2_100

    def test_a_program_ended_by_a_signal_is_reported_so(self) -> None:
        with pytest.raises(CommandFailed, match="'sh' ended by signal 9"):
            run_command(argv=["sh", "-c", "kill -9 $$"])

    def test_a_program_that_does_not_exist_is_named(self) -> None:
        with pytest.raises(
            CommandFailed, match="there is no program 'no-such-program' on this worker"
        ):
            run_command(argv=["no-such-program"])

    def test_a_directory_that_does_not_exist_is_named(self, tmp_path: Path) -> None:
        assert run_command(argv=["pwd"], cwd=str(tmp_path))["output"] == str(tmp_path)
        with pytest.raises(
            CommandFailed, match="there is no directory '/no/such/place' on this worker"
        ):
            run_command(argv=["pwd"], cwd="/no/such/place")

    @pytest.mark.parametrize("argv", ["ls -l", [], [""], ["ls", 5], None])
    def test_what_is_no_argument_list_is_refused(self, argv: Any) -> None:
        with pytest.raises(ValueError, match="'argv' must be a list of strings"):
            run_command(argv=argv)

    def test_a_program_sees_the_jobs_variables_but_not_the_workers_secrets(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_KEY", "do not tell")
        monkeypatch.setenv("DATABASE_URL", "postgres://user:password@db/x")
        output = run_command(argv=["env"], env={"GREETING": "hello"})["output"]
        assert "GREETING=hello" in output
        assert "PATH=" in output
        assert "do not tell" not in output
        assert "password" not in output

    def test_a_program_that_takes_too_long_is_stopped(self) -> None:
        started = time.monotonic()
        with pytest.raises(CommandFailed, match=r"'sleep' was stopped after 0\.2 seconds"):
            run_command(argv=["sleep", "60"], timeout_seconds=0.2)
        assert time.monotonic() - started < 5

    def test_a_timeout_ends_the_children_too_even_those_that_ignore_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(process, "GRACE_SECONDS", 0.2)
        seen = tmp_path / "pids"
        script = 'trap \'\' TERM; "$0" -c "$1" "$2" & "$0" -c "$1" "$2" & wait; wait'
        with pytest.raises(CommandFailed, match="was stopped after 2 seconds"):
            run_command(argv=["sh", "-c", script, PYTHON, SLEEPER, str(seen)], timeout_seconds=2)
        assert len(pids(seen)) == 2
        assert eventually(lambda: not any(map(alive, pids(seen))))

    def test_what_a_program_leaves_in_the_background_is_ended_with_it(self, tmp_path: Path) -> None:
        seen = tmp_path / "pids"
        script = '"$0" -c "$1" "$2" & while [ ! -s "$2" ]; do sleep 0.02; done; echo left'
        assert (
            run_command(argv=["sh", "-c", script, PYTHON, SLEEPER, str(seen)])["output"] == "left"
        )
        assert len(pids(seen)) == 1
        assert eventually(lambda: not any(map(alive, pids(seen))))

    def test_a_very_long_line_and_bytes_that_are_no_text_do_no_harm(self) -> None:
        script = "import os; os.write(1, b'x' * 100_000 + b'\\n\\xff\\x00end')"
        output = run_command(argv=[PYTHON, "-c", script])["output"]
        assert output.endswith("\ufffd\ufffdend")
        assert len(output) <= 2_000

    def test_a_program_that_writes_a_lot_to_both_streams_does_not_hang(self) -> None:
        script = "import sys\nfor n in range(20000): print(n); print(n, file=sys.stderr)"
        assert run_command(argv=[PYTHON, "-c", script], timeout_seconds=60)["output"].endswith(
            "19999"
        )


def test_an_exception_while_it_runs_such_as_a_soft_timeout_ends_the_program(tmp_path: Path) -> None:
    seen = tmp_path / "pids"

    def interrupt(_stream: str, _line: str) -> None:
        raise InterruptedError

    script = '"$0" -c "$1" "$2" & while [ ! -s "$2" ]; do sleep 0.02; done; echo started; wait'
    with pytest.raises(InterruptedError):
        process.run(
            ["sh", "-c", script, PYTHON, SLEEPER, str(seen)],
            env={},
            cwd=None,
            seconds=None,
            on_line=interrupt,
        )
    assert len(pids(seen)) == 1
    assert eventually(lambda: not any(map(alive, pids(seen))))


def test_the_program_dies_with_the_worker_process_that_started_it(tmp_path: Path) -> None:
    seen = tmp_path / "pids"
    worker = f"""
import os, sys
from tasks import process
process.run([sys.executable, "-c", {SLEEPER!r}, {str(seen)!r}], env={{}}, cwd=None, seconds=None,
    on_line=print)
"""
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "DJANGO_SETTINGS_MODULE": "",
    }
    parent = subprocess.Popen([PYTHON, "-c", worker], env=environment)
    try:
        assert eventually(lambda: bool(pids(seen)))
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert eventually(lambda: not alive(pids(seen)[0]))
