"""What each role may, in a sentence made of the table of roles."""

from __future__ import annotations

from jobs.access.roles import OWN, Role

# A phrase belongs to the first role that has the permission beside it. All of ours are here, but for those to look.
PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("see jobs, runs and logs", ("jobs.view_job", "jobs.view_run")),
    ("read the audit", ("jobs.view_auditentry",)),
    ("run, pause and resume jobs", ("jobs.run_job", "jobs.pause_job")),
    ("cancel runs and run them again", ("jobs.cancel_run", "jobs.rerun_run")),
    ("resolve dead letters and alerts", ("jobs.requeue_dead", "jobs.change_alert")),
    ("pause queues", ("jobs.pause_queue",)),
    ("have API tokens", ("jobs.add_apitoken",)),
    ("create, edit and archive jobs", ("jobs.add_job", "jobs.change_job", "jobs.delete_job")),
    ("import schedules", ("jobs.import_job",)),
    ("backfill", ("jobs.backfill_job",)),
    ("manage pools", ("jobs.manage_pool",)),
    ("make secrets and name them in jobs", ("jobs.use_secret", "jobs.manage_secret")),
    ("invite people and say what they may do", ("auth.add_user", "auth.change_user")),
    ("reveal secrets", ("jobs.view_secret",)),
    ("write command jobs", ("jobs.command_job",)),
    ("shut down workers", ("jobs.control_worker",)),
    ("manage everybody’s tokens", ("jobs.manage_token",)),
    ("delete runs", ("jobs.delete_run",)),
)


def sentence(role: Role) -> str:
    """Such as “All that a viewer may, and run jobs”."""
    own = [phrase for phrase, permissions in PHRASES if OWN[role].intersection(permissions)]
    order = list(Role)
    before = order[order.index(role) - 1] if order.index(role) else None
    said = _listed(own)
    if before is None:
        return f"May {said}."
    return f"All that {_a(before)} may, and {said}." if said else f"All that {_a(before)} may."


def _listed(phrases: list[str]) -> str:
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}" if len(phrases) > 1 else "".join(phrases)


def _a(role: Role) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
