"""The process beside a worker's main process that speaks to the database for it.

The main process forks pool children at any time. A thread that is inside SQLite, libpq or OpenSSL
at that moment leaves their locks closed for ever in the child; so no thread of the main process
ever enters them. Its threads ask the sidecar instead, which is one process with a thread and a
database connection for each of them. An answer that does not come in time is no answer: the sidecar
is killed and another one takes its place, whatever it was waiting for.

It sees to two more things that the main process cannot do for itself: it stops exclusive bodies
when the main process is frozen, and ends what is left of the worker when the main process is dead
or silent.
"""
