"""The world: processes that take turns in one thread, and the order in which they do.

A process is a greenlet that runs the core's own code. It comes back to the world before every
effect (a transaction, a statement, a call of the broker) and at every sleep; that is a step. Who
goes on next is decided by the time at which each may, which the dice of its own process add to. A
process that is killed is never resumed.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit, getcurrent, greenlet

from tests.simulation.clock import Clock
from tests.simulation.links import Links

if TYPE_CHECKING:
    from tests.simulation.plan import Fault

QUICK, SLOW = (0.0005, 0.004), (0.05, 0.4)
SLOW_SHARE = 0.02
FOREVER = float("inf")


@dataclass(frozen=True)
class Kept:
    """A variable of a module that every real process has for itself: it goes with whoever is at its
    turn.
    """

    owner: object
    name: str
    fresh: Callable[[], Any]

    def give(self, memory: dict[str, Any]) -> None:
        setattr(self.owner, self.name, memory[self.name] if self.name in memory else self.fresh())

    def take(self, memory: dict[str, Any]) -> None:
        memory[self.name] = getattr(self.owner, self.name)


@dataclass
class Program:
    """What the threads of one process of the operating system have in common."""

    name: str
    links: Links
    answer_seconds: float = 15.0  # how long a statement may go without an answer
    memory: dict[str, Any] = field(default_factory=dict)


class Process:
    """A thread of control of ``program``; ``doing`` is what a fault may wait for."""

    def __init__(
        self, world: World, name: str, body: Callable[[], object], program: Program
    ) -> None:
        self.world, self.name, self.program = world, name, program
        self.dice = Random(f"{world.seed}/{name}")
        self.doing = "begin"
        self.is_dead = self.is_frozen = self.is_over = self.is_parked = False
        self.loses_answer = False
        self.due = 0.0
        self.ticket = 0
        self._body = body
        self.greenlet = greenlet(self._run, world.hub)

    @property
    def links(self) -> Links:
        return self.program.links

    def _run(self) -> None:
        try:
            self._body()
        except Exception as error:  # noqa: BLE001 - a real process would end with it
            self.world.errors.append(f"{self.name} ended with {error!r}")
            self.world.note(self.world.errors[-1])
        finally:
            self.is_over = True

    def kill(self) -> None:
        """It does nothing any more, not even the step it was about to take."""
        self.is_dead = True

    def freeze(self) -> None:
        self.is_frozen = True

    def thaw(self) -> None:
        """It goes on where it stood, as late as that may be."""
        if self.is_frozen:
            self.is_frozen = False
            if not self.is_dead and not self.is_over:
                self.world.schedule(self, max(self.due, self.world.now))


class World:
    """``history`` is what happened, a line each; ``steps`` counts the turns."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.clock = Clock()
        self.dice = Random(f"{seed}/order")
        self.hub = getcurrent()
        self.current: Process | None = None
        self.steps = 0
        self.history: list[str] = []
        self.is_ending = False
        self.watchers: list[tuple[Fault, Callable[[Process], bool]]] = []
        self.errors: list[str] = []
        self.kept: Sequence[Kept] = ()
        self._queue: list[tuple[float, float, int, Process | Callable[[], None], int]] = []
        self._numbers = itertools.count()
        self._processes: list[Process] = []

    @property
    def now(self) -> float:
        return self.clock.now

    def note(self, text: str) -> None:
        who = self.current.name if self.current else "world"
        self.history.append(f"{self.now:9.3f} {who:<18} {text}")

    def spawn(self, name: str, body: Callable[[], object], program: Program) -> Process:
        """A process that begins its body at once."""
        process = Process(self, name, body, program)
        self._processes.append(process)
        self.schedule(process, self.now)
        return process

    def schedule(self, process: Process, at: float) -> None:
        process.due = at
        process.ticket = next(self._numbers)
        heapq.heappush(
            self._queue, (at, self.dice.random(), process.ticket, process, process.ticket)
        )

    def call_at(self, at: float, act: Callable[[], None]) -> None:
        """The world's own doing: a fault that begins or ends."""
        number = next(self._numbers)
        heapq.heappush(self._queue, (at, -1.0, number, act, number))

    def run(self, until: float) -> None:
        """Turn until then; an error of a process's code that the code lets out is raised here."""
        while self._queue and self._queue[0][0] <= until:
            at, _, _, what, ticket = heapq.heappop(self._queue)
            self.clock.move_to(max(at, self.now))
            if isinstance(what, Process):
                if ticket == what.ticket:
                    self._turn(what)
            else:
                what()
        self.clock.move_to(until)

    def _turn(self, process: Process) -> None:
        if process.is_dead or process.is_over or process.is_frozen:
            return
        self.steps += 1
        self.current = process
        for kept in self.kept:
            kept.give(process.program.memory)
        process.greenlet.switch()
        for kept in self.kept:
            kept.take(process.program.memory)
        self.current = None

    # What processes call.

    def sleep(self, seconds: float) -> None:
        """Let the others go on for so long; called by the core as ``time.sleep``."""
        process = self.current
        if process is None:
            return
        self.schedule(process, self.now + max(0.0, seconds))
        self._give_way(process)

    def step(self) -> None:
        """The calling process is about to have an effect: it takes as long as such things take."""
        process = self.current
        if process is None:
            return
        if self.is_ending:
            raise GreenletExit
        if self.watchers and any(strikes(process) for _, strikes in list(self.watchers)):
            # Killed or frozen on the spot; a frozen one goes on when it thaws.
            self._give_way(process)
        low, high = SLOW if process.dice.random() < SLOW_SHARE else QUICK
        self.sleep(process.dice.uniform(low, high) + process.links.delay(self.now))

    def park(self) -> None:
        """Wait until somebody schedules the calling process."""
        process = self.current
        assert process is not None
        process.due, process.is_parked = self.now, True
        self._give_way(process)
        process.is_parked = False

    def wake(self, process: Process) -> None:
        """Let one that has parked go on; one that is frozen will when it thaws."""
        if process.is_parked and not process.is_frozen:
            self.schedule(process, self.now)

    def _give_way(self, process: Process) -> None:
        if self.is_ending:
            raise GreenletExit
        self.hub.switch()
        if process.is_dead:
            raise GreenletExit

    def end(self) -> None:
        """Unwind what is left of every process: from here on nothing has an effect."""
        self.is_ending = True
        for process in self._processes:
            self.current = process
            while process.greenlet and not process.greenlet.dead:
                process.greenlet.throw(GreenletExit)
        self.current = None
