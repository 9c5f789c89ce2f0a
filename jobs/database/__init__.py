"""What every process asks of its database connections: limits on waiting, and who it is that is
waited for.

A server's time-outs end statements that the server knows of. Behind a proxy or a pooler that takes
what is sent and never answers, nobody but the client can end the wait: that is what ``deadlines``
is for.
"""
