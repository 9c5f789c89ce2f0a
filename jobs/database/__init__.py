"""How long this process waits for a database that does not answer, on its own side of the connection.

A server's time-outs end statements that the server knows of. Behind a proxy or a pooler that takes what is sent and
never answers, nobody but the client can end the wait.
"""

from jobs.database.deadlines import answer_within, answer_within_here, answer_within_seconds

__all__ = ["answer_within", "answer_within_here", "answer_within_seconds"]
