"""Delivery: sends what waits in the outbox, from threads of its own, so that no server holds the
leader.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error, connections

from jobs import conf
from jobs.models import Channel, ChannelKind, Notice
from jobs.notices.channels.answer import Answered
from jobs.notices.channels.message import Message, message_of
from jobs.notices.channels.sending import ping, send
from jobs.notices.claiming import claim_notices
from jobs.notices.settling import note_answer, settle

logger = logging.getLogger(__name__)

SETTLE_TRIES = 20
SETTLE_PAUSE = 1.0


class Delivery:
    """At most ``notice_threads`` tries at once, and few for each channel, so that one that never
    answers takes no other's place.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: dict[uuid.UUID, str] = {}
        self._done: Counter[str] = Counter()

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"sent": n, "not sent": n} of the tries that have ended since the last call."""
        with self._lock:
            done, self._done = self._done, Counter()
        busy = self.busy()
        room = conf.get().notice_threads - len(busy)
        if room > 0:
            for notice in claim_notices(room, busy, now=now):
                self._begin(notice, now)
        return dict(done)

    def busy(self) -> dict[uuid.UUID, str]:
        """What is being sent now, with the channel of each."""
        with self._lock:
            return dict(self._busy)

    def wait(self, seconds: float) -> bool:
        """Whether all tries have ended within so long."""
        until = time.monotonic() + seconds
        while self._busy and time.monotonic() < until:
            time.sleep(0.01)
        return not self._busy

    def _begin(self, notice: Notice, now: datetime) -> None:
        with self._lock:
            self._busy[notice.pk] = notice.channel_name
        threading.Thread(
            target=self._try, args=(notice, now), name=f"notice-{notice.pk}", daemon=True
        ).start()

    def _try(self, notice: Notice, now: datetime) -> None:
        is_sent = False
        try:
            is_sent = attempt(notice, now=now)
        finally:
            connections.close_all()
            with self._lock:
                self._busy.pop(notice.pk, None)
                self._done["sent" if is_sent else "not sent"] += 1


def attempt(notice: Notice, *, now: datetime) -> bool:
    """Send a claimed notice, and write what came of it; whether it was sent.

    An answer that cannot be written for a while is a notice that is sent again.
    """
    began = time.monotonic()
    answer = _answer_of(notice, message_of(notice), now)

    def write() -> None:
        settle(notice, answer, now=now + timedelta(seconds=time.monotonic() - began))

    _persist(write)
    return answer.is_sent


def _answer_of(notice: Notice, message: Message, now: datetime) -> Answered:
    if notice.channel is None:
        return Answered(False, "the channel was removed")
    return send(notice.channel, message, seconds=conf.get().notice_send_seconds, now=now)


def _persist(write: Callable[[], None]) -> None:
    """Try until it is written, for less than the lease that the notice has."""
    for number in range(SETTLE_TRIES):
        try:
            write()
        except Error as error:
            connections.close_all()
            if number + 1 == SETTLE_TRIES:
                logger.warning("what came of a notice could not be written: %s", error)
            time.sleep(SETTLE_PAUSE)
        else:
            return


class Heartbeats:
    """Tells others that this scheduler turns, so that its silence is noticed elsewhere.

    ``is_turning`` says so of the loop that plans: a leader that hangs pings nobody.
    """

    def __init__(self, is_turning: Callable[[], bool]) -> None:
        self._is_turning = is_turning
        self._busy: set[str] = set()

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Begins a ping of each enabled heartbeat whose last one has ended; returns nothing worth
        a line.
        """
        if not self._is_turning():
            return {"held back": 1}
        for channel in Channel.objects.filter(kind=ChannelKind.HEARTBEAT, enabled=True):
            if channel.name not in self._busy:
                self._busy.add(channel.name)
                threading.Thread(target=self._ping, args=(channel, now), daemon=True).start()
        return {}

    def _ping(self, channel: Channel, now: datetime) -> None:
        try:
            answer = ping(channel, seconds=conf.get().notice_send_seconds)
            _persist(lambda: note_answer(channel.name, answer, now=now))
        finally:
            connections.close_all()
            self._busy.discard(channel.name)
