"""The fault plan's switches switch something off: one whose target has moved would stop the site
from starting.
"""

from __future__ import annotations

import subprocess

from tests.acceptance.faults.inside.switches import ALL
from tests.support.processes import BASE_DIR, PYTHON, clean_environment

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.faults.inside.settings"}


def test_every_mechanism_can_be_switched_off() -> None:
    env = (
        clean_environment()
        | SETTINGS
        | {"FAULT_PATCHES": " ".join(ALL), "PYTHONPATH": str(BASE_DIR)}
    )
    done = subprocess.run(
        [PYTHON, "-c", "import django; django.setup()"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(ALL) > 25
    assert all(name in done.stderr for name in ALL)
