"""A job's fields, once: what each is, what it may hold, and in which lists it stands; and the
checks of a whole job.

Actions, versions, schedule files, flags, the form and the configuration page are made from
``fields``. The columns of ``jobs.models.Job`` add type, default and choices. The shapes of REST are
written out, and held to it by a test.
"""
