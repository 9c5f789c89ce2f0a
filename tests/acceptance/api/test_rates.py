"""One bound for all that a token asks, whichever process answers it."""

from __future__ import annotations

import time

import httpx

from tests.support.dts_go import Client
from tests.support.site import Site

MOST = 7
REGISTRY = "/api/v1/registry/LogTask/"


def test_web_servers_and_grpc_share_a_tokens_bound_and_do_without_redis() -> None:
    with Site(env={"API_RATE_PER_MINUTE": str(MOST)}) as site:
        site.create_admin()
        secret = site.manage("create_token", "admin", "--name", "robot").split()[-1]
        urls = []
        for _ in range(2):
            site.web()
            urls.append(site.url + REGISTRY)
        site.grpc()
        while time.time() % 60 > 40:  # not across the minute's end
            time.sleep(1)
        with httpx.Client(
            headers={"Authorization": f"Bearer {secret}"}, trust_env=False, timeout=60
        ) as program:
            answers = [program.get(urls[number % 2]) for number in range(MOST - 1)]
            assert [int(answer.headers["RateLimit-Remaining"]) for answer in answers] == [
                6,
                5,
                4,
                3,
                2,
                1,
            ]
            with Client(site.grpc_port, token=secret) as client:
                client.call("JobService.ListJobs")
                code, details = client.refusal("JobService.ListJobs")
            assert (code, "try again in" in details) == ("RESOURCE_EXHAUSTED", True)
            assert [program.get(url).status_code for url in urls] == [429, 429]

            site.redis.kill9()
            answers = [program.get(urls[number % 2]) for number in range(4)]
            assert [answer.status_code for answer in answers] == [200] * 4
            assert min(answer.elapsed.total_seconds() for answer in answers) < 0.25
