"""docs/reference/roles.md says exactly what the code grants."""

from __future__ import annotations

import re

from jobs.access.roles import ROLES, Role
from scheduler_site.config import BASE_DIR

ROW = re.compile(r"^\| (`.+`) \| [^|]+ \|((?: x? ?\|){4})$", re.MULTILINE)


def test_the_table_has_every_permission_once_and_with_its_roles() -> None:
    told: dict[Role, list[str]] = {role: [] for role in Role}
    for permissions, marks in ROW.findall(
        (BASE_DIR / "docs" / "reference" / "roles.md").read_text()
    ):
        for role, mark in zip(Role, marks.split("|"), strict=False):
            told[role] += re.findall(r"`(.+?)`", permissions) if "x" in mark else []
    assert {role: sorted(permissions) for role, permissions in told.items()} == {
        role: sorted(permissions) for role, permissions in ROLES.items()
    }
