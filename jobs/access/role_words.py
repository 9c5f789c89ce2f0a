"""What each role may, in a sentence made of the table of roles."""

from __future__ import annotations

from jobs.access.roles import OWN, Role

# A phrase belongs to the first role that has the permission beside it. All of ours are here, but
# for those to look.
PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("see jobs, runs and logs", ("beatwright.view_job", "beatwright.view_run")),
    ("read the audit log", ("beatwright.view_auditentry",)),
    ("run, pause and resume jobs", ("beatwright.run_job", "beatwright.pause_job")),
    ("cancel runs and run them again", ("beatwright.cancel_run", "beatwright.rerun_run")),
    ("resolve dead letters and alerts", ("beatwright.requeue_dead", "beatwright.change_alert")),
    ("pause queues", ("beatwright.pause_queue",)),
    ("have API tokens", ("beatwright.add_apitoken",)),
    (
        "create, edit and archive jobs",
        ("beatwright.add_job", "beatwright.change_job", "beatwright.delete_job"),
    ),
    ("import schedules", ("beatwright.import_job",)),
    ("backfill", ("beatwright.backfill_job",)),
    ("manage pools", ("beatwright.manage_pool",)),
    ("manage calendars", ("beatwright.manage_calendar",)),
    ("say who is notified of what", ("beatwright.manage_channel",)),
    ("create secrets and use them in jobs", ("beatwright.use_secret", "beatwright.manage_secret")),
    ("invite people and set their permissions", ("auth.add_user", "auth.change_user")),
    ("reveal secrets", ("beatwright.view_secret",)),
    ("create command jobs", ("beatwright.command_job",)),
    ("shut down workers", ("beatwright.control_worker",)),
    ("manage the tokens of other people", ("beatwright.manage_token",)),
    ("delete runs", ("beatwright.delete_run",)),
)


def role_in_words(role: Role) -> str:
    """Such as “Can do everything a viewer can, and run jobs”."""
    own = [phrase for phrase, permissions in PHRASES if OWN[role].intersection(permissions)]
    order = list(Role)
    before = order[order.index(role) - 1] if order.index(role) else None
    said = _listed(own)
    if before is None:
        return f"Can {said}."
    return (
        f"Can do everything {_a(before)} can, and {said}."
        if said
        else f"Can do everything {_a(before)} can."
    )


def _listed(phrases: list[str]) -> str:
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}" if len(phrases) > 1 else "".join(phrases)


def _a(role: Role) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
