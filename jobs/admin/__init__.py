"""The console: Django admin on django-unfold, with pages of its own for jobs and runs.

A view is three steps: read the input, call one action or one read model, answer. What a template
prints was prepared here; templates neither query nor decide.
"""

from jobs.admin import people, periodic, results
from jobs.admin.audit import admin as audit_admin
from jobs.admin.job import admin as job_admin
from jobs.admin.run import admin as run_admin
from jobs.admin.site import site
from jobs.admin.token import admin as token_admin

__all__ = [
    "audit_admin",
    "job_admin",
    "people",
    "periodic",
    "results",
    "run_admin",
    "site",
    "token_admin",
]
