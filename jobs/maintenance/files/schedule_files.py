"""Following schedule files: what somebody saves is applied, what is broken is told once and changes
nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, InterfaceError

from jobs.importers.apply import ChangedMeanwhile
from jobs.importers.contents.base import Hints
from jobs.importers.files.document import NOTHING_TOLD, Document, content, decoded, source_of
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.files.reading import unreadable
from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.planning.plan import Plan
from jobs.importers.service import import_documents, is_applied
from jobs.maintenance.files.shared_files import SharedFiles

logger = logging.getLogger(__name__)

# A file saved twice within one tick of its file system's clock looks unchanged: younger ones are
# read again.
SETTLED_SECONDS = 3
PROBLEMS_LOGGED = 20

Signature = tuple[int, int, int, int]


@dataclass(slots=True)
class _File:
    """What was last seen of one file: its stat when it had settled, the hash of what was tried, and
    what came of it.
    """

    path: str
    signature: Signature | None = None
    tried: str = ""
    was_refused: bool = False
    told: str = ""
    is_held_back: bool = False


class ScheduleFiles:
    """Follows files, each for itself; one that is missing or broken keeps its last good schedule.

    Jobs that a file no longer has are paused. ``on_plan`` is told every plan that was made.
    ``shared`` is the list of all schedulers' files, for a scheduler.
    """

    def __init__(
        self,
        paths: Iterable[str],
        *,
        partial: bool = False,
        on_plan: Callable[[Plan], None] | None = None,
        told: Hints = NOTHING_TOLD,
        shared: SharedFiles | None = None,
    ) -> None:
        self._files = [_File(path) for path in paths]
        self._partial = partial
        self._on_plan = on_plan
        self._told = told
        self._shared = shared

    def run_once(self, *, now: datetime) -> Counter[str]:
        """Import the files that changed since the last call; all of them the first time.

        Returns how many ``files`` were imported and the sums of Plan.counts(); nothing at all when
        nothing changed, which costs one stat a file. Database errors are raised, and the file is
        tried again at the next call.
        """
        counts: Counter[str] = Counter()
        self._retry(self._contested(now))
        for file in self._files:
            counts.update(self._follow(file, now))
        if counts["new"] + counts["changed"] + counts["paused"]:
            # A job that another file has just let go may be what stood in the way.
            self._retry(file for file in self._files if file.was_refused)
        return +counts

    def _contested(self, now: datetime) -> list[_File]:
        """Those to look at again, as whose content counts may have changed."""
        if not self._shared or not self._files:
            return []
        paths = {source_of(file.path): file for file in self._files}
        contested = self._shared.contested(paths, now=now)
        if contested is None:
            return []
        return [file for path, file in paths.items() if path in contested or file.is_held_back]

    def _follow(self, file: _File, now: datetime) -> dict[str, int]:
        try:
            signature = _signature(file.path)
        except UnreadableFile as error:
            file.tried, file.signature = "", None
            return self._refused(file, Plan(problems=[unreadable(file.path, error)]), now)
        if signature == file.signature:
            return {}
        counts = self._look_into(file, now)
        file.signature = signature if _has_settled(signature, now) else None
        return counts

    def _look_into(self, file: _File, now: datetime) -> dict[str, int]:
        try:
            raw = content(file.path)
        except UnreadableFile as error:
            file.tried = ""
            return self._refused(file, Plan(problems=[unreadable(file.path, error)]), now)
        digest = hashlib.sha256(raw).hexdigest()
        is_known = digest == file.tried
        counts = (
            {}
            if is_known or self._is_held_back(file, digest, now)
            else self._import_by_itself(file, raw, now)
        )
        file.tried = digest
        return counts

    def _is_held_back(self, file: _File, digest: str, now: datetime) -> bool:
        """Whether another machine's file of this path counts, and has another content: that is
        told.
        """
        path = source_of(file.path)
        rival = self._shared.rival(path, digest, now=now) if self._shared else ""
        if self._shared and rival:
            told = f"{rival} has another content under the same path, which counts"
            self._shared.refused(path, told, digest=digest, now=now)
            if not file.is_held_back:
                logger.warning("schedule file not imported: %s: %s", path, told)
        file.is_held_back = bool(rival)
        return file.is_held_back

    def _import_by_itself(self, file: _File, raw: bytes, now: datetime) -> dict[str, int]:
        """Whatever its content makes a reader do, the other files are followed."""
        try:
            return self._import(file, raw, now)
        except (DatabaseError, InterfaceError, ChangedMeanwhile):
            raise
        except Exception as error:
            logger.debug("schedule file: %s", file.path, exc_info=True)
            why = UnreadableFile(f"cannot be read: {type(error).__name__}: {str(error)[:200]}")
            return self._refused(file, Plan(problems=[unreadable(file.path, why)]), now)

    def _import(self, file: _File, raw: bytes, now: datetime) -> dict[str, int]:
        try:
            document = Document(
                file.path, decoded(raw), source=source_of(file.path), told=self._told
            )
        except UnreadableFile as error:
            return self._refused(file, Plan(problems=[unreadable(file.path, error)]), now)
        plan = import_documents(
            [document], actor=IMPORTER, now=now, partial=self._partial, prune=True
        )
        if not is_applied(plan, partial=self._partial):
            return self._refused(file, plan, now)
        file.was_refused, file.told = False, ""
        if self._shared:
            self._shared.imported(source_of(file.path))
        for warning in plan.warnings[:PROBLEMS_LOGGED]:
            logger.warning("schedule file: %s", warning)
        self._tell(plan)
        return {"files": 1, **plan.counts()}

    def _refused(self, file: _File, plan: Plan, now: datetime) -> dict[str, int]:
        file.was_refused = True
        shown = [str(problem) for problem in plan.problems[:PROBLEMS_LOGGED]]
        text = "\n".join([*shown, *_more(plan)])
        if text == file.told:
            return {}
        file.told = text
        if self._shared:
            self._shared.refused(source_of(file.path), text, now=now)
        logger.error(
            "schedule file refused, the last good schedule stays: %s",
            text,
            extra={"file": file.path},
        )
        self._tell(plan)
        return {"files": 1, "problems": len(plan.problems)}

    def _tell(self, plan: Plan) -> None:
        if self._on_plan:
            self._on_plan(plan)

    def _retry(self, files: Iterable[_File]) -> None:
        for file in files:
            file.tried, file.signature = "", None


def _signature(path: str) -> Signature:
    try:
        found = Path(path).stat()
    except OSError as error:
        raise UnreadableFile(f"cannot be read: {error.strerror or error}") from error
    return max(found.st_mtime_ns, found.st_ctime_ns), found.st_mtime_ns, found.st_size, found.st_ino


def _has_settled(signature: Signature, now: datetime) -> bool:
    return now.timestamp() - signature[0] / 1e9 > SETTLED_SECONDS


def _more(plan: Plan) -> list[str]:
    left = len(plan.problems) - PROBLEMS_LOGGED
    return [f"… and {left} more"] if left > 0 else []
