"""The app that applies the patches which FAULT_PATCHES names, as soon as Django is ready."""

from __future__ import annotations

import os

from django.apps import AppConfig


class Inside(AppConfig):
    name = "tests.acceptance.faults.inside"
    label = "faults_inside"

    def ready(self) -> None:
        # Not at the top: the patches import models, which Django has not loaded at that point.
        from tests.acceptance.faults.inside import patches

        patches.apply(os.environ.get("FAULT_PATCHES", ""))
