"""The app that applies the patches which FAULT_PATCHES names, as soon as Django is ready."""

from __future__ import annotations

import os
from importlib import import_module

from django.apps import AppConfig


class Inside(AppConfig):
    name = "tests.acceptance.faults.inside"
    label = "faults_inside"

    def ready(self) -> None:
        # Not before: the patches import models, which Django has not loaded until now.
        patches = import_module("tests.acceptance.faults.inside.patches")
        patches.apply(os.environ.get("FAULT_PATCHES", ""))
