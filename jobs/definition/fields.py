"""The fields of a job, each once, in the order in which every surface has them.

Every column of ``Job`` is here. A new one needs its column, its migration, and its entry; where it
has no business the entry says why.
"""

from __future__ import annotations

from jobs.definition.field import Field, Kind, Place, Section

DAY = 86_400


def _except(reason: str, *places: Place) -> dict[Place, str]:
    return dict.fromkeys(places, reason)


def _only(reason: str, *places: Place) -> dict[Place, str]:
    return _except(reason, *(place for place in Place if place not in places))


COMMAND_NAMES = "the command names the job by it"
HAS_ITS_PLACE = "the page shows it above"
PAUSES = "pausing and resuming set it"
WHY_PAUSED = "the page says above why it is paused"
PAUSE_STAYS = "restoring a version neither pauses nor resumes"
OWNED = "schedule files own jobs; who writes one by hand does not"
KEPT = "Beatwright keeps it"
TOLD_BY_VERSION = "the page tells it with the version"

FIELDS: tuple[Field, ...] = (
    Field(
        name="name", kind=Kind.TEXT, label="Name", section=Section.WHAT,
        help="Must be unique among jobs that are not archived.",
        absent=_except(COMMAND_NAMES, Place.FLAGS) | _except(HAS_ITS_PLACE, Place.PAGE),
    ),
    Field(
        name="task", kind=Kind.TEXT, label="Task", section=Section.WHAT, flag="--task",
        help="The registered name of a Celery task.",
    ),
    Field(
        name="description", kind=Kind.PROSE, label="Description", section=Section.WHAT,
        flag="--description",
        help="What the job is for.", longest=10_000,
        absent=_except(HAS_ITS_PLACE, Place.PAGE),
    ),
    Field(
        name="tags", kind=Kind.WORDS, label="Tags", section=Section.WHAT, flag="--tags",
        help="Some people can see and change only jobs with their tags.",
        absent=_except(HAS_ITS_PLACE, Place.PAGE),
    ),
    Field(
        name="owner", kind=Kind.TEXT, label="Owner", section=Section.WHAT, flag="--owner",
        help="The person or team to ask about it.",
    ),
    Field(
        name="schedule", kind=Kind.TEXT, label="Schedule", section=Section.WHEN, flag="--schedule",
        help="Cron (5 fields, or 6 with seconds first), @every 5m, a date-time, RRULE:… or "
             "@manual.",
    ),
    Field(
        name="timezone", kind=Kind.TEXT, label="Time zone", section=Section.WHEN, flag="--timezone",
        help="The time zone of the schedule.",
    ),
    Field(
        name="day_rule", kind=Kind.CHOICE, label="Day rule", section=Section.WHEN,
        flag="--day-rule",
        help="Which days fire when a cron schedule restricts both day of month and day of week.",
    ),
    Field(
        name="one_off", kind=Kind.YES_NO, label="Occurrences", section=Section.WHEN,
        flag="--one-off",
        help="Whether only the first occurrence runs.", words=("all", "only the first"),
    ),
    Field(
        name="jitter_seconds", kind=Kind.SECONDS, label="Jitter", section=Section.WHEN,
        flag="--jitter",
        help="Spread starts over this long.", bounds=(0, DAY),
    ),
    Field(
        name="starts_at", kind=Kind.MOMENT, label="Not before", section=Section.WHEN,
        flag="--starts-at",
        help="There are no occurrences before this time.", empty="no limit",
    ),
    Field(
        name="ends_at", kind=Kind.MOMENT, label="Not after", section=Section.WHEN, flag="--ends-at",
        help="There are no occurrences after this time.", empty="no limit",
    ),
    Field(
        name="calendars", kind=Kind.WORDS, label="Calendars", section=Section.WHEN,
        flag="--calendars",
        help="The names of calendars whose closed days and hours concern the job.", empty="none",
    ),
    Field(
        name="calendar_policy", kind=Kind.CHOICE, label="When closed", section=Section.WHEN,
        flag="--calendar-policy",
        help="What to do with an occurrence that falls in a time that its calendars close.",
    ),
    Field(
        name="params", kind=Kind.OBJECT, label="Params", section=Section.WITH, flag="--params",
        help="The task's arguments by name.",
        absent=_except("the page shows them in a card of their own", Place.PAGE),
    ),
    Field(
        name="queue", kind=Kind.TEXT, label="Queue", section=Section.WHERE, flag="--queue",
        help="The queue in which its runs wait.",
    ),
    Field(
        name="priority", kind=Kind.PRIORITY, label="Priority", section=Section.WHERE,
        flag="--priority",
        help="Higher goes first; low -10, normal 0, high 10, critical 20.", bounds=(-1000, 1000),
    ),
    Field(
        name="pool", kind=Kind.TEXT, label="Pool", section=Section.WHERE, flag="--pool",
        help="The pool whose slots its runs share with other jobs.", empty="none",
    ),
    Field(
        name="resources", kind=Kind.RESOURCES, label="Resources", section=Section.WHERE,
        flag="--resources",
        help="What each run takes from its pool, or from the pool default: cpu, memory, storage.",
        empty="none",
    ),
    Field(
        name="overlap_policy", kind=Kind.CHOICE, label="Overlap", section=Section.WHERE,
        flag="--overlap",
        help="What to do when the job is due and an earlier run has not finished.",
    ),
    Field(
        name="timeout_seconds", kind=Kind.SECONDS, label="Time limit", section=Section.WHERE,
        flag="--timeout",
        help="Stop an attempt after this long.", empty="none", bounds=(1, 30 * DAY),
    ),
    Field(
        name="memory_limit_mb", kind=Kind.NUMBER, label="Memory limit", section=Section.WHERE,
        flag="--memory-limit",
        help="Stop a run that uses more, including its child processes.",
        empty="the setting for all jobs", unit="MB",
        bounds=(1, 16 * 1024 * 1024),
    ),
    Field(
        name="fresh_process", kind=Kind.YES_NO, label="Process", section=Section.WHERE,
        flag="--fresh-process",
        help="Whether each run gets a new process, which no other run reuses.",
        words=("shared with other runs", "new for each run"),
    ),
    Field(
        name="max_retries", kind=Kind.NUMBER, label="Retries", section=Section.FAILED,
        flag="--max-retries",
        help="How many times a failed attempt is retried.", empty="set by the task",
        bounds=(0, 1000),
    ),
    Field(
        name="retry_backoff_seconds", kind=Kind.SECONDS, label="First delay",
        section=Section.FAILED,
        flag="--retry-backoff",
        help="The delay before the first retry. It doubles with each retry.",
        empty="set by the task", bounds=(0, 7 * DAY),
    ),
    Field(
        name="retry_backoff_max_seconds", kind=Kind.SECONDS, label="Longest delay",
        section=Section.FAILED,
        flag="--retry-backoff-max", help="The longest delay before a retry.",
        empty="set by the task", bounds=(0, 30 * DAY),
    ),
    Field(
        name="retry_jitter", kind=Kind.YES_NO, label="Jitter retries", section=Section.FAILED,
        flag="--retry-jitter",
        help="Randomize the delays so that retries do not all start at the same time.",
        empty="set by the task",
    ),
    Field(
        name="misfire_policy", kind=Kind.CHOICE, label="Missed occurrences", section=Section.MISSED,
        flag="--misfire",
        help="What to do with occurrences that were missed while no scheduler was running.",
    ),
    Field(
        name="misfire_window_seconds", kind=Kind.SECONDS, label="Misfire window",
        section=Section.MISSED,
        flag="--misfire-window",
        help="How far back missed occurrences still run. Older ones are skipped.",
        bounds=(0, 366 * DAY),
    ),
    Field(
        name="start_deadline_seconds", kind=Kind.SECONDS, label="Start deadline",
        section=Section.MISSED,
        flag="--start-deadline",
        help="A scheduled run that has not started this long after it was due is skipped.",
        empty="none", bounds=(1, 366 * DAY),
    ),
    Field(
        name="must_succeed_by", kind=Kind.TEXT, label="Must succeed by", section=Section.EXPECTED,
        flag="--must-succeed-by",
        help="By when each scheduled occurrence must have succeeded: a local time (03:00, or "
             "03:00+1d for a day later) or a time after it was due (45m).", empty="not checked",
    ),
    Field(
        name="success_grace_seconds", kind=Kind.SECONDS, label="Grace", section=Section.EXPECTED,
        flag="--success-grace",
        help="How much later than that is still accepted.", bounds=(0, 30 * DAY),
    ),
    Field(
        name="longest_run", kind=Kind.TEXT, label="Longest run", section=Section.EXPECTED,
        flag="--longest-run",
        help="A run that takes longer is too slow: 30m, or 2x p95 of recent successes.",
        empty="not checked",
    ),
    Field(
        name="shortest_run", kind=Kind.TEXT, label="Shortest run", section=Section.EXPECTED,
        flag="--shortest-run",
        help="A run that succeeds sooner is too short: 10s, or 0.2x p95.", empty="not checked",
    ),
    Field(
        name="longest_silence_seconds", kind=Kind.SECONDS, label="Longest silence",
        section=Section.EXPECTED, flag="--longest-silence",
        help="A run must start at least this often, unless the job is paused.",
        empty="not checked", bounds=(60, 366 * DAY),
    ),
    Field(
        name="failures_before_alert", kind=Kind.NUMBER, label="Failures before an alert",
        section=Section.EXPECTED, flag="--failures-before-alert",
        help="How many runs in a row must fail before an alert is raised.",
        empty="the setting for all jobs", unit="runs", bounds=(1, 1000),
    ),
    Field(
        name="least_output", kind=Kind.TEXT, label="Least output", section=Section.EXPECTED,
        flag="--least-output",
        help="What a successful run must return at least: 1 row, 500 rows or 10 kB.",
        empty="not checked",
    ),
    Field(
        name="retention_days", kind=Kind.NUMBER, label="Keep history", section=Section.OTHER,
        flag="--retention-days", help="How long finished runs are kept.",
        empty="the setting for all jobs", unit="days",
        bounds=(1, 36_500),
    ),
    Field(
        name="metadata", kind=Kind.OBJECT, label="Metadata", section=Section.OTHER,
        flag="--metadata",
        help="Your own data. Beatwright stores it but does not interpret it.", empty="none",
    ),
    Field(
        name="enabled", kind=Kind.YES_NO, label="Enabled", section=Section.PAUSE,
        help="Whether its occurrences are planned.",
        absent=_except("create --paused, pause and resume say it", Place.FLAGS)
        | _except("the buttons Save paused, Pause and Resume say it", Place.FORM)
        | _except(HAS_ITS_PLACE, Place.PAGE)
        | _except(PAUSE_STAYS, Place.VERSIONS),
    ),
    Field(
        name="paused_at", kind=Kind.MOMENT, label="Paused at", section=Section.PAUSE,
        absent=_only(PAUSES)
        | _except("an import pauses at its own moment", Place.FILES)
        | _except(WHY_PAUSED, Place.PAGE),
    ),
    Field(
        name="paused_by", kind=Kind.TEXT, label="Paused by", section=Section.PAUSE,
        absent=_only(PAUSES, Place.FILES) | _except(WHY_PAUSED, Place.PAGE),
    ),
    Field(
        name="paused_reason", kind=Kind.TEXT, label="Pause reason", section=Section.PAUSE,
        absent=_only(PAUSES, Place.FILES) | _except(WHY_PAUSED, Place.PAGE),
    ),
    Field(
        name="paused_until", kind=Kind.MOMENT, label="Paused until", section=Section.PAUSE,
        absent=_only(PAUSES, Place.FILES) | _except(WHY_PAUSED, Place.PAGE),
    ),
    Field(
        name="source", kind=Kind.TEXT, label="Source", section=Section.RECORD,
        help="The schedule file that owns this job, if any.", empty="the console or the API",
        absent=_only(OWNED, Place.ACTIONS, Place.FILES, Place.PAGE),
    ),
    Field(
        name="version", kind=Kind.NUMBER, label="Version", section=Section.RECORD,
        absent=_only(KEPT, Place.PAGE),
    ),
    Field(
        name="updated_at", kind=Kind.MOMENT, label="Updated", section=Section.RECORD,
        absent=_only(KEPT) | _except(TOLD_BY_VERSION, Place.PAGE),
    ),
    Field(
        name="created_at", kind=Kind.MOMENT, label="Created", section=Section.RECORD,
        absent=_only(KEPT, Place.PAGE),
    ),
    Field(
        name="archived_at", kind=Kind.MOMENT, label="Archived", section=Section.RECORD, empty="no",
        absent=_only(KEPT, Place.PAGE),
    ),
    Field(
        name="id", kind=Kind.TEXT, label="Id", section=Section.RECORD,
        absent=_only(KEPT, Place.PAGE),
    ),
)  # fmt: skip


def fields_in(place: Place) -> tuple[Field, ...]:
    """The fields of this list, in order."""
    return tuple(field for field in FIELDS if place not in field.absent)


def names_in(place: Place) -> tuple[str, ...]:
    return tuple(field.name for field in fields_in(place))


def names_of_fields(*kinds: Kind) -> tuple[str, ...]:
    """The fields of these kinds."""
    return tuple(field.name for field in FIELDS if field.kind in kinds)


def in_sections(place: Place) -> dict[Section, list[Field]]:
    """The same by section; a section without any is left out."""
    sections = {
        section: [field for field in fields_in(place) if field.section is section]
        for section in Section
    }
    return {section: fields for section, fields in sections.items() if fields}


BY_NAME = {field.name: field for field in FIELDS}
