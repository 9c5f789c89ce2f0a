"""The addresses below /flower/."""

from __future__ import annotations

from django.urls import path

from jobs.flower.views import flower

urlpatterns = [path("", flower, name="flower"), path("<path:path>", flower)]
