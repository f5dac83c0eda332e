"""The gate `health`: what Argo CD or Flux says of a cluster, from a file that a job writes.

`<folder>/<cluster>.json` is what `kubectl get applications,kustomizations -A -o json` prints, or a part of it. Which of
the objects are the cluster's is told by their names: those that meshrev renders for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from render.errors import wrong
from render.gates.answer import GateAnswer, Question
from render.gates.soak import UNKNOWN
from render.messages import few, one_line
from render.specs.duration import in_words
from render.specs.rollout.kinds import Health
from render.yamlio.location import value_at

CODE = "MR343"
LIMIT = 16 * 1024 * 1024  # bytes
_NAMED = 3
_KINDS = ("Application", "Kustomization")


def answer(gate: Health, question: Question) -> GateAnswer:
    """Fails for an Application that is Degraded; waits for what is not there yet, is older than the wave, or is not
    well. `InputError` for a file that is not what kubectl prints."""
    if question.since is None:
        return GateAnswer("wait", UNKNOWN)
    waiting: list[str] = []
    for cluster in question.clusters:
        found = _of_cluster(gate, question, cluster)
        if found.verdict == "fail":
            return GateAnswer("fail", f"{cluster}: {found.reason}")
        if found.verdict == "wait":
            waiting.append(f"{cluster}: {found.reason}")
    return GateAnswer("wait", few(waiting, _NAMED)) if waiting else GateAnswer("pass", "all are well")


def _of_cluster(gate: Health, question: Question, cluster: str) -> GateAnswer:
    assert question.root
    file = question.root / gate.path / f"{cluster}.json"
    shown = f"{gate.path}/{cluster}.json"
    if not file.is_file():
        return GateAnswer("wait", f"no file {shown}")
    objects = list(_objects(file, shown))
    if not objects:
        return GateAnswer("wait", f"{shown} has no Application and no Kustomization")
    for one in objects:
        found = _of_object(one, question, timedelta(seconds=gate.max_age))
        if found.verdict != "pass":
            name = value_at(one, "metadata", "name")
            return GateAnswer(found.verdict, f"{one['kind']} {one_line(str(name))} {found.reason}")
    return GateAnswer("pass", "well")


def _objects(file: Path, shown: str) -> Iterable[Mapping[str, Any]]:
    try:
        if file.stat().st_size > LIMIT:
            raise wrong(CODE, f"is larger than {LIMIT >> 20} MiB", file=shown)
        data = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise wrong(CODE, f"is not what `kubectl get -o json` prints: {one_line(str(error))}", file=shown) from None
    items = data.get("items", [data]) if isinstance(data, dict) else None
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise wrong(CODE, "is not what `kubectl get -o json` prints: no object, and no list of them", file=shown)
    return [one for one in items if one.get("kind") in _KINDS]


def _of_object(one: Mapping[str, Any], question: Question, max_age: timedelta) -> GateAnswer:
    if one["kind"] == "Application":
        seen, verdict = _of_application(one)
    else:
        seen, verdict = _of_kustomization(one)
    if verdict.verdict == "fail":
        return verdict
    assert question.since
    if seen is None:
        return GateAnswer("wait", "has not said when")
    if seen < question.since:
        return GateAnswer("wait", "has not seen the wave's commit")
    if verdict.verdict == "pass" and question.now - seen > max_age:
        return GateAnswer(
            "wait", f"was well {in_words((question.now - seen).total_seconds())} ago: write the file anew"
        )
    return verdict


def _of_application(one: Mapping[str, Any]) -> tuple[datetime | None, GateAnswer]:
    """See the fields of an Application's status: https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml.
    `reconciledAt` is when it last compared the cluster with the newest commit."""
    health, sync = value_at(one, "status", "health", "status"), value_at(one, "status", "sync", "status")
    seen = _time(value_at(one, "status", "reconciledAt"))
    if health == "Degraded":
        return seen, GateAnswer("fail", "is Degraded")
    if health == "Healthy" and sync == "Synced":
        return seen, GateAnswer("pass", "is Synced and Healthy")
    return seen, GateAnswer("wait", f"is {one_line(str(sync or 'Unknown'))} and {one_line(str(health or 'Unknown'))}")


def _of_kustomization(one: Mapping[str, Any]) -> tuple[datetime | None, GateAnswer]:
    """See the conditions of a Kustomization: https://fluxcd.io/flux/components/kustomize/kustomizations/."""
    conditions = value_at(one, "status", "conditions") or ()
    ready = next((each for each in conditions if isinstance(each, dict) and each.get("type") == "Ready"), {})
    seen = _time(ready.get("lastTransitionTime"))
    handled = _time(value_at(one, "status", "lastHandledReconcileAt"))
    if ready.get("status") == "True":
        return max(filter(None, (seen, handled)), default=None), GateAnswer("pass", "is Ready")
    if ready.get("reason") == "HealthCheckFailed":
        return seen, GateAnswer("fail", "has a health check that failed")
    return seen, GateAnswer("wait", f"is not Ready ({one_line(str(ready.get('reason', 'no condition')))})")


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
