"""The page of the pools, and the forms that make, change and remove one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.roles import Role
from jobs.models import AuditEntry, Pool, RunState
from tests.support.builders import make_job, make_pool, make_run
from tests.support.people import browser_of, make_user

POOLS = "/admin/beatwright/pools/"
SURE = {"sure": "1"}


def html_of(client: Client, address: str = POOLS) -> str:
    return client.get(address).content.decode().partition('id="content"')[2]


def errors_of(client: Client, address: str, **written: str) -> dict[str, str]:
    """The first error of each field."""
    response = client.post(address, written)
    assert response.status_code == 422
    return {field: errors[0] for field, errors in response.context["form"].errors.items()}


def test_each_pool_shows_what_is_in_use_what_waits_and_its_jobs(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_pool("gpu", slots=2, memory=1024)
    make_pool("open")
    job = make_job(pool="gpu", resources={"memory": 400})
    make_run(job, state=RunState.RUNNING)
    make_run(job, published_at=timezone.now())
    make_run(job)
    with django_assert_num_queries(
        7
    ):  # session, user; the pools, their use, their jobs, and what waits for each
        gpu, idle = boss.get(POOLS).context["rows"]
    assert [(gauge.text, gauge.is_full) for gauge in gpu.gauges] == [
        ("2 of 2 slots", True),
        ("800 of 1,024 memory", False),
    ]
    assert (gpu.waiting, gpu.jobs, gpu.unlimited) == ("1", 1, "")
    assert (idle.gauges, idle.unlimited) == ([], "0 slots, no limit")
    assert '<meter max="2" value="2"' in html_of(boss)
    assert [row.name for row in boss.get(gpu.jobs_url).context["rows"]] == [job.name]


def test_without_a_pool_the_page_says_what_one_is_for(boss: Client, viewer: Client) -> None:
    assert "A pool is a limited resource" in html_of(boss)
    assert f"{POOLS}add/" in html_of(boss)
    assert "Ask an editor" in html_of(viewer)


def test_the_table_is_sent_again_when_a_pool_has_changed(boss: Client) -> None:
    make_pool("gpu", slots=2)
    tag = boss.get(f"{POOLS}_f/rows/").headers["ETag"]
    assert boss.get(f"{POOLS}_f/rows/", headers={"if-none-match": tag}).status_code == 304
    Pool.objects.update(slots=3)
    assert (
        "0 of 3 slots"
        in boss.get(f"{POOLS}_f/rows/", headers={"if-none-match": tag}).content.decode()
    )


def test_a_pool_is_made_changed_and_removed(boss: Client) -> None:
    made = boss.post(f"{POOLS}add/", {"name": "gpu", "slots": "2", "description": "two cards"})
    assert made.headers["Location"] == POOLS
    assert 'value="two cards"' in html_of(boss, f"{POOLS}gpu/change/")
    boss.post(f"{POOLS}gpu/change/", {"slots": "3", "memory": "1024", "name": "tpu"})
    pool = Pool.objects.get()
    assert (pool.name, pool.slots, pool.cpu, pool.memory, pool.description) == (
        "gpu",
        3,
        None,
        1024,
        "",
    )
    boss.post(f"{POOLS}gpu/delete/", SURE)
    assert not Pool.objects.exists()
    assert list(AuditEntry.objects.order_by("at", "id").values_list("who", "verb")) == [
        ("boss", "create_pool"),
        ("boss", "update_pool"),
        ("boss", "delete_pool"),
    ]


def test_what_is_wrong_is_told_beside_its_field_and_what_was_written_stays(boss: Client) -> None:
    make_pool("gpu", cpu=8)
    make_job(name="train", pool="gpu", resources={"cpu": 6})
    assert errors_of(boss, f"{POOLS}add/", name="gpu") == {
        "name": "another pool already has the name 'gpu'"
    }
    assert errors_of(boss, f"{POOLS}add/", name="a b", slots="0", cpu="x").keys() == {"cpu"}
    assert errors_of(boss, f"{POOLS}add/", name="a b", slots="0").keys() == {"name", "slots"}
    assert errors_of(boss, f"{POOLS}add/", slots="2").keys() == {"name"}
    assert errors_of(boss, f"{POOLS}gpu/change/", cpu="4") == {
        "cpu": "more than 4 is needed by train"
    }
    page = boss.post(f"{POOLS}add/", {"name": "a b", "slots": "77"}).content.decode()
    assert 'value="77"' in page
    assert Pool.objects.get().cpu == 8


def test_a_pool_that_jobs_name_stays_and_the_page_says_why(boss: Client) -> None:
    make_pool("gpu")
    make_job(name="train", pool="gpu")
    page = boss.post(f"{POOLS}gpu/delete/", SURE, follow=True).content.decode()
    assert "in use by 1 job: train" in page
    assert Pool.objects.exists()


@pytest.mark.parametrize("name", ["tpu", "a%00b"])
def test_what_is_no_pool_is_not_found(boss: Client, name: str) -> None:
    assert boss.get(f"{POOLS}{name}/change/").status_code == 404
    assert boss.post(f"{POOLS}{name}/delete/", SURE).status_code == 404
    assert boss.get(f"{POOLS}{name}/delete/").status_code == 404


@pytest.mark.parametrize("role", Role)
def test_a_role_finds_the_buttons_it_may_use(role: Role) -> None:
    make_pool("gpu")
    browser, may = browser_of(make_user(role)), role in (Role.EDITOR, Role.ADMIN)
    html = html_of(browser)
    for address in (f"{POOLS}add/", f"{POOLS}gpu/change/", f"{POOLS}gpu/delete/"):
        assert (address in html) == may, address
    assert browser.get(f"{POOLS}gpu/change/").status_code == (200 if may else 403)
    assert browser.post(f"{POOLS}gpu/delete/", SURE).status_code == (302 if may else 403)
    assert Pool.objects.exists() != may


def test_whom_tags_limit_looks_and_changes_nothing() -> None:
    make_pool("gpu")
    browser = browser_of(make_user(Role.EDITOR, tags=["fin"]))
    assert f"{POOLS}gpu/change/" not in html_of(browser)
    assert browser.get(f"{POOLS}gpu/change/").status_code == 403
    assert browser.post(f"{POOLS}gpu/delete/").status_code == 403
