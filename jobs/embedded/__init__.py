"""The one-command local runtime behind ``bin/up``.

What enters: the operator's configuration. What runs: an embedded Redis (unless a broker is set),
the web process, the scheduler, a worker and Flower, each in a session of its own, watched and
restarted. What leaves: progress on the terminal, one log file per part in ``DATA_DIR/logs``, and,
when it ends, no process.
"""
