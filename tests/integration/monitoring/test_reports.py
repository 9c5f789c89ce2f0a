"""Django's page and mail of an error that nobody foresaw say where it happened, and no secret."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.views.debug import get_default_exception_reporter_filter, technical_500_response

from jobs.monitoring.reports import RedactedReport, ReportFilter
from jobs.redaction.keys import MASK

SECRET = "corr3ct-h0rse"[::-1]  # a report shows lines of the source, this one as well


def page_of(request: HttpRequest, fault: Any) -> str:
    """What is shown and mailed where ``fault`` raises."""
    try:
        fault(SECRET)
    except Exception:  # noqa: BLE001 - whatever it raises
        kind, error, where = sys.exc_info()
        shown = technical_500_response(request, kind, error, where).content.decode()
        return (
            shown + RedactedReport(request, kind, error, where, is_email=True).get_traceback_text()
        )
    raise AssertionError("nothing was raised")


def raises(given: str) -> None:
    params = {"credentials": [given]}
    raise KeyError(len(params))


def names_it(given: str) -> None:
    raise ValueError(f"password={given}") from OSError(f"no way to https://ann:{given}@db/")


def cannot_encode(given: str) -> None:
    f"{given[:8]}\udcff{given}".encode()


def in_a_template(given: str) -> None:
    def tell() -> None:
        raise ValueError(f"password={given}")

    Template("{{ tell }}").render(Context({"tell": tell}))


@pytest.mark.parametrize("is_debugged", [True, False])
@pytest.mark.parametrize("fault", [raises, names_it, cannot_encode, in_a_template])
def test_no_secret_is_in_what_an_error_says_nor_in_what_led_to_it(
    settings: Any, fault: Any, is_debugged: bool
) -> None:
    settings.DEBUG = is_debugged
    page = page_of(RequestFactory().get("/admin/"), fault)
    assert SECRET not in page
    assert SECRET[:8] not in page
    assert "test_reports.py" in page
    assert fault.__name__ in page


def test_no_secret_is_in_what_is_told_of_the_request(settings: Any) -> None:
    settings.DEBUG = True
    request = RequestFactory(
        HTTP_X_OWN_WAY_IN=SECRET, HTTP_AUTHORIZATION=f"Bearer {SECRET}", TERM=SECRET
    ).post(f"/admin/invitation/{SECRET}-{SECRET}/?token={SECRET}&page=7", {"value": SECRET})
    request.COOKIES = {"somebodys": SECRET}
    page = page_of(request, raises)
    assert SECRET not in page
    assert {"value", "somebodys", "page", MASK} <= {
        word for word in ("value", "somebodys", "page", MASK) if word in page
    }


def test_no_setting_is_told_and_no_secret_of_one_where_an_error_says_it(settings: Any) -> None:
    settings.DEBUG = True
    site = settings.CONFIG.model_copy(update={"email_host_password": SECRET})
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"site": site}
    setattr(settings, "url_of_an_app".upper(), f"https://ann:{SECRET}@mail/")
    page = page_of(RequestFactory().get("/"), names_bare)
    assert SECRET not in page
    assert "url_of_an_app".upper() not in page


def names_bare(given: str) -> None:
    raise ValueError(f"535 {given} was not accepted")


def test_it_is_what_django_asks() -> None:
    assert isinstance(get_default_exception_reporter_filter(), ReportFilter)
