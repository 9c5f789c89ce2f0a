"""Errors that nobody foresaw: Django's page where DEBUG is on, its mails to ADMINS, and what a
client is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from textwrap import dedent

import httpx
from django.urls import reverse

from tests.acceptance.canary.marks import MARKS, Read
from tests.support.site import Site

SETTINGS_MODULE = "canary_settings"
# What an operator may add: mails with all that Django can put into one, DEBUG or not.
SETTINGS = """
    from scheduler_site.settings import *

    ADMINS = [("ops", "ops@localhost")]
    LOGGING_CONFIG = "logging.config.dictConfig"
    MAILED = {"class": "django.utils.log.AdminEmailHandler", "level": "ERROR", "include_html": True}
    LOGGING = LOGGING | {
        "handlers": LOGGING["handlers"] | {"mail": MAILED},
        "root": LOGGING["root"] | {"handlers": ["console", "mail"]},
    }
"""
FAILING = (
    "beatwright_auditentry",
    "beatwright_run",
    "axes_accessattempt",
    "axes_accessfailurelog",
    "beatwright_signin",
)
# Which Django answers with pages of its own as well.
ANOTHER_HOST, NOWHERE = (
    "another host",
    "an address that is none",
)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def write_settings(site: Site) -> None:
    (site.folder / "modules" / f"{SETTINGS_MODULE}.py").write_text(dedent(SETTINGS))


@contextmanager
def nothing_can_be_written(site: Site) -> Iterator[None]:
    """What is to be added to these tables is refused, with an error that no code expects."""
    for table in FAILING:
        site.execute(
            f"CREATE TRIGGER canary_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, "
            "'not now'); END"
        )
    try:
        yield
    finally:
        for table in FAILING:
            site.execute(f"DROP TRIGGER canary_{table}")


def by_rest(client: httpx.Client, job: str) -> Iterator[tuple[int, Read]]:
    """Requests that hold secrets and that end in an error."""
    nested = {"password": MARKS["param"], "db": {"credentials": [MARKS["nested param"]]}}
    sent = {
        "POST /api/v1/jobs/": {
            "name": "fresh",
            "task": "Tells",
            "schedule": "@daily",
            "params": nested,
        },
        f"PATCH /api/v1/jobs/{job}/": {"description": "anew"},
        f"POST /api/v1/jobs/{job}/run/": {},
        f"POST /api/v1/jobs/{job}/reveal/": {"reason": "why not"},
        "POST /api/v1/secrets/": {"name": "fresh", "value": MARKS["secret"]},
    }
    for where, body in sent.items():
        method, _, address = where.partition(" ")
        yield _told(
            where,
            client.request(
                method, address, json=body, params={"of": f"x://a:{MARKS['address']}@b/"}
            ),
        )


def by_console(client: httpx.Client, job: str) -> Iterator[tuple[int, Read]]:
    """The same of forms, signed in and not; and what is none of ours, which is no error of ours
    either.
    """
    secret_form, login = reverse("admin:secret_add"), reverse("admin:login")
    forms = {
        secret_form: {"name": "fresh", "value": MARKS["secret"], "tags": "", "description": ""},
        f"/admin/beatwright/job/{job}/run/": {},
        f"/admin/beatwright/job/{job}/reveal/": {"reason": "why not"},
        login: {"username": "boss", "password": MARKS["param"]},
    }
    with httpx.Client(base_url=client.base_url, timeout=60) as stranger:
        for address, fields in forms.items():
            browser = stranger if address == login else client
            page = browser.get(
                address if address in {secret_form, login} else f"/admin/beatwright/job/{job}/"
            )
            token = TOKEN.findall(page.text)[0]
            yield _told(
                address, browser.post(address, data={**fields, "csrfmiddlewaretoken": token})
            )
    yield _told(ANOTHER_HOST, client.get("/admin/", headers={"Host": "elsewhere.example"}))
    yield _told(NOWHERE, client.get("/nothing/"))


def _told(where: str, answer: httpx.Response) -> tuple[int, Read]:
    return answer.status_code, (f"{where} {answer.status_code}", f"{answer.headers}\n{answer.text}")


def mailed(mails: list[str]) -> Iterator[Read]:
    """Each part of each mail, decoded."""
    for number, text in enumerate(mails):
        mail = message_from_string(text, policy=policy.default)
        yield f"mail {number} {mail['Subject']}", str(mail.items())
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                yield f"mail {number} {part.get_content_type()}", str(part.get_content())
