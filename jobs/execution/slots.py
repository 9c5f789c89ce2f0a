"""What each pool child is doing, in memory that the worker's main process, its children and its
sidecar share.

A child writes its own slot; nobody waits for anybody, and nothing here takes a lock. So it can be
read while any of the others hangs, and it tells a body that takes its time from a child that is
stuck outside of one.
"""

from __future__ import annotations

import ctypes
import enum
import mmap
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from billiard.process import current_process

MOST_SLOTS = 4_096


class Stage(enum.IntEnum):
    """Where a pool child is between two messages."""

    IDLE = 0
    CLAIMING = 1
    BODY = 2
    ENDING = 3


class _Slot(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_int32),
        ("stage", ctypes.c_int32),
        ("exclusive", ctypes.c_int32),
        ("stopped", ctypes.c_int32),
        ("leaves", ctypes.c_int32),
        ("replaced", ctypes.c_int32),
        ("since", ctypes.c_double),
        ("alive_at", ctypes.c_double),
    )


class _Main(ctypes.Structure):
    _fields_ = (
        ("renewed_at", ctypes.c_double),
        ("heartbeat_at", ctypes.c_double),
        ("loop_at", ctypes.c_double),
        ("stops_until", ctypes.c_double),
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """What a child says of itself.

    Times are monotonic seconds, a clock that all processes of a host share.

    ``since`` is when it entered its stage, ``alive_at`` when it last showed that it goes on.
    ``was_stopped``: killed by the sidecar, because its lease could not be renewed. ``leaves``: it
    ends after this run, and takes no other message.
    """

    pid: int
    stage: Stage
    is_exclusive: bool
    since: float
    alive_at: float
    was_stopped: bool = False
    leaves: bool = False


class Board:
    """The slots of one worker, and what its main process says of itself (``main``)."""

    def __init__(self, most: int = MOST_SLOTS) -> None:
        size = ctypes.sizeof(_Main) + most * ctypes.sizeof(_Slot)
        self._memory = mmap.mmap(-1, size)
        self.main = _Main.from_buffer(self._memory)
        self._slots = (_Slot * most).from_buffer(self._memory, ctypes.sizeof(_Main))
        self._mine: _Slot | None = None

    def take_slot(self) -> None:
        """Called by a pool child as it begins; one beyond the last slot goes without."""
        index = getattr(current_process(), "index", None)
        if index is None or index >= len(self._slots):
            return
        self._mine = self._slots[index]
        self._mine.pid = os.getpid()
        self._mine.leaves = False
        self.enter(Stage.IDLE)

    def enter(self, stage: Stage, *, exclusive: bool = False) -> None:
        """The calling pool child goes on to ``stage``; does nothing elsewhere."""
        slot = self._mine
        if slot is not None:
            slot.since = slot.alive_at = time.monotonic()
            slot.exclusive, slot.stopped, slot.stage = exclusive, False, stage

    def beat(self) -> None:
        """The calling pool child waits for something, and has not forgotten about it."""
        if self._mine is not None:
            self._mine.alive_at = time.monotonic()

    def leave(self) -> None:
        """The calling pool child ends after this run; its slot counts how many have."""
        slot = self._mine
        if slot is not None and not slot.leaves:
            slot.leaves, slot.replaced = True, slot.replaced + 1

    @property
    def replaced(self) -> int:
        """How many pool children have left because of what a run did to them, since the worker
        started.
        """
        return sum(slot.replaced for slot in self._slots)

    def note_stopped(self, pid: int) -> None:
        """The pool child ``pid`` is about to be killed, and its main process cannot be told."""
        for slot in self._slots:
            if slot.pid == pid:
                slot.stopped = True

    def of(self, pid: int | None) -> Slot | None:
        """The slot of the pool child ``pid``; None where it has none, or has not begun yet."""
        return next((slot for slot in self if slot.pid == pid), None)

    def __iter__(self) -> Iterator[Slot]:
        for slot in self._slots:
            if not slot.pid:
                return  # a pool fills its lowest index first
            facts = (
                bool(slot.exclusive),
                slot.since,
                slot.alive_at,
                bool(slot.stopped),
                bool(slot.leaves),
            )
            yield Slot(slot.pid, Stage(slot.stage), *facts)


board = Board()
