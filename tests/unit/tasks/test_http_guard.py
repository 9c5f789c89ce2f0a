"""HttpRequest reaches nothing inside the network unless it is allowed to, neither directly nor by a
redirect.
"""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pytest_django import Settings

from tasks.egress import AddressRefused
from tasks.http import http_request
from tasks.web import RequestFailed
from tests.unit.tasks.site import Site


@pytest.fixture
def nothing_allowed(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"http_allow_hosts": []}


@pytest.mark.usefixtures("nothing_allowed")
class TestWithoutTheAllowList:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "localhost",
            "127.1",
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0",
            "[::ffff:127.0.0.1]",
        ],
    )
    def test_no_spelling_of_this_machine_is_reached(self, site: Site, host: str) -> None:
        with pytest.raises(
            AddressRefused, match="is not on the public Internet; HTTP_ALLOW_HOSTS must name it"
        ):
            http_request(url=site.url(host=host))
        assert site.seen == []

    @pytest.mark.parametrize(
        "host",
        ["169.254.169.254", "2852039166", "10.0.0.1", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]"],
    )
    def test_metadata_and_private_addresses_are_not_reached(self, host: str) -> None:
        with pytest.raises(AddressRefused):
            http_request(url=f"http://{host}/latest/meta-data/")

    def test_a_public_name_for_this_machine_is_not_reached(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", site.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answer)
        with pytest.raises(AddressRefused, match=r"^127\.0\.0\.1\.nip\.io \(127\.0\.0\.1\)"):
            http_request(url=site.url(host="127.0.0.1.nip.io"))
        assert site.seen == []


@pytest.mark.usefixtures("this_machine_allowed")
class TestRedirects:
    @pytest.mark.parametrize(
        "host", ["169.254.169.254", "10.0.0.1", "[::1]", "0", "[::ffff:127.0.0.1]"]
    )
    def test_each_redirect_is_vetted_anew(self, site: Site, host: str) -> None:
        with pytest.raises(AddressRefused):
            http_request(url=site.url(f"/to/http://{host}:{site.port}/hello"))
        assert [path.split("/")[1] for _, path, _, _ in site.seen] == ["to"]

    def test_a_redirect_to_loopback_is_refused_when_only_the_first_host_is_allowed(
        self, site: Site, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = socket.getaddrinfo

        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            return real("127.0.0.1" if host == "inside.example" else host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        settings.BEATWRIGHT = settings.BEATWRIGHT | {"http_allow_hosts": ["inside.example"]}
        assert http_request(url=site.url(host="inside.example"))["status"] == 200
        with pytest.raises(AddressRefused, match=r"^127\.0\.0\.1 is not"):
            http_request(url=site.url(f"/to/{site.url('/hello')}", host="inside.example"))

    @pytest.mark.parametrize(
        "target",
        [
            "file:///etc/passwd",
            "ftp://127.0.0.1/x",
            "gopher://127.0.0.1/",
            "http://127.0.0.1:99999/",
        ],
    )
    def test_a_redirect_away_from_the_web_is_refused(self, site: Site, target: str) -> None:
        with pytest.raises(RequestFailed, match="which is no web address"):
            http_request(url=site.url(f"/to/{target}"))

    def test_five_redirects_are_followed_and_six_are_not(self, site: Site) -> None:
        assert http_request(url=site.url("/hops/5"))["body"] == "arrived"
        with pytest.raises(RequestFailed, match="redirects more than 5 times"):
            http_request(url=site.url("/hops/6"))
        site.seen.clear()
        with pytest.raises(RequestFailed, match="redirects more than 5 times"):
            http_request(url=site.url("/loop/1"))
        assert len(site.seen) == 6

    def test_a_redirect_is_an_answer_when_it_is_not_to_be_followed(self, site: Site) -> None:
        result = http_request(
            url=site.url("/to/http://10.0.0.1/"), follow_redirects=False, expect_status=302
        )
        assert (result["status"], result["headers"]["location"]) == (302, "http://10.0.0.1/")

    def test_headers_go_along_on_one_site_but_not_to_another(
        self, site: Site, settings: Settings
    ) -> None:
        settings.BEATWRIGHT = settings.BEATWRIGHT | {"http_allow_hosts": ["127.0.0.1", "localhost"]}
        secret = {"Authorization": "Bearer secret", "X-Api-Key": "secret"}
        http_request(url=site.url("/to//hello"), headers=secret)
        assert site.seen[-1][2]["x-api-key"] == "secret"
        http_request(url=site.url(f"/to/{site.url('/hello', host='localhost')}"), headers=secret)
        assert site.seen[-1][2]["host"] == f"localhost:{site.port}"
        assert "secret" not in str(site.seen[-1])
