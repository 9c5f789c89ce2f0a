"""The console with all of its pages: importing this module registers them.

URLconfs import it. The package itself does not: a project's own admin imports that in every
process, where a worker, a scheduler, or a project that installed no console has no use for the
pages.
"""

from __future__ import annotations

from importlib import import_module

from jobs import conf
from jobs.admin import periodic, results
from jobs.admin.audit import admin as audit_admin
from jobs.admin.job import admin as job_admin
from jobs.admin.run import admin as run_admin
from jobs.admin.token import admin as token_admin

__all__ = ["audit_admin", "job_admin", "periodic", "results", "run_admin", "token_admin"]

if conf.get().site:  # a project looks after its people itself
    import_module("jobs.admin.person.users")
