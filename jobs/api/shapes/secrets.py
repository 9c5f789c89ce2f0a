"""Secrets: what one writes, and what one reads. A value is only ever written."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from jobs.actions.secrets import LONGEST_DESCRIPTION, MOST_BYTES
from jobs.api.shapes.base import Answer, Body, Stamp
from jobs.api.shapes.jobs import drop_defaults

VALUE = (
    "The secret itself: one line or several, up to 64 KB. It is stored encrypted, and "
    "nothing answers it."
)
WRITTEN = Field(
    min_length=1, max_length=MOST_BYTES, description=VALUE, json_schema_extra={"writeOnly": True}
)
Value = Annotated[str, WRITTEN]
TAGS = "With tags it is for jobs that carry one of them; without, for every job."


class SecretPatch(Body):
    """The fields that change; a secret's name stays. A new value is a new version."""

    model_config = ConfigDict(json_schema_extra=drop_defaults)

    value: Value = ""
    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    tags: list[str] = Field([], description=TAGS)

    def values(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewSecret(SecretPatch):
    """A secret as one writes it."""

    name: str = Field(min_length=1, max_length=100, examples=["billing-db"])
    value: Value


class SecretAnswer(Answer):
    """All but the value.

    `jobs` counts the unarchived jobs that name it, `uses` how often a run had it in 30 days.
    """

    name: str
    description: str
    tags: list[str]
    version: int = Field(description="Counts its values, from 1.")
    created_at: Stamp
    created_by: str
    updated_at: Stamp
    updated_by: str
    rotated_at: Stamp = Field(description="When it got the value that it has.")
    last_used_at: Stamp | None
    uses: int
    jobs: int


class WholeSecret(SecretAnswer):
    """`used_by` names those of the jobs that you may see."""

    used_by: list[str]


class Rotated(Answer):
    """Names: of the secrets that were encrypted anew, and of those that no key opens."""

    resealed: list[str]
    unreadable: list[str]


class Secrets(Answer):
    results: list[SecretAnswer]
