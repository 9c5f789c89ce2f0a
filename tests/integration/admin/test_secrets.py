"""The pages of the secrets: the list, one of them, and the forms that make, change and remove
one.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.roles import Role
from jobs.models import Secret, SecretUse
from jobs.sealing import unsealed
from tests.integration.admin.test_job_form import filled
from tests.support.builders import make_job, make_secret
from tests.support.people import browser_of, make_user

SECRETS = "/admin/beatwright/secrets/"
BY_NAME = {"password": {"$secret": "db"}}


def html_of(client: Client, address: str = SECRETS) -> str:
    return client.get(address).content.decode().partition('id="content"')[2]


def test_the_list_says_what_is_known_and_no_value(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    secret = make_secret("db", "corr3ct-h0rse", tags=["fin"], version=2)
    make_secret("unused")
    job = make_job(name="books", params=BY_NAME, tags=["fin"])
    now = timezone.now()
    SecretUse.objects.create(
        secret=secret, job=job, day=now.date(), count=1234, version=2, last_used_at=now
    )
    with django_assert_num_queries(
        6
    ):  # session, user; the secrets, the jobs that name some, when used, how often
        db, unused = boss.get(SECRETS).context["rows"]
    assert (db.name, db.tags, db.version, db.uses, db.jobs) == ("db", ["fin"], 2, "1,234", 1)
    assert (unused.uses, unused.jobs, unused.used.iso) == ("0", 0, "")
    page = html_of(boss, f"{SECRETS}db/")
    assert "books" in page
    assert not any(text in page + html_of(boss) for text in ("corr3ct", secret.sealed))


def test_without_a_secret_the_page_says_what_one_is_for(boss: Client) -> None:
    assert "jobs refer to by name" in html_of(boss)
    assert f"{SECRETS}_add/" in html_of(boss)


def test_a_secret_is_made_changed_and_removed(boss: Client) -> None:
    made = boss.post(
        f"{SECRETS}_add/", {"name": "db", "value": " first\r\nsecond line\r\n", "tags": "fin, #ops"}
    )
    assert made.headers["Location"] == SECRETS
    secret = Secret.objects.get()
    assert (unsealed(secret.sealed), secret.version) == (" first\nsecond line\n", 1)
    form = html_of(boss, f"{SECRETS}db/change/")
    assert "second line" not in form
    boss.post(
        f"{SECRETS}db/change/",
        {"description": "the books", "tags": "fin", "value": "", "name": "other"},
    )
    secret.refresh_from_db()
    assert (secret.name, secret.description, secret.tags, secret.version) == (
        "db",
        "the books",
        ["fin"],
        1,
    )
    boss.post(
        f"{SECRETS}db/change/", {"description": "the books", "tags": "fin", "value": "an0ther"}
    )
    secret.refresh_from_db()
    assert (unsealed(secret.sealed), secret.version) == ("an0ther", 2)
    boss.post(f"{SECRETS}db/delete/", {"sure": "1"})
    assert not Secret.objects.exists()


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"name": "a b", "value": "corr3ct-h0rse"}, "name"),
        ({"name": "db", "value": "abc"}, "value"),
        ({"name": "db", "value": ""}, "value"),
        ({"name": "taken", "value": "corr3ct-h0rse"}, "name"),
    ],
)
def test_what_cannot_be_saved_is_said_and_the_value_is_not_sent_back(
    boss: Client, written: dict[str, str], field: str
) -> None:
    make_secret("taken")
    answer = boss.post(f"{SECRETS}_add/", written)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "no-store" in answer.headers["Cache-Control"]
    assert "corr3ct-h0rse" not in answer.content.decode()


def test_a_secret_that_jobs_name_stays_and_the_page_says_which(boss: Client) -> None:
    make_secret("db")
    make_job(name="books", params=BY_NAME)
    assert (
        "in use by 1 job: books"
        in boss.post(f"{SECRETS}db/delete/", {"sure": "1"}, follow=True).content.decode()
    )
    assert Secret.objects.exists()


def test_whom_tags_limit_sees_their_own_and_how_many_jobs_they_do_not_see() -> None:
    fay = browser_of(make_user(Role.EDITOR, "fay", tags=["fin"]))
    make_secret("db", tags=["fin"])
    make_secret("theirs", tags=["ops"])
    make_job(name="books", params=BY_NAME, tags=["fin"])
    make_job(name="wages", params=BY_NAME, tags=["ops"])
    assert [row.name for row in fay.get(SECRETS).context["rows"]] == ["db"]
    page = html_of(fay, f"{SECRETS}db/")
    assert ("books" in page, "wages" in page, "1 more that you cannot see" in page) == (
        True,
        False,
        True,
    )
    for address in ("theirs/", "theirs/change/", "theirs/delete/"):
        assert fay.get(f"{SECRETS}{address}").status_code == 404
    refused = fay.post(f"{SECRETS}_add/", {"name": "x", "value": "corr3ct", "tags": "ops"})
    assert (
        "can see and change only jobs with one of the tags: fin"
        in refused.context["form"].errors["tags"][0]
    )


def test_an_operator_sees_no_secrets() -> None:
    ole = browser_of(make_user(Role.OPERATOR, "ole"))
    make_secret("db")
    assert [ole.get(f"{SECRETS}{path}").status_code for path in ("", "db/", "add/")] == [403] * 3
    assert "Secrets" not in ole.get("/admin/").content.decode()


def test_the_form_of_a_job_tells_nobody_which_secrets_others_have() -> None:
    make_secret("theirs", tags=["ops"])
    fay = browser_of(make_user(Role.EDITOR, "fay", tags=["fin"]))
    wrong = filled(task="EchoTask", tags="fin", params='{"a": {"$secret": "theirs"}}')
    answer = fay.post("/admin/beatwright/job/add/", wrong)
    assert (
        "there is no secret 'theirs' that you can use" in answer.context["form"].errors["params"][0]
    )


def test_the_form_of_a_job_says_which_secret_there_is_not(boss: Client) -> None:
    make_secret("billing-db")
    wrong = filled(task="EchoTask", params='{"a": {"$secret": "biling-db"}}')
    page = boss.post("/admin/beatwright/job/add/", wrong).content.decode()
    assert (
        "there is no secret &#x27;biling-db&#x27; that you can use (did you mean "
        "&#x27;billing-db&#x27;?)" in page
    )


def test_a_tag_with_a_comma_survives_a_change_of_something_else(boss: Client) -> None:
    make_secret("db", tags=["fin, night"])
    boss.post(
        f"{SECRETS}db/change/", {"description": "the books", "tags": "fin, night", "value": ""}
    )
    secret = Secret.objects.get()
    assert (secret.description, secret.tags) == ("the books", ["fin, night"])
