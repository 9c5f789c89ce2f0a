"""The list of all schedulers' schedule files, and whose content counts where machines differ.

A file is known by its path. Where two machines have different contents under one, that of the
leader's machine is imported; without it there, that of the first by name. Another machine's waits
and is told, instead of both undoing each other's jobs for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet

from jobs.models import FollowedFile, Leader, Scheduler
from jobs.models.fleet.leader import SCHEDULER

REFRESH = timedelta(seconds=30)
FOLLOWED_WITHIN = timedelta(seconds=120)
FORGOTTEN_AFTER = timedelta(days=1)
LONGEST_PROBLEM, LONGEST_PATH = 2000, 500


class SharedFiles:
    """What the schedulers of ``host`` say of their files, and hear of the others'."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._refreshed_at: datetime | None = None

    def contested(self, paths: Collection[str], *, now: datetime) -> set[str] | None:
        """Say that these are still followed; which of them differ from machine to machine.

        Three queries every half minute, and None in between.
        """
        if self._refreshed_at and now - self._refreshed_at < REFRESH:
            return None
        self._refreshed_at = now
        FollowedFile.objects.filter(host=self.host, path__in=paths).update(seen_at=now)
        FollowedFile.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
        contents: dict[str, set[str]] = defaultdict(set)
        for path, digest in living_files(now).exclude(digest="").values_list("path", "digest"):
            contents[path].add(digest)
        return {path for path in paths if len(contents[path]) > 1}

    def rival(self, path: str, digest: str, *, now: datetime) -> str:
        """Note what is here under the path; the machine whose content counts instead, if one's
        does.
        """
        found = {"digest": digest, "seen_at": now}
        FollowedFile.objects.update_or_create(host=self.host, path=_key(path), defaults=found)
        others = living_files(now).filter(path=_key(path)).exclude(host=self.host)
        hosts = set(others.exclude(digest__in=["", digest]).values_list("host", flat=True))
        if not hosts:
            return ""
        leading = _leaders_host(now)
        first = leading if leading in {*hosts, self.host} else min({*hosts, self.host})
        return "" if first == self.host else first

    def refused(self, path: str, problem: str, *, digest: str = "", now: datetime) -> None:
        """Note why what is here under the path is not imported; without a digest it counts for
        nobody.
        """
        found = {"digest": digest, "problem": problem[:LONGEST_PROBLEM], "seen_at": now}
        FollowedFile.objects.update_or_create(host=self.host, path=_key(path), defaults=found)

    def imported(self, path: str) -> None:
        """Note that nothing is wrong with it any more."""
        FollowedFile.objects.filter(host=self.host, path=_key(path)).update(problem="")


def living_files(now: datetime) -> QuerySet[FollowedFile]:
    """The files that a scheduler has followed a moment ago."""
    return FollowedFile.objects.filter(seen_at__gt=now - FOLLOWED_WITHIN)


def _key(path: str) -> str:
    return path[-LONGEST_PATH:]


def _leaders_host(now: datetime) -> str:
    holders = Leader.objects.filter(role=SCHEDULER, expires_at__gt=now).values("holder")
    return Scheduler.objects.filter(pk__in=holders).values_list("host", flat=True).first() or ""
