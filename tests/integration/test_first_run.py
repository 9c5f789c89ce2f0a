from __future__ import annotations

from django.contrib.auth.models import User

from jobs.embedded.first_run import ensure_admin, migrate


def test_the_first_start_makes_an_admin_with_a_password_that_is_told_once() -> None:
    password = ensure_admin("")
    assert password
    admin = User.objects.get()
    assert (admin.username, admin.is_staff, admin.is_superuser) == ("admin", True, True)
    assert admin.check_password(password)
    assert password not in admin.password
    assert ensure_admin("") is None
    assert User.objects.get().password == admin.password


def test_where_another_superuser_is_there_none_is_made() -> None:
    User.objects.create_superuser("ann", password="something long")
    assert ensure_admin("") is None
    assert not User.objects.filter(username="admin").exists()


def test_a_superuser_who_may_not_log_in_does_not_count() -> None:
    User.objects.create_superuser("ann", password="something long", is_active=False)
    assert ensure_admin("")


def test_a_given_password_is_set_and_replaces_a_lost_one() -> None:
    ensure_admin("")
    assert ensure_admin("first choice") is None
    assert User.objects.get(username="admin").check_password("first choice")
    ensure_admin("second choice")
    assert User.objects.get(username="admin").check_password("second choice")


def test_the_same_password_again_ends_no_session() -> None:
    ensure_admin("a good password")
    before = User.objects.get().get_session_auth_hash()
    ensure_admin("a good password")
    assert User.objects.get().get_session_auth_hash() == before


def test_a_given_password_gives_a_locked_admin_access_again() -> None:
    User.objects.create_user("admin", password="something long", is_active=False)
    ensure_admin("a good password")
    admin = User.objects.get()
    assert admin.is_active
    assert admin.is_superuser


def test_a_database_that_is_up_to_date_needs_no_migration() -> None:
    assert migrate() == 0
