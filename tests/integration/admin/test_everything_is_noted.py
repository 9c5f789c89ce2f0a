"""Whatever Django's own pages change is in the audit: every registered model, every action of its
list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from jobs.actions.people.tokens import create_token
from jobs.admin.noting import NotedAdmin
from jobs.admin.site import site
from jobs.models import ApiToken, AuditEntry, Job, Restriction, Run
from tests.support.builders import by, make_job, make_run
from tests.support.redis import RedisServer

Rows = dict[type[Model], Callable[[], Model]]


def _token() -> ApiToken:
    return create_token(
        User.objects.create_user("owner"), name="ci", actor=by("ana"), now=timezone.now()
    ).token


def _periodic_task() -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=90, period="seconds")
    return PeriodicTask.objects.create(name="row", task="EchoTask", interval=every)


# Their own pages, in place of Django's forms and lists, call actions, which write the audit.
OWN_PAGES: Rows = {Job: make_job, Run: make_run, ApiToken: _token}
NOTED: Rows = {
    User: lambda: User.objects.create_user("bob"),
    Group: lambda: Group.objects.create(name="night shift"),
    PeriodicTask: _periodic_task,
    ClockedSchedule: lambda: ClockedSchedule.objects.create(clocked_time=timezone.now()),
    CrontabSchedule: CrontabSchedule.objects.create,
    IntervalSchedule: lambda: IntervalSchedule.objects.create(every=90, period="seconds"),
    SolarSchedule: lambda: SolarSchedule.objects.create(event="sunrise", latitude=52, longitude=13),
}


def _request() -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    return request


def _changes_something(model_admin: ModelAdmin[Any]) -> bool:
    request = _request()
    asked = (
        model_admin.has_add_permission,
        model_admin.has_change_permission,
        model_admin.has_delete_permission,
    )
    return any(may(request) for may in asked) or bool(model_admin.get_actions(request))


def _actions() -> Iterator[tuple[type[Model], str]]:
    for model, model_admin in site._registry.items():
        yield from ((model, action) for action in model_admin.get_actions(_request()))


def test_every_registered_model_that_pages_change_is_noted() -> None:
    changed = {
        model for model, model_admin in site._registry.items() if _changes_something(model_admin)
    }
    assert changed == {*OWN_PAGES, *NOTED}
    assert all(isinstance(site._registry[model], NotedAdmin) for model in NOTED)
    for model in OWN_PAGES:
        assert type(site._registry[model]).changelist_view is not ModelAdmin.changelist_view


@pytest.mark.parametrize(
    ("model", "action"), [*_actions()], ids=lambda part: getattr(part, "__name__", part)
)
def test_every_action_of_a_list_leaves_an_entry_or_does_nothing(
    model: type[Model], action: str, boss: Client, broker: RedisServer
) -> None:
    row = (OWN_PAGES | NOTED)[model]()
    if action == "enable_tasks":
        PeriodicTask.objects.update(enabled=False)
    AuditEntry.objects.all().delete()
    before = list(model._default_manager.values())
    chosen = {"action": action, "_selected_action": [str(row.pk)], "post": "yes"}
    boss.post(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"), chosen)
    if model in OWN_PAGES:
        assert list(model._default_manager.values()) == before
    else:
        assert AuditEntry.objects.exists()


@pytest.mark.parametrize("action", ["enable_tasks", "disable_tasks", "run_tasks", "adopt_as_jobs"])
def test_who_only_looks_takes_no_action_on_periodic_tasks(
    action: str, viewer: Client, broker: RedisServer
) -> None:
    row = _periodic_task()
    url = reverse("admin:django_celery_beat_periodictask_changelist")
    viewer.post(url, {"action": action, "_selected_action": [str(row.pk)]})
    assert broker.client().keys("*") == []
    row.refresh_from_db()
    assert (row.enabled, Job.objects.count()) == (True, 0)


def test_an_action_on_periodic_tasks_names_each_row_and_what_it_was(boss: Client) -> None:
    row = _periodic_task()
    url = reverse("admin:django_celery_beat_periodictask_changelist")
    boss.post(url, {"action": "disable_tasks", "_selected_action": [str(row.pk)]})
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.verb, entry.target_name) == ("boss", "edit_row", str(row))
    assert entry.changes["enabled"] == [True, False]


def test_ones_own_new_password_is_noted_and_never_what_it_is(boss: Client) -> None:
    boss_user = User.objects.get(username="boss")
    boss_user.set_password("old one, long enough")
    boss_user.save()
    boss.force_login(boss_user)
    new = "quite another, as long"
    written = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    assert boss.post(reverse("admin:password_change"), written).status_code == 200
    assert not AuditEntry.objects.exists()
    boss.post(reverse("admin:password_change"), written | {"old_password": "old one, long enough"})
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.verb, entry.target_name, entry.changes) == (
        "boss",
        "change_password",
        "boss",
        {},
    )


def test_a_password_that_an_admin_sets_is_noted_and_never_what_it_is(boss: Client) -> None:
    bob, new = User.objects.create_user("bob"), "quite another, as long"
    boss.post(
        reverse("admin:auth_user_password_change", args=[bob.pk]),
        {"password1": new, "password2": new},
    )
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.verb, entry.target_name) == ("boss", "edit_row", "bob")
    assert new not in str(entry.changes)


def test_a_restriction_is_noted_with_the_tags_before_and_after(boss: Client) -> None:
    bob = User.objects.create_user("bob")
    limit = Restriction.objects.create(user=bob, tags=["fin"])
    page = boss.get(reverse("admin:auth_user_change", args=[bob.pk]))
    form, formset = page.context["adminform"].form, page.context["inline_admin_formsets"][0].formset
    written: dict[str, Any] = {
        name: value
        for name, value in form.initial.items()
        if isinstance(value, str | bool) and value
    }
    written |= {
        f"date_joined_{part}": text for part, text in enumerate(str(bob.date_joined)[:19].split())
    }
    written |= {
        f"beatwright_restriction-{name}": value
        for name, value in formset.management_form.initial.items()
    }
    written |= {
        "beatwright_restriction-0-id": limit.pk,
        "beatwright_restriction-0-user": bob.pk,
        "beatwright_restriction-0-tags": "fin, night",
    }
    boss.post(reverse("admin:auth_user_change", args=[bob.pk]), written)
    entry = AuditEntry.objects.get()
    assert entry.changes["restriction by tag: tags"] == [["fin"], ["fin", "night"]]
