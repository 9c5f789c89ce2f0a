"""One operation called by one identity: done and told of, or refused, silent and without a
trace.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tests.integration.matrix.identities import Identity
from tests.integration.matrix.rights import RIGHTS, Reach
from tests.integration.matrix.world import SECRET, UNSEEN, Thing, World, digest


class Outcome(Enum):
    """What an answer's status means, whatever the surface calls it."""

    DONE = "done"
    BAD = "what was sent is no good"
    STRANGER = "who asks did not come in"
    FORBIDDEN = "who asks may not"
    MISSING = "there is no such thing"
    BROKEN = "an error of ours"


# What everybody is tried on twice: where tags let them, and where tags keep them away.
OF_ONE = (Reach.JOB, Reach.PERSON)
# What may be said of a request that makes no sense, whoever sends it: it depends on the request
# alone.
OF_THE_BODY = {Outcome.BAD, Outcome.MISSING}


@dataclass(frozen=True)
class Told:
    """``text``: the whole of the answer."""

    outcome: Outcome
    text: str


class Caller(ABC):
    """Somebody who calls one operation, with what does it, with nothing, and with what nobody
    should send.
    """

    hostile: Sequence[bytes] = ()
    changes = True
    is_shut = False  # to this identity, whatever its rights

    def __init__(self, right: str, identity: Identity) -> None:
        self.identity, self.right, self.reveals = (
            identity,
            RIGHTS[right],
            right.startswith("reveal"),
        )

    @abstractmethod
    def valid(self, thing: Thing) -> bytes:
        """What is sent to do it to this thing."""

    @abstractmethod
    def send(self, thing: Thing, body: bytes) -> Told:
        """Call it about this thing."""

    def hold(self, world: World) -> None:
        """Call it about what everybody sees, and about what tags keep away; raise AssertionError
        for a fault.
        """
        for thing in (world.away, world.here) if self.right.reach in OF_ONE else (world.here,):
            if expected := self._refusals(thing, world):
                self._is_refused(thing, expected)
            else:
                self._is_done(thing)
        if self.identity.is_limited:
            self._does_nothing_to(world.away)

    def _refusals(self, thing: Thing, world: World) -> set[Outcome]:
        """What it may be answered; nothing where it is done.

        One who lacks two things is told of either.
        """
        if self.identity.closed:
            return {Outcome.STRANGER}
        is_beyond = (
            self.identity.is_limited and self.right.reach is Reach.PERSON and thing is world.away
        )
        lacks = self.is_shut or is_beyond or not self.identity.may(self.right)
        is_kept_away = self.identity.is_limited and (
            self.right.reach is Reach.OWN or (self.right.reach is Reach.JOB and thing is world.away)
        )
        return {
            *([Outcome.FORBIDDEN] if lacks else []),
            *([Outcome.MISSING] if is_kept_away else []),
        }

    def _is_done(self, thing: Thing) -> None:
        """The valid request does it; no other ends in an error of ours, or in a refusal of who
        asks.
        """
        before = digest()
        told = self.send(thing, self.valid(thing))
        assert told.outcome is Outcome.DONE, told
        assert (digest() != before) == self.changes
        self._tells_no_more_than_may_be_told(told)
        for body in (b"", *self.hostile):
            told = self.send(thing, body)
            assert told.outcome in {Outcome.DONE, Outcome.BAD, Outcome.MISSING}, (body[:60], told)
            self._tells_no_more_than_may_be_told(told)

    def _is_refused(self, thing: Thing, expected: set[Outcome]) -> None:
        """Whatever is sent; that it is no message at all may be said first, as it says nothing of
        ours.
        """
        before, valid = digest(), self.valid(thing)
        for body in (valid, b"", *self.hostile):
            told = self.send(thing, body)
            assert told.outcome in expected | (set() if body == valid else OF_THE_BODY), (
                body[:60],
                told,
            )
            assert UNSEEN not in told.text
            assert SECRET not in told.text
        assert digest() == before

    def _does_nothing_to(self, thing: Thing) -> None:
        """Whatever it answers: what tags keep away is neither changed nor told of."""
        before = thing.rows()
        for body in (self.valid(thing), b""):
            told = self.send(thing, body)
            assert told.outcome is not Outcome.BROKEN, told
            assert UNSEEN not in told.text
        assert thing.rows() == before

    def _tells_no_more_than_may_be_told(self, told: Told) -> None:
        assert self.reveals or SECRET not in told.text
        assert not (self.identity.is_limited and UNSEEN in told.text), told
