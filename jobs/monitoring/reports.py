"""What Django tells of an error that nobody foresaw: its page where DEBUG is on, and its mail to
ADMINS.

Django hides what is called a password and shows all else: every setting, so addresses with
passwords in them; the local variables of each function, so params and opened secrets; what a form
has sent. Here a report says where it happened, and hides all that may hold a secret, whether DEBUG
is on or not.
"""

from __future__ import annotations

from collections.abc import ItemsView
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from jobs import conf
from jobs.redaction.keys import MASK
from jobs.redaction.redactor import Redactor, redactor_of

# What a browser or a proxy says of itself and of the request; another header may be a way in.
HEADERS = frozenset(
    {
        "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING",
        "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST",
        "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "PATH_INFO",
        "REMOTE_ADDR",
        "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
    }
)  # fmt: skip
TEXTS = ("exception_value", "exception_notes")


class ReportFilter(SafeExceptionReporterFilter):
    """Shows no setting, no local variable, no cookie, no value that a form has sent, and the
    headers in HEADERS.
    """

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest | None) -> dict[str, Any]:
        redactor, meta = _redactor(), getattr(request, "META", {})
        return {name: redactor.text(str(value)) for name, value in meta.items() if name in HEADERS}

    def get_safe_cookies(self, request: HttpRequest | None) -> dict[str, Any]:
        return dict.fromkeys(getattr(request, "COOKIES", {}), MASK)

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return dict.fromkeys(request.POST, MASK) if request else {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> ItemsView[str, Any]:
        return dict[str, Any]().items()


class RedactedReport(ExceptionReporter):
    """The same page and mail without the secrets in what an exception and an address say."""

    def get_traceback_data(self) -> dict[str, Any]:
        redactor, data = _redactor(), super().get_traceback_data()
        redacted = {name: redactor.text(data[name]) for name in TEXTS if name in data}
        given = self.request.GET.dict() if self.request else {}
        about = {"request_GET_items": redactor.json(given).items(), "unicode_hint": ""}
        if "request_insecure_uri" in data:  # without the query, which is shown beside it
            about["request_insecure_uri"] = redactor.text(
                data["request_insecure_uri"].partition("?")[0]
            )
        about |= {
            "template_info": _of_template(data["template_info"], redactor),
            "request": _shown(self.request, redactor),
        }
        return data | redacted | about

    def get_traceback_frames(self) -> list[dict[str, Any]]:
        """Where an exception was raised from another one, Django prints that one too."""
        redactor, frames = _redactor(), super().get_traceback_frames()
        return [frame | {"exc_cause": _said(frame.get("exc_cause"), redactor)} for frame in frames]


def _shown(request: HttpRequest | None, redactor: Redactor) -> Any:
    """What the templates ask the request itself for; the link of an invitation is a secret in a
    path.
    """
    return request and SimpleNamespace(
        path_info=redactor.text(request.path_info),
        META={"REQUEST_METHOD": request.method},
        GET=request.GET,
        FILES=request.FILES,
        COOKIES=request.COOKIES,
    )


def _said(cause: BaseException | None, redactor: Redactor) -> str | None:
    return None if cause is None else redactor.text(str(cause))


def _of_template(about: dict[str, Any] | None, redactor: Redactor) -> dict[str, Any] | None:
    """Where in a template it happened; the message is the exception's."""
    return about and about | {"message": redactor.text(str(about.get("message", "")))}


def _redactor() -> Redactor:
    """Over the secrets of the configuration, wherever a library has put them into what it says."""
    config = conf.get().site or conf.get()
    given = [
        getattr(config, name) for name, field in type(config).model_fields.items() if not field.repr
    ]
    return redactor_of({"secrets": [*given, settings.SECRET_KEY], "addresses": given})
