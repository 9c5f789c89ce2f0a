"""gRPC: system C's three services, so that its clients work as they are.

What enters is a message with a token in its metadata; what leaves is a message, or a status that names the field at
fault. The messages' meaning is ``jobs.legacy.system_c``'s and ``jobs.legacy.executions``', as over HTTP.
"""
