"""What a file of Argo CD's or Flux' objects says of a wave's clusters."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from render.errors import InputError
from render.gates.answer import GateAnswer, Question
from render.gates.health import answer
from render.specs.rollout.kinds import Health

SINCE = datetime(2026, 11, 30, 9, tzinfo=UTC)
AFTER, BEFORE = "2026-11-30T09:05:00Z", "2026-11-30T08:55:00Z"


def application(health: str = "Healthy", sync: str = "Synced", at: str | None = AFTER) -> dict[str, Any]:
    status = {"health": {"status": health}, "sync": {"status": sync}, "reconciledAt": at}
    return {"kind": "Application", "metadata": {"name": "mesh-eu"}, "status": status}


def kustomization(ready: str = "True", reason: str = "ReconciliationSucceeded", at: str = AFTER) -> dict[str, Any]:
    condition = {"type": "Ready", "status": ready, "reason": reason, "lastTransitionTime": at}
    return {"kind": "Kustomization", "metadata": {"name": "mesh"}, "status": {"conditions": [condition]}}


def asked(root: Path, *objects: dict[str, Any], now: datetime = SINCE + timedelta(minutes=10)) -> GateAnswer:
    (root / "health").mkdir(exist_ok=True)
    (root / "health/eu.json").write_text(json.dumps({"kind": "List", "items": objects}))
    return answer(Health(), Question(now, SINCE, "c", {"eu": ()}, "new", root=root))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (application(), "pass"),
        (application(health="Progressing"), "wait"),
        (application(sync="OutOfSync"), "wait"),
        (application(health="Degraded"), "fail"),
        (application(at=BEFORE), "wait"),
        (application(at=None), "wait"),
        (kustomization(), "pass"),
        (kustomization(at=BEFORE), "wait"),
        (kustomization("False", "DependencyNotReady"), "wait"),
        (kustomization("False", "HealthCheckFailed"), "fail"),
        (kustomization("Unknown", "Progressing"), "wait"),
    ],
)
def test_one_object_decides(tmp_path: Path, found: dict[str, Any], verdict: str) -> None:
    assert asked(tmp_path, found).verdict == verdict


def test_all_objects_of_a_cluster_must_be_well(tmp_path: Path) -> None:
    assert asked(tmp_path, application(), kustomization("False", "HealthCheckFailed")).verdict == "fail"
    assert asked(tmp_path, application(), kustomization("Unknown", "Progressing")).verdict == "wait"


def test_what_is_old_says_nothing(tmp_path: Path) -> None:
    assert asked(tmp_path, application(), now=SINCE + timedelta(hours=3)).verdict == "wait"


def test_no_file_and_no_object_are_waited_for(tmp_path: Path) -> None:
    assert answer(Health(), Question(SINCE, SINCE, "c", {"eu": ()}, "new", root=tmp_path)).verdict == "wait"
    assert asked(tmp_path).verdict == "wait"


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"items": 3}', "kind: Application"])
def test_a_file_that_is_something_else_is_an_error_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "health").mkdir()
    (tmp_path / "health/eu.json").write_text(text)
    with pytest.raises(InputError, match=r"health/eu\.json"):
        answer(Health(), Question(SINCE, SINCE, "c", {"eu": ()}, "new", root=tmp_path))
