"""The older systems' own requests and files, as they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "data" / "older"


@dataclass(frozen=True)
class Request:
    """One request of a ``.http`` file."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def request_of(name: str) -> Request:
    """Such as ``dts_go/create_job``."""
    head, _, body = (SAMPLES / f"{name}.http").read_bytes().partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    return Request(method, path, headers, body)
