"""Revealing secrets: why, and what is shown then."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from jobs.actions.masking.reveal import REASON_MOST
from jobs.api.shapes.base import Body, Integral
from jobs.api.shapes.runs import RunDetail


class Reveal(Body):
    reason: str = Field("", max_length=REASON_MOST, description="Why, for the audit.")


class RevealRun(Reveal):
    attempt: Annotated[int, Field(ge=1, le=2**31 - 1), Integral] | None = Field(
        None, description="Whose log; the last one's unless given."
    )


class RevealedRun(RunDetail):
    """A run with nothing hidden. `log` is the end of an attempt's log, at most 1,000 lines."""

    log: str
