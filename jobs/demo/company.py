"""The jobs of a mail-order company, and how each of them tends to go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Temper:
    """How a job's runs go: seconds in the middle, how far they spread, the share that fails, and
    with which error.
    """

    seconds: float = 2.0
    spread: float = 0.4
    fails: float = 0.005
    error: str = "ConnectionError: warehouse-db-2 does not answer"
    broken_hours: int = 0  # for so long it has failed every time


@dataclass(frozen=True)
class DemoJob:
    """The fields of a job, and its temper."""

    name: str
    schedule: str
    description: str
    task: str = "EchoTask"
    params: dict[str, Any] = field(default_factory=dict)
    temper: Temper = Temper()
    more: dict[str, Any] = field(default_factory=dict)


def _job(
    name: str, schedule: str, about: str, *tags: str, temper: Temper | None = None, **more: Any
) -> DemoJob:
    task, params = more.pop("task", "EchoTask"), more.pop("params", {})
    return DemoJob(
        name, schedule, about, task, params, temper or Temper(), {"tags": list(tags), **more}
    )


BERLIN, NEW_YORK, TOKYO = "Europe/Berlin", "America/New_York", "Asia/Tokyo"
TIMEOUT = "TimeoutError: no answer from the bank within 30 s"
PARTNER = "HTTPStatusError: 503 from partner.example for /v2/stock"

CALENDARS: tuple[dict[str, Any], ...] = (
    {
        "name": "working-days",
        "description": "When the bank and the warehouse are closed.",
        "country": "DE",
        "subdivision": "BY",
        "weekdays": ["SAT", "SUN"],
        "windows": ["0 22 * * THU for 4h # Maintenance of the ledger"],
    },
)
POOLS: tuple[dict[str, Any], ...] = (
    {
        "name": "partner-api",
        "slots": 2,
        "description": "Connections that the partners allow us at once.",
    },
    {
        "name": "training",
        "slots": 4,
        "memory": 64,
        "description": "The machine for models; memory in GiB.",
    },
)

SECRETS: tuple[dict[str, Any], ...] = (
    {
        "name": "bank-api",
        "description": "The bank's API, read only.",
        "tags": ["finance"],
        "value": "made-up-bank",
    },
    {
        "name": "partner-token",
        "description": "Rotated by the partners each quarter.",
        "value": "made-up-partner",
    },
)

COMPANY = (
    _job("billing-sync", "*/10 * * * *", "Bring bookings and invoices in line.", "finance",
         owner="finance",
         params={"bank": "main", "api_token": {"$secret": "bank-api"}},
         temper=Temper(41, 0.5, 0.02, TIMEOUT, broken_hours=3), max_retries=2, timeout_seconds=300),
    _job("invoices-germany", "0 6 * * 1-5", "Write the invoices of the day before.", "finance",
         "pdf",
         task="InvoiceProcessor", params={"payload": ["Ireland", "Germany"]}, timezone=BERLIN,
         owner="finance",
         temper=Temper(180, 0.3)),
    _job("invoices-usa", "0 6 * * 1-5", "Write the invoices of the day before.", "finance", "pdf",
         task="InvoiceProcessor", params={"payload": ["Ohio", "Texas"]}, timezone=NEW_YORK,
         owner="finance",
         temper=Temper(150, 0.3)),
    _job("payroll", "0 9 L * *", "Hand the month's payroll to the bank.", "finance", "monthly",
         timezone=BERLIN,
         owner="finance", priority=20, overlap_policy="skip", temper=Temper(600, 0.1)),
    _job("nightly-report", "30 2 * * *", "The numbers of the day, for the morning.", "report",
         timezone=BERLIN,
         owner="data", temper=Temper(310, 0.35)),
    _job("warehouse-export", "0 2 * * *", "Export orders to the warehouse.", "export", "warehouse",
         timezone=BERLIN,
         queue="exports", owner="data", overlap_policy="queue", temper=Temper(1500, 0.4, 0.03)),
    _job("stock-levels", "*/5 * * * *", "Ask the partners for their stock.", "partners",
         "warehouse", queue="partners",
         owner="logistics", temper=Temper(12, 0.8, 0.04, PARTNER), max_retries=3,
         retry_backoff_seconds=20,
         pool="partner-api"),
    _job("currency-rates", "@hourly", "Today's rates from the central bank.", "finance",
         owner="finance",
         temper=Temper(1.2)),
    _job("price-feed-germany", "15 * * * *", "Publish prices to the shops.", "export",
         queue="exports", timezone=BERLIN,
         owner="shop", temper=Temper(64)),
    _job("price-feed-japan", "15 * * * *", "Publish prices to the shops.", "export",
         queue="exports", timezone=TOKYO,
         owner="shop", temper=Temper(48)),
    _job("search-index", "*/30 * * * *", "Index what has changed in the catalogue.", "shop",
         owner="shop",
         overlap_policy="skip", temper=Temper(900, 0.7)),
    _job("thumbnails", "*/2 * * * *", "Make the pictures that were asked for.", "shop", "media",
         queue="media",
         owner="shop", temper=Temper(6, 0.9)),
    _job("newsletter", "0 10 * * 4", "The weekly letter.", "mail", "weekly", timezone=BERLIN,
         owner="marketing",
         queue="mail", temper=Temper(2400, 0.2)),
    _job("birthday-mails", "0 8 * * *", "Greet whose birthday it is.", "mail",
         task="BirthdayProcessor",
         params={"payload": ["Ada", "Grace"]}, timezone=BERLIN, owner="marketing", queue="mail",
         temper=Temper(33)),
    _job("send-digests", "0 18 * * 1-5", "Daily digests for the sales team.", "mail",
         timezone=NEW_YORK, owner="sales",
         queue="mail", temper=Temper(75)),
    _job("backup-database", "45 1 * * *", "Dump and ship the databases.", "operations",
         owner="operations",
         priority=10, timeout_seconds=7200, overlap_policy="skip", temper=Temper(2700, 0.15)),
    _job("backup-check", "0 7 * * *", "Restore last night's dump somewhere else.", "operations",
         owner="operations",
         temper=Temper(1300, 0.2)),
    _job("certificate-expiry", "@daily", "Warn of certificates that run out.", "operations",
         owner="operations",
         temper=Temper(9)),
    _job("log-rotation", "@daily", "Rotate and compress.", "operations", owner="operations",
         temper=Temper(20)),
    _job("clean-temporary-files", "20 3 * * *", "Delete what is older than a week.", "operations",
         owner="operations",
         temper=Temper(4)),
    _job("ping-partners", "@every 90s", "Are they there?", "partners", queue="partners",
         owner="logistics",
         temper=Temper(0.4, 0.6, 0.02, PARTNER), pool="partner-api"),
    _job("parcel-tracking", "*/15 6-22 * * *", "Fetch the state of parcels on their way.",
         "logistics", timezone=BERLIN,
         queue="partners", owner="logistics", temper=Temper(95, 0.5, 0.02, PARTNER),
         pool="partner-api"),
    _job("returns", "5 * * * *", "Book returned goods.", "logistics", "warehouse",
         owner="logistics",
         temper=Temper(18)),
    _job("fraud-scan", "@every 1m", "Look at new orders.", "risk", owner="risk", priority=10,
         temper=Temper(3, 0.5, 0.01, "ValueError: order without an address")),
    _job("credit-limits", "0 */6 * * *", "Refresh the limits of business customers.", "risk",
         "finance", owner="risk",
         temper=Temper(130)),
    _job("customer-dedupe", "0 4 * * 0", "Find customers that are one.", "data", "weekly",
         owner="data",
         temper=Temper(5200, 0.2)),
    _job("erase-personal-data", "0 5 1 * *", "Erase what must not be kept.", "data", "monthly",
         owner="legal",
         temper=Temper(800)),
    _job("archive-orders", "30 4 * * 0", "Move old orders to cold storage.", "data", "weekly",
         owner="data",
         temper=Temper(3100)),
    _job("sales-forecast", "0 5 * * 1-5", "Forecast for the coming fortnight.", "data", "report",
         timezone=BERLIN,
         owner="data", temper=Temper(1900, 0.25, 0.05, "MemoryError: 12.4 GiB asked for"),
         pool="training",
         resources={"memory": 24}),
    _job("recommendations", "0 */4 * * *", "Retrain what goes with what.", "data", "shop",
         owner="data",
         temper=Temper(2100, 0.3), pool="training", resources={"memory": 48}),
    _job("sitemap", "10 3 * * *", "Write the sitemap.", "shop", owner="shop", temper=Temper(40)),
    _job("cache-warming", "55 5 * * *", "Ask for the pages that mornings ask for.", "shop",
         timezone=BERLIN,
         owner="shop", temper=Temper(210)),
    _job("tax-summary", "0 9 10 1,4,7,10 *", "The quarter's tax summary.", "finance", "quarterly",
         timezone=BERLIN,
         owner="finance", temper=Temper(90)),
    _job("service-levels", "RRULE:FREQ=WEEKLY;BYDAY=MO;BYHOUR=7;BYMINUTE=0;BYSECOND=0",
         "How we did last week.",
         "report", "weekly", owner="operations", timezone=BERLIN, temper=Temper(55)),
    _job("year-end-close", "2027-12-31T23:00", "Close the books.", "finance", timezone=BERLIN,
         owner="finance"),
    _job("reindex-everything", "@manual", "Only when somebody asks.", "shop", owner="shop",
         temper=Temper(4000)),
)  # fmt: skip

# Names of jobs that somebody has paused, and why.
PAUSED = {"warehouse-export": "db move", "newsletter": "waiting for the new template"}
WORKERS = ("worker-1@athens", "worker-2@athens", "worker-1@berlin", "worker-2@berlin")
