"""Rules, alerts, dashboard and the reference name metrics that are exported, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from django.utils import timezone

from jobs.metrics import exposition
from tests.support.processes import BASE_DIR

PROMETHEUS = BASE_DIR / "deploy" / "prometheus"
NAME = re.compile(r"\b(?:jobs?_[a-z0-9_]+|jobs:[a-z0-9_:]+)\b")
RECORD_FIELDS = {"record", "expr"}
ALERT_FIELDS = {"alert", "expr", "for", "labels", "annotations"}


def exported() -> set[str]:
    """The names of the families, as their TYPE lines have them."""
    text = exposition(now=timezone.now()).decode()
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))


def rules(name: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / name).read_text())["groups"]
    assert len({group["name"] for group in groups}) == len(groups)
    return [rule for group in groups for rule in group["rules"]]


def recorded() -> set[str]:
    return {rule["record"] for rule in rules("rules.yml")}


def test_the_names_of_distributed_job_scheduler_are_recorded() -> None:
    assert {"jobs_started", "jobs_completed", "jobs_failed"} <= recorded()


def named(expressions: Iterator[str]) -> set[str]:
    names = {name for text in expressions for name in NAME.findall(text)}
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (BASE_DIR / "deploy/grafana/dashboard.json").read_text()
    )["panels"]
    return found


def test_recording_rules_read_what_is_exported() -> None:
    found = rules("rules.yml")
    assert all(set(rule) == RECORD_FIELDS for rule in found)
    assert named(rule["expr"] for rule in found) <= exported()
    assert {"jobs_started", "jobs_completed", "jobs_failed"} <= recorded()


def test_alerts_read_what_is_exported_or_recorded_and_say_what_is_wrong() -> None:
    found = rules("alerts.yml")
    assert all(
        {"alert", "expr", "labels", "annotations"} <= set(rule) <= ALERT_FIELDS for rule in found
    )
    assert named(rule["expr"] for rule in found) <= exported() | recorded()
    assert {rule["labels"]["severity"] for rule in found} <= {"critical", "warning", "info"}
    assert all(rule["annotations"]["summary"].endswith(".") for rule in found)


def test_autoscalers_read_the_demand_that_is_exported() -> None:
    keda, hpa = (
        yaml.safe_load((BASE_DIR / f"deploy/kubernetes/{name}.yaml").read_text())
        for name in ("keda", "hpa")
    )
    [trigger] = keda["spec"]["triggers"]
    [metric] = hpa["spec"]["metrics"]
    asked = named(iter([trigger["metadata"]["query"], metric["external"]["metric"]["name"]]))
    assert asked == {"jobs_queue_demand"} <= exported()
    assert trigger["metadata"]["threshold"] == metric["external"]["target"]["averageValue"] == "8"


def test_every_parenthesis_of_an_expression_is_closed() -> None:
    texts = [rule["expr"] for name in ("rules.yml", "alerts.yml") for rule in rules(name)]
    texts += [target["expr"] for panel in panels() for target in panel["targets"]]
    for text in texts:
        assert [text.count(sign) for sign in "([{"] == [text.count(sign) for sign in ")]}"], text


def test_the_dashboard_reads_what_is_exported_or_recorded() -> None:
    found = panels()
    assert (
        named(target["expr"] for panel in found for target in panel["targets"])
        <= exported() | recorded()
    )
    assert len({panel["id"] for panel in found}) == len(found)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in found)
    assert {panel["datasource"]["uid"] for panel in found} == {"${datasource}"}


def test_the_reference_lists_every_metric_once_and_no_other() -> None:
    text = (BASE_DIR / "docs/reference/metrics.md").read_text()
    assert sorted(re.findall(r"^\| `(jobs?_\w+)`", text, re.MULTILINE)) == sorted(exported())


def test_the_guide_says_what_to_do_about_every_alert() -> None:
    text = (BASE_DIR / "docs/howto/monitor.md").read_text()
    assert re.findall(r"^\| `(Beatwright\w+)`", text, re.MULTILINE) == [
        rule["alert"] for rule in rules("alerts.yml")
    ]
