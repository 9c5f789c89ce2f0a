"""Django's own lists answer nothing about what they do not show, and nothing at all to people whom
tags limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_results.models import TaskResult

from jobs.access.roles import Role
from jobs.admin.closed import CeleryRowsAdmin, ClosedAdmin
from jobs.admin.navigation import pages
from jobs.admin.site import site
from tests.support.builders import make_job, make_worker
from tests.support.people import browser_of, make_user

# Django's own lists; those of jobs, runs, tokens and the audit are pages of ours, which know no
# lookups.
LISTS = [
    model
    for model, admin in site._registry.items()
    if type(admin).changelist_view is ClosedAdmin.changelist_view
    or isinstance(admin, CeleryRowsAdmin)
]
TAKEN_BY_DJANGO = [
    "exact",
    "contains",
    "startswith",
    "istartswith",
    "regex",
    "gt",
    "in",
    "isnull",
    "date",
]
LOOKUPS = ("", *(f"__{lookup}" for lookup in TAKEN_BY_DJANGO))
# What a list offers as its filter, and what such an address looks like.
OFFERED = {
    ("user", "is_staff__exact"), ("user", "is_superuser__exact"), ("user", "is_active__exact"),
    ("user", "groups__id__exact"), ("periodictask", "enabled__exact"),
    ("periodictask", "one_off__exact"),
    ("taskresult", "status"),
}  # fmt: skip


def name_of(model: type[Model]) -> str:
    return str(model._meta.model_name)


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{name_of(model)}_changelist")


def lookups_of(model: type[Model]) -> Iterator[str]:
    """Every column of the model, and every one of those it is related to."""
    for field in model._meta.get_fields():
        yield from (f"{field.name}{lookup}" for lookup in LOOKUPS)
        near: Any = field.related_model
        for column in near._meta.concrete_fields if near else ():
            yield f"{field.name}__{column.name}__startswith"


@pytest.mark.parametrize("model", site._registry, ids=name_of)
def test_every_list_of_the_console_is_closed(model: type[Model]) -> None:
    assert isinstance(site._registry[model], ClosedAdmin)
    is_celerys = model._meta.app_label.startswith("django_celery_")
    assert isinstance(site._registry[model], CeleryRowsAdmin) == is_celerys


@pytest.mark.parametrize("model", LISTS, ids=name_of)
def test_a_list_is_filtered_by_what_it_offers_and_by_nothing_else(
    model: type[Model], boss: Client
) -> None:
    tried = {
        lookup: boss.get(list_of(model), {lookup: "1"}).status_code for lookup in lookups_of(model)
    }
    offered = {lookup for name, lookup in OFFERED if name == name_of(model)}
    # A lookup on what a model has not is no lookup: Django leaves it out, and says so in the
    # address.
    taken = {lookup for lookup, status in tried.items() if status == 200}
    assert taken <= offered | {f"{lookup.partition('__')[0]}__isnull" for lookup in offered}
    assert {status for lookup, status in tried.items() if lookup not in taken} <= {302, 400}


def test_a_hidden_secret_is_not_read_letter_by_letter(boss: Client) -> None:
    TaskResult.objects.create(task_id="an attempt", result='{"password": "b7secret"}')
    every = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.create(
        name="nightly", task="EchoTask", interval=every, kwargs='{"password": "b7secret"}'
    )
    for model, column in ((TaskResult, "result"), (PeriodicTask, "kwargs")):
        for letter in "abc":
            answer = boss.get(list_of(model), {f"{column}__contains": f'"password": "{letter}'})
            assert answer.status_code == 400
    assert boss.get(list_of(User), {"password__startswith": "pbkdf2"}).status_code == 400


def test_no_pattern_from_outside_keeps_the_database_busy(boss: Client) -> None:
    TaskResult.objects.create(task_id="an attempt", result="," * 40)
    assert (
        boss.get(list_of(TaskResult), {"result__regex": "(.*)*,(.*)*,(.*)*X$"}).status_code == 400
    )


@pytest.mark.parametrize(
    "model", [model for model in LISTS if "celery" in model._meta.app_label], ids=name_of
)
def test_whom_tags_limit_sees_no_rows_that_carry_none(model: type[Model]) -> None:
    limited = browser_of(make_user(Role.ADMIN, tags=["fin"]))
    address = list_of(model)
    assert limited.get(address).status_code == 403
    assert limited.get(f"{address}add/").status_code == 403
    assert (
        limited.post(address, {"action": "delete_selected", "_selected_action": "1"}).status_code
        == 403
    )


def test_the_side_bar_names_what_may_be_opened() -> None:
    titles = {}
    for tags in (None, ["fin"]):
        user = make_user(Role.ADMIN, f"admin {tags}", tags=tags)
        client = browser_of(user)
        request = client.get(reverse("admin:beatwright_job_changelist")).wsgi_request
        shown = dict(pages(request))
        titles[bool(tags)] = set(shown)
        refused = {
            title
            for title, address in shown.items()
            if client.get(address).status_code not in {200, 502}
        }
        assert refused == set()
    assert {"Flower", "Task results", "Periodic tasks", "Intervals"} <= titles[False] - titles[True]
    assert titles[True] >= {"Jobs", "Runs"}


def test_links_to_flower_are_for_those_who_may_open_it() -> None:
    make_worker()
    found = []
    for tags in (None, ["fin"]):
        client = browser_of(make_user(Role.VIEWER, f"viewer {tags}", tags=tags))
        page = client.get(reverse("admin:workers")).content.decode()
        found.append(len(re.findall(r'href="/flower/', page)))
    assert found == [2, 0]  # the side bar's and the worker's


def test_djangos_own_completion_names_no_job_to_whom_tags_keep_it_from() -> None:
    make_job(name="ops-clean", tags=["ops"])
    asked = {"app_label": "beatwright", "model_name": "run", "field_name": "job", "term": "ops"}
    for tags in (None, ["fin"]):
        answer = browser_of(make_user(Role.VIEWER, f"viewer {tags}", tags=tags)).get(
            "/admin/autocomplete/", asked
        )
        assert (answer.status_code, "ops-clean" in answer.content.decode()) == (404, False)
