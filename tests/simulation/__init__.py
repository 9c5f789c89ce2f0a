"""The core, simulated: its own functions on a database in memory, and everything around them made
up.

In goes a seed, or a plan; out come the history of what happened and what was wrong with it.
Schedulers, workers, the broker, the database's connection and the clocks are driven by one thread
of control, so that the same plan gives the same history, to the byte. See
docs/adr/0024-the-core-is-simulated.md.
"""
