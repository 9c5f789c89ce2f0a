"""What of the console has no row in the table of its addresses, and why."""

from __future__ import annotations

# Addresses that the table has no row for, and what holds them instead.
ELSEWHERE = {
    "login": "is for whoever has not come in: test_lockout.py",
    "logout": "ends one's own session",
    "undo": "takes back what one has just done oneself, by one's own session: test_undo.py",
    "density": "how close together rows are shown to oneself",
    "list_columns": "how a list is shown to oneself: test_run_list.py",
    "view_delete": "by the id of a view, one's own or a shared one: test_run_list.py",
    "bulk_operation_reverse": "only of what a spread has changed: test_spread.py",
    "times": "how times are shown to oneself",
    "beatwright_import_plan": "what one has just handed in oneself: test_import.py",
    "dead_group": "by an error's fingerprint, not by an id: test_dead_letters.py",
    "jsi18n": "Django's own words for its scripts",
    "flower": "what lies behind is Flower's: test_flower.py",
    "app_list": "leads to the dashboard: test_site.py",
    "autocomplete": "answers nobody: test_closed.py",
    "view_on_site": "nothing of ours has a page elsewhere",
    "me": "is about oneself: test_sessions.py",
    "invitation": "is for whoever has the link: test_people_pages.py",
    "auth_user_password_change": "also goes by who it is about: test_delegated.py",
    "auth_user_change": "also goes by who it is about: test_delegated.py",
    "auth_user_delete": "also goes by who it is about: test_delegated.py",
    "auth_group_change": "also goes by what it holds: test_delegated.py",
    "auth_group_delete": "also goes by what it holds: test_delegated.py",
    **{
        f"django_celery_results_{kind}_{verb}": "nobody writes results by hand: test_results.py"
        for kind in ("taskresult", "groupresult")
        for verb in ("add", "delete")
    },
}
