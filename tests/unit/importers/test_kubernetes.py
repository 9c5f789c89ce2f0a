"""Kubernetes' CronJobs: the command, the times and the policies are read, the rest is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import read_documents
from tests.support.configured import configured

MANIFEST = """
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
  namespace: shop
spec:
  schedule: "30 2 * * 1-5"
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 200
  jobTemplate:
    spec:
      backoffLimit: 2
      activeDeadlineSeconds: 600
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: report
              image: shop/report:1
              command: ["python", "manage.py"]
              args: ["report", "--day"]
              env:
                - {name: LEVEL, value: "3"}
"""


def read(text: str) -> Reading:
    return read_documents([Document("cron.yaml", text)])


@configured(allow_commands=True)
def test_a_manifest_becomes_a_command_with_its_times_and_policies() -> None:
    reading = read(MANIFEST)
    assert not reading.problems
    (draft,) = reading.drafts
    assert draft.values == {
        "name": "shop/report",
        "task": "RunCommand",
        "params": {"argv": ["python", "manage.py", "report", "--day"], "env": {"LEVEL": "3"}},
        "schedule": "30 2 * * 1-5",
        "timezone": "Europe/Berlin",
        "overlap_policy": "skip",
        "start_deadline_seconds": 200,
        "timeout_seconds": 600,
        "max_retries": 2,
        "source": "cron.yaml",
    }
    assert draft.enabled is None
    assert "runs on a worker, not in the image shop/report:1" in str(reading.warnings[0])


def test_several_documents_are_read_and_other_kinds_left_alone() -> None:
    other = MANIFEST.replace("name: report\n  namespace: shop", "name: other")
    reading = read(f"{MANIFEST}\n---\nkind: Service\nmetadata: {{name: web}}\n---\n{other}")
    assert [draft.name for draft in reading.drafts] == ["shop/report", "other"]


def test_kubectls_list_is_read_as_json() -> None:
    spec: dict[str, Any] = {
        "schedule": "@daily", "suspend": True,
        "jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "x",
                                                                       "command": ["y"]}]}}}},
    }  # fmt: skip
    item = {"kind": "CronJob", "metadata": {"name": "a"}, "spec": spec, "status": {}}
    (draft,) = read(json.dumps({"kind": "List", "items": [item, {"kind": "Pod"}]})).drafts
    assert (draft.enabled, draft.pause) == (False, {"paused_reason": "it is suspended there"})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '              command: ["python", "manage.py"]\n',
            "",
            "the image shop/report:1 says what runs",
        ),
        (
            '{name: LEVEL, value: "3"}',
            "{name: LEVEL, valueFrom: {secretKeyRef: {name: a, key: b}}}",
            "from a secret",
        ),
        (
            "            - name: report\n",
            "            - name: first\n            - name: report\n",
            "several containers",
        ),
        ("concurrencyPolicy: Forbid", "concurrencyPolicy: Maybe", "concurrencyPolicy"),
    ],
)
def test_what_cannot_be_read_is_named(old: str, new: str, message: str) -> None:
    assert old in MANIFEST
    reading = read(MANIFEST.replace(old, new))
    assert not reading.drafts
    assert message in str(reading.problems[0])
