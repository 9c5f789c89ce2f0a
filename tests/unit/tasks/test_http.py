"""HttpRequest's answers, from a real server on 127.0.0.1, which the allow-list names."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from typing import Any

import pytest
from pytest_django import Settings

from tasks.egress import NameNotFound
from tasks.http import http_request
from tasks.web import RequestFailed, UnexpectedStatus
from tests.unit.tasks.site import Site


@pytest.mark.usefixtures("this_machine_allowed")
class TestAnswers:
    def test_a_good_answer_comes_back_with_its_content_headers(self, site: Site) -> None:
        result = http_request(url=site.url("/hello?token=secret"))
        assert (result["status"], result["body"], result["truncated"]) == (
            200,
            "hello\ufffd",
            False,
        )
        assert result["url"] == site.url("/hello")
        assert result["headers"]["content-type"] == "text/plain"
        assert "x-internal" not in result["headers"]
        json.dumps(result, allow_nan=False)

    def test_the_host_header_names_the_host_of_the_url(
        self, site: Site, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", site.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answer)
        settings.BEATWRIGHT = settings.BEATWRIGHT | {"http_allow_hosts": ["intranet.example"]}
        http_request(url=site.url(host="intranet.example"))
        assert site.seen[0][2]["host"] == f"intranet.example:{site.port}"

    def test_the_next_address_is_tried_when_one_takes_no_connection(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        answer = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, site.port))
            for a in ("127.0.0.99", "127.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answer)
        settings.BEATWRIGHT = settings.BEATWRIGHT | {"http_allow_hosts": ["two.example"]}
        assert http_request(url=site.url(host="two.example"))["status"] == 200

    def test_json_and_text_bodies_are_sent(self, site: Site) -> None:
        http_request(url=site.url(), method="POST", json={"a": [1]})
        assert json.loads(site.seen[-1][3]) == {"a": [1]}
        assert site.seen[-1][2]["content-type"] == "application/json"
        http_request(url=site.url(), method="PUT", body="é", headers={"Content-Type": "text/plain"})
        assert site.seen[-1][3] == "é".encode()
        with pytest.raises(ValueError, match="give 'json' or 'body', not both"):
            http_request(url=site.url(), method="POST", json={}, body="")

    def test_a_head_request_has_no_body(self, site: Site) -> None:
        assert http_request(url=site.url("/large/50"), method="HEAD")["body"] == ""

    def test_a_status_other_than_2xx_is_an_error_that_quotes_the_answer(self, site: Site) -> None:
        with pytest.raises(
            UnexpectedStatus,
            match=r"/status/503 answered 503 Service Unavailable, expected 2xx: something went "
            r"wrong$",
        ):
            http_request(url=site.url("/status/503?token=secret"))

    def test_the_error_keeps_the_urls_secrets(self, site: Site) -> None:
        with pytest.raises(UnexpectedStatus) as caught:
            http_request(
                url=f"http://user:secret@127.0.0.1:{site.port}/status/404?token=secret#secret"
            )
        assert "secret" not in str(caught.value)
        assert site.seen[0][2]["authorization"].startswith("Basic ")

    def test_an_expected_status_is_success_and_any_other_is_not(self, site: Site) -> None:
        assert http_request(url=site.url("/status/404"), expect_status=404)["status"] == 404
        assert http_request(url=site.url("/status/410"), expect_status=[404, 410])["status"] == 410
        with pytest.raises(UnexpectedStatus, match="answered 200 OK, expected 404 or 410"):
            http_request(url=site.url(), expect_status=[404, 410])

    def test_texts_are_decoded_as_declared_or_as_utf_8(self, site: Site) -> None:
        assert http_request(url=site.url("/latin"))["body"] == "é"
        assert http_request(url=site.url("/odd"))["body"] == "\ufffd ok"

    def test_a_long_text_is_cut_and_said_to_be(self, site: Site) -> None:
        result = http_request(url=site.url("/large/10001"))
        assert (len(result["body"]), result["truncated"]) == (10_000, True)

    @pytest.mark.parametrize("kind", ["large", "packed"])
    def test_an_answer_of_more_than_a_megabyte_is_refused(self, site: Site, kind: str) -> None:
        assert http_request(url=site.url(f"/{kind}/1048576"))["truncated"] is True
        with pytest.raises(RequestFailed, match="answered with more than 1024 KB"):
            http_request(url=site.url(f"/{kind}/1048577"))

    @pytest.mark.parametrize(
        ("coding", "message"), [("br", "encoding 'br'"), ("gzip", "cannot be unpacked")]
    )
    def test_an_encoding_nobody_asked_for_is_an_error(
        self, site: Site, coding: str, message: str
    ) -> None:
        with pytest.raises(RequestFailed, match=message):
            http_request(url=site.url(f"/encoded/{coding}"))

    @pytest.mark.parametrize("way", ["slow", "silent"])
    def test_the_time_limit_holds_for_the_whole_exchange(self, site: Site, way: str) -> None:
        started = time.monotonic()
        with pytest.raises(RequestFailed, match=r"gave no full answer within 0\.7 seconds"):
            http_request(url=site.url(f"/{way}"), timeout_seconds=0.7)
        assert time.monotonic() - started < 5

    def test_a_server_that_is_not_there_or_speaks_no_http_is_named(self, site: Site) -> None:
        with pytest.raises(RequestFailed, match=f"no answer from {site.url('/garbage')}: "):
            http_request(url=site.url("/garbage"))
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        with pytest.raises(
            RequestFailed, match=rf"no answer from http://127\.0\.0\.1:{port}/: .*refused"
        ):
            http_request(url=f"http://127.0.0.1:{port}/")

    def test_no_proxy_of_the_environment_is_used(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert http_request(url=site.url())["status"] == 200

    def test_addresses_are_not_logged_with_their_secrets(
        self, site: Site, lines: pytest.LogCaptureFixture
    ) -> None:
        http_request(url=site.url("/hello?token=secret"))
        assert f"GET {site.url('/hello')} answered 200" in lines.messages
        assert "secret" not in lines.text

    def test_over_tls_the_name_is_asked_for_and_a_stranger_is_not_trusted(
        self, settings: Settings
    ) -> None:
        settings.BEATWRIGHT = settings.BEATWRIGHT | {"http_allow_hosts": ["localhost"]}
        asked: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = lambda _socket, name, _context: asked.append(name)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=_shake_hands, args=(listener, context), daemon=True).start()
            with pytest.raises(RequestFailed, match="SSL"):
                http_request(url=f"https://localhost:{listener.getsockname()[1]}/")
        assert asked == ["localhost"]


def _shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    """One handshake, which cannot succeed: the server has no certificate."""
    connection, _ = listener.accept()
    with connection, pytest.raises(ssl.SSLError):
        context.wrap_socket(connection, server_side=True)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"url": "ftp://example.com/"},
            (
                "'url' must be http:// or https://, a host and at most a valid port, not "
                "'ftp://example.com/'"
            ),
        ),
        ({"url": "file:///etc/passwd"}, "'url' must be http:// or https://"),
        ({"url": "example.com"}, "'url' must be http:// or https://"),
        ({"url": "http:///x"}, "'url' must be http:// or https://"),
        ({"url": "http://[::1"}, "'url' or 'headers' cannot be used"),
        ({"url": "http://example.com:99999/"}, "a valid port, not 'http://example.com:99999/'"),
        (
            {"url": "http://8.8.8.8/", "headers": {"Host": "inside.example"}},
            "'headers' may not set Host",
        ),
        ({"url": "http://8.8.8.8/", "headers": {"é": "x"}}, "'url' or 'headers' cannot be used"),
    ],
)
def test_params_that_make_no_request_are_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        http_request(**params)


@pytest.mark.usefixtures("this_machine_allowed")
def test_a_header_that_holds_a_line_break_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="'headers' cannot be sent"):
        http_request(url=site.url(), headers={"X": "a\r\nY: b"})
    assert site.seen == []


def test_a_name_that_does_not_exist_is_named() -> None:
    with pytest.raises(NameNotFound, match=r"'no-such-host\.invalid' cannot be resolved"):
        http_request(url="http://no-such-host.invalid/")
