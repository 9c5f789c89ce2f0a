"""What came of a try, written so that only the try that has the notice can say it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from jobs import conf
from jobs.models import Channel, Notice, NoticeState
from jobs.notices.channels.answer import Answered

BACK_OFF_MOST = 3_600.0
GIVEN_UP_AFTER = timedelta(days=1)


def settle(notice: Notice, answer: Answered, *, now: datetime) -> bool:
    """Sent, waiting for its next try, or failed after a day of them; False where another try has
    taken the notice over.
    """
    mine = Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING, attempts=notice.attempts)
    with transaction.atomic():
        changed = mine.update(
            leased_until=None, answer=answer.text, **_outcome(notice, answer, now)
        )
        note_answer(notice.channel_name, answer, now=now)
    return bool(changed)


def note_answer(channel: str, answer: Answered, *, now: datetime) -> None:
    """What the channel said last, and since when it has been failing."""
    failing = None if answer.is_sent else Coalesce(F("failing_since"), Value(now))
    counted = "sent_count" if answer.is_sent else "failed_count"
    Channel.objects.filter(pk=channel).update(
        answer=answer.text, tried_at=now, failing_since=failing, **{counted: F(counted) + 1}
    )


def back_off(attempts: int) -> float:
    """Seconds until the next try: twice as long each time, an hour at the most."""
    return min(conf.get().notice_retry_seconds * 2.0 ** min(attempts - 1, 20), BACK_OFF_MOST)


def _outcome(notice: Notice, answer: Answered, now: datetime) -> dict[str, object]:
    if answer.is_sent:
        return {"state": NoticeState.SENT, "sent_at": now}
    if answer.is_gone or now - (notice.first_tried_at or now) >= GIVEN_UP_AFTER:
        return {"state": NoticeState.FAILED}
    wait = max(back_off(notice.attempts), answer.retry_after)
    return {"next_at": now + timedelta(seconds=wait)}
