"""What a body forks ends by a signal at once, however early it comes, and keeps the handlers that
the body has set.
"""

from __future__ import annotations

import subprocess

from tests.support.processes import BASE_DIR, PYTHON, SET_UP, clean_environment

# As in a pool child, which it may not be: hooks around forks stay for as long as the process lives.
FORK = """
import multiprocessing, signal, sys, time
from billiard.common import reset_signals
from billiard.pool import soft_timeout_sighandler
from jobs.execution.isolation import forks

reset_signals(full=True)
signal.signal(signal.SIGUSR1, soft_timeout_sighandler)
forks.allow()
for line in sys.argv[1:]:
    exec(line)
never = multiprocessing.Semaphore(0)

def status(number, wait):
    pid = os.fork()
    if not pid:
        never.acquire()
    time.sleep(wait)
    os.kill(pid, number)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "stays"

NAMES = ("SIGTERM", "SIGUSR1", "SIGHUP")
print([status(signal.Signals[name], wait) for name in NAMES for wait in (0, 0, 0.1)])
print(signal.getsignal(signal.SIGTERM).__module__, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""
OWN = "signal.signal(signal.SIGTERM, lambda *_: os._exit(7))"


def fork(*before: str) -> list[str]:
    """What is printed by a process that forks after these lines."""
    done = subprocess.run(
        [PYTHON, "-c", f"{SET_UP}{FORK}", *before],
        cwd=BASE_DIR, env=clean_environment(), capture_output=True, text=True, timeout=200,
        check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_what_a_body_forks_ends_by_the_first_signal_and_the_pool_child_is_as_it_was() -> None:
    assert fork() == [str([-15] * 3 + [-10] * 3 + [-1] * 3), "billiard.common set()"]


def test_a_handler_of_the_body_itself_is_inherited() -> None:
    ended, _ = fork(OWN)
    assert ended == str([7] * 3 + [-10] * 3 + [-1] * 3)
