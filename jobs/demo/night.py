"""The company's night: what everybody once put at two o'clock."""

from __future__ import annotations

from jobs.demo.company import BERLIN, DemoJob, Temper

SHOPS = (
    "aachen", "bonn", "bremen", "dresden", "essen", "kassel", "kiel", "leipzig", "mainz",
    "munich", "rostock", "ulm",
)  # fmt: skip
COUNTRIES = (
    "austria", "belgium", "denmark", "finland", "france", "ireland", "italy", "norway", "poland",
    "portugal", "spain", "sweden",
)  # fmt: skip
BANKS = ("north", "south", "savings", "cards", "transfers")
TABLES = ("customers", "events", "invoices", "ledger", "orders", "sessions", "stock")


def _nightly(
    name: str, schedule: str, about: str, tag: str, queue: str, owner: str, temper: Temper
) -> DemoJob:
    more = {"tags": ["night", tag], "queue": queue, "owner": owner, "timezone": BERLIN}
    return DemoJob(name, schedule, about, temper=temper, more=more)


def _each(count: int, shortest: float, longest: float) -> list[float]:
    """Durations from one to the other, not in order."""
    step = (longest - shortest) / max(1, count - 1)
    return [shortest + step * (5 * number % count) for number in range(count)]


NIGHT = (
    *(
        _nightly(f"close-day-{shop}", "0 2 * * *", "Close the till and book the day.", "close",
                 "default", "finance", Temper(seconds, 0.2, 0.01))
        for shop, seconds in zip(SHOPS, _each(len(SHOPS), 120, 900), strict=True)
    ),
    *(
        _nightly(f"export-{country}", "0 2 * * *", "Export the day's orders.", "export", "exports",
                 "data", Temper(seconds, 0.25, 0.01))
        for country, seconds in zip(COUNTRIES, _each(len(COUNTRIES), 200, 1_500), strict=True)
    ),
    *(
        _nightly(f"reconcile-{bank}", "30 2 * * *", "Match payments with invoices.", "bank",
                 "default", "finance", Temper(seconds, 0.3, 0.02))
        for bank, seconds in zip(BANKS, _each(len(BANKS), 300, 1_200), strict=True)
    ),
    *(
        _nightly(f"compact-{table}", "0 3 * * *", "Compact the table.", "database", "default",
                 "operations", Temper(seconds, 0.15))
        for table, seconds in zip(TABLES, _each(len(TABLES), 90, 2_400), strict=True)
    ),
    DemoJob("bank-statements", "0 2 * * *", "The bank offers its file at two o'clock.",
            temper=Temper(240, 0.2),
            more={"tags": ["night", "bank", "fixed"], "owner": "finance", "timezone": BERLIN}),
)  # fmt: skip
