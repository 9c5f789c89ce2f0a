"""What starts when, and what ran when: the forecast and the timeline."""

from __future__ import annotations

from pydantic import Field

from jobs.api.shapes.base import Answer, Id, Moment, Query, Stamp


class NightQuery(Query):
    """Of the jobs that match; at most seven days."""

    search: str = Field("", max_length=200, description="Words that name, task or tags contain.")
    queue: str = Field("", max_length=200)
    tag: str = Field("", max_length=200, description="Carries this tag.")
    start: Moment | None = Field(
        None, alias="from", description="The beginning; the present minute unless given."
    )
    end: Moment | None = Field(
        None, alias="to", description="The end; a day later unless given, at most seven days."
    )


class TimelineQuery(NightQuery):
    """As a forecast's, but around now."""

    start: Moment | None = Field(
        None, alias="from", description="The beginning; six hours ago unless given."
    )
    end: Moment | None = Field(
        None,
        alias="to",
        description="The end; 12 hours later unless given, at most seven days.",
    )


class MinuteOfStarts(Answer):
    """One minute, and how many runs start in it."""

    at: Stamp
    starts: int


class ForecastAnswer(Answer):
    """The starts that the schedules, with their jitter, come to."""

    start: Stamp = Field(alias="from")
    end: Stamp = Field(alias="to")
    jobs: int = Field(description="How many jobs match and are planned.")
    starts: int
    busiest: MinuteOfStarts | None = Field(description="The first of the fullest minutes.")
    is_complete: bool = Field(description="False where there is more than could be worked out.")
    minutes: list[MinuteOfStarts] = Field(description="Minutes without a start are left out.")


class AtOnce(Answer):
    """The most runs in parallel, and since when."""

    at: Stamp
    running: int


class BarAnswer(Answer):
    """A run, or an occurrence that is expected: then `run` is null."""

    job: Id
    name: str
    queue: str
    worker: str
    state: str = Field(description="A run's state, or `expected`.")
    begins_at: Stamp
    ends_at: Stamp = Field(description="Of what is not over: the present.")
    run: Id | None


class TimelineAnswer(Answer):
    """What ran, runs and is expected."""

    start: Stamp = Field(alias="from")
    end: Stamp = Field(alias="to")
    busiest: AtOnce | None
    is_complete: bool = Field(
        description="False where the span holds more than the newest 5,000 runs or the next 1,000 "
        "jobs."
    )
    bars: list[BarAnswer]
