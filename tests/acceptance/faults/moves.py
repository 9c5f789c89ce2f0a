"""Every change of a run's state, written down by a trigger in the database: the product cannot pass
it by.
"""

from __future__ import annotations

from tests.support.site import Site

SQLITE = (
    "CREATE TABLE fault_moves (n INTEGER PRIMARY KEY, run TEXT, was TEXT, became TEXT, at TEXT)",
    (
        "CREATE TRIGGER fault_moved AFTER UPDATE OF state ON beatwright_run WHEN OLD.state <> "
        "NEW.state BEGIN"
        " INSERT INTO fault_moves (run, was, became, at)"
        " VALUES (NEW.id, OLD.state, NEW.state, strftime('%Y-%m-%d %H:%M:%f', 'now')); END"
    ),
    (
        "CREATE TRIGGER fault_deleted AFTER DELETE ON beatwright_run BEGIN"
        " INSERT INTO fault_moves (run, was, became, at)"
        " VALUES (OLD.id, OLD.state, 'deleted', strftime('%Y-%m-%d %H:%M:%f', 'now')); END"
    ),
)
POSTGRESQL = (
    (
        "CREATE TABLE fault_moves (n bigserial PRIMARY KEY, run uuid, was text, became text, at "
        "timestamptz)"
    ),
    (
        "CREATE FUNCTION fault_move() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
        " IF TG_OP = ''DELETE'' THEN INSERT INTO fault_moves (run, was, became, at)"
        " VALUES (OLD.id, OLD.state, ''deleted'', pg_catalog.clock_timestamp());"
        " ELSE INSERT INTO fault_moves (run, was, became, at)"
        " VALUES (NEW.id, OLD.state, NEW.state, pg_catalog.clock_timestamp()); END IF; RETURN "
        "NULL; END'"
    ),
    (
        "CREATE TRIGGER fault_moved AFTER UPDATE OF state ON beatwright_run FOR EACH ROW"
        " WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION fault_move()"
    ),
    (
        "CREATE TRIGGER fault_deleted AFTER DELETE ON beatwright_run FOR EACH ROW EXECUTE FUNCTION "
        "fault_move()"
    ),
)


def watch(site: Site, database: str) -> None:
    """From now on, write down every move of every run of ``site``."""
    for statement in SQLITE if database == "sqlite" else POSTGRESQL:
        site.execute(statement)
