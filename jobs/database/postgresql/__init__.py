"""Django's PostgreSQL backend whose waits have a time limit on our own side (``jobs.database``)."""
