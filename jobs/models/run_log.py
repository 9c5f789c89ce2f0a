"""RunLog: what a run's body wrote, in the pieces in which it arrived."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RunLog(models.Model):
    """A piece of one attempt's log: whole lines, in the order of ``seq``, numbered from 1 through
    the attempt.

    One piece may be a single line that stands for many: those that are left out of a log that is
    too large.
    """

    run = models.ForeignKey("beatwright.Run", models.CASCADE, related_name="logs", db_index=False)
    attempt = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    first_line = models.PositiveIntegerField(default=1, help_text="The number of its first line.")
    last_line = models.PositiveIntegerField(default=1, help_text="The number of its last line.")
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["run", "attempt", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "attempt", "seq"], name="run_log_piece")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} attempt {self.attempt} piece {self.seq}"

    @property
    def stands_for_many(self) -> bool:
        return self.last_line - self.first_line >= self.text.count("\n")
