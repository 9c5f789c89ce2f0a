"""The same verbs on another machine: words in, one request of its API, the same lines out.

``SCHEDULER_URL`` and ``SCHEDULER_TOKEN`` say where and as whom; nothing of this machine's database is touched.
"""
