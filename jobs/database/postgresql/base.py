"""Named by ENGINE = "jobs.database.postgresql"."""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from jobs.database.deadlines import answer_within_seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """Every exchange with the server passes through the connection's ``wait``: there the limit is
    set.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.wait = partial(self._wait, connection, connection.wait)
        return connection

    def _wait(
        self,
        connection: Any,
        psycopgs_own: Any,
        generator: Any,
        *,
        timeout: float | None = None,
        **more: Any,
    ) -> Any:
        most = answer_within_seconds(self.alias)
        if most is None or (timeout is not None and timeout <= most):
            return psycopgs_own(generator, timeout=timeout, **more)
        try:
            return psycopgs_own(generator, timeout=most, **more)
        except psycopg.errors._WaitTimeout:
            # what was asked may still be answered: nobody must take that for another answer
            connection.pgconn.finish()
            raise psycopg.OperationalError(
                f"the database has not answered for {most:g} s"
            ) from None
