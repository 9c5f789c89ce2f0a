"""``manage.py channel``, ``route`` and ``notice``: who is notified, and what they were told."""
