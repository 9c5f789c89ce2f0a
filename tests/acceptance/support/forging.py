"""Somebody who can write to Redis and knows Celery: what lies in a queue, altered, and messages
made from nothing.
"""

from __future__ import annotations

import base64
import copy
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import dedent
from typing import Any

from jobs.dispatch.seal import HEADER, seal
from tests.support.eventually import eventually
from tests.support.processes import MESSAGE_KEY
from tests.support.site import Site

Raw = dict[str, Any]
SEAL = HEADER
NO_LINKS: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
TASKS = """
    from pathlib import Path
    from typing import Any

    from celery import shared_task


    @shared_task(name="Mark")
    def mark(path: str = "", text: str = "") -> str:
        Path(path).write_text(text)
        return path


    @shared_task(name="MarkAfterError")
    def mark_after_error(request: Any, exc: Any, traceback: Any, path: str = "") -> None:
        Path(path).write_text("called inside the worker")


    @shared_task(name="Quiet")
    def quiet(**params: Any) -> str:
        return "done"


    @shared_task(name="Fails")
    def fails() -> None:
        raise RuntimeError("as it was told")
"""


def write_tasks(site: Site) -> None:
    """Tasks that leave a file behind, so that nothing they do goes unseen."""
    folder = site.folder / "modules"
    folder.mkdir()
    (folder / "forged_tasks.py").write_text(dedent(TASKS))
    site.env |= {"PYTHONPATH": str(folder), "TASK_MODULES": "forged_tasks"}


def messages(site: Site, queue: str = "default") -> list[Raw]:
    """What lies in the queue, next one last; of whatever priority."""
    with site.redis.client() as client:
        keys = [key for key in client.keys(f"{queue}*") if client.type(key) == "list"]
        return [
            json.loads(raw)
            for key in sorted(keys, reverse=True)
            for raw in client.lrange(key, 0, -1)
        ]


def taken_away(site: Site, queue: str = "default", *, number: int = 1) -> list[Raw]:
    """The messages of the queue, once there are so many, which is empty then."""
    found = eventually(
        lambda: found if len(found := messages(site, queue)) >= number else [], seconds=60
    )
    with site.redis.client() as client:
        client.delete(*[key for key in client.keys(f"{queue}*") if client.type(key) == "list"])
    return found


def put(site: Site, *forged: Raw, queue: str = "default") -> None:
    with site.redis.client() as client:
        client.lpush(queue, *map(json.dumps, forged))


def drained(site: Site, queue: str = "default") -> None:
    """Until a worker has taken all."""
    eventually(lambda: not messages(site, queue), seconds=60)


@contextmanager
def rewritten(real: Raw) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """The headers and the decoded body of the message, to be changed in place."""
    body = json.loads(base64.b64decode(real["body"]))
    yield real["headers"], body
    real["body"] = base64.b64encode(json.dumps(body).encode()).decode()


def of_the_first_protocol(real: Raw, body: dict[str, Any]) -> Raw:
    """All of a task in the body, and no header."""
    return altered(real) | {
        "headers": {},
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
    }


def altered(real: Raw, *, body: list[Any] | None = None, **headers: Any) -> Raw:
    """A copy with other headers, and another body where one is given; None takes a header out."""
    forged = copy.deepcopy(real)
    forged["properties"]["delivery_tag"] = str(uuid.uuid4())
    with rewritten(forged) as (own, content):
        own.update(headers)
        for name in [name for name, value in headers.items() if value is None]:
            del own[name]
        content[:] = content if body is None else body
    return forged


def plain(
    task: str, /, *args: Any, links: Any = None, headers: Raw | None = None, **kwargs: Any
) -> Raw:
    """A message of an ordinary task, as Celery would write it."""
    task_id = str(uuid.uuid4())
    own = {
        "lang": "py",
        "task": task,
        "id": task_id,
        "root_id": task_id,
        "argsrepr": "()",
        "kwargsrepr": "{}",
    }
    body = json.dumps([args, kwargs, NO_LINKS if links is None else links])
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": own | (headers or {}),
        "properties": {
            "correlation_id": task_id,
            "reply_to": "",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "default"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }


def sealed(forged: Raw, key: str = MESSAGE_KEY) -> Raw:
    """The message with a seal, for whoever has a key."""
    content = (forged["content-type"], forged["content-encoding"])
    forged["headers"][SEAL] = seal(
        key, forged["headers"], base64.b64decode(forged["body"]), content
    )
    return forged


def signature(task: str, /, *args: Any, **kwargs: Any) -> Raw:
    return {
        "task": task,
        "args": args,
        "kwargs": kwargs,
        "options": {},
        "subtask_type": None,
        "immutable": True,
    }
