"""A comparison for a program: what is the same in several clusters once, with the names of all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from render.compare.objects import FieldChange
from render.git.trees import Side
from render.hazards.data import Hazard
from render.operations.diff.model import Diff, MetHazard, ObjectDiff, PartDiff, SeenPods, Upgrade
from render.operations.diff.report.groups import by_clusters, part_groups
from render.plan.injection.proxy_moves import Injector, Move, Restart


def data(diff: Diff) -> dict[str, Any]:
    """Returns the diff as docs/diff.md has its shape. `*` as a namespace is every one without injection labels."""
    seen = {cluster.name: cluster.seen for cluster in diff.clusters if cluster.seen}
    differing = {cluster.name: cluster.how for cluster in diff.clusters}
    return {
        "basis": "files",
        "before": _side(diff.before),
        "after": _side(diff.after),
        "clusters": [{"name": name, "how": differing.get(name, "unchanged")} for name in diff.names],
        "moves": [
            {"clusters": names, **_move(move)}
            for names, moves in by_clusters(diff.clusters, lambda cluster: cluster.moves)
            for move in moves
        ],
        "hazards": [
            {"clusters": names, **_upgrade(upgrade)}
            for names, upgrades in by_clusters(diff.clusters, lambda cluster: cluster.hazards)
            for upgrade in upgrades
        ],
        "restarts": [
            {"clusters": names, **_restart(restart), "oldPods": _old_pods(restart, names, seen)}
            for names, restarts in by_clusters(diff.clusters, lambda cluster: cluster.restarts)
            for restart in restarts
        ],
        "replacedPods": [
            {"clusters": names, "object": title}
            for names, titles in by_clusters(diff.clusters, lambda cluster: cluster.rolls)
            for title in titles
        ],
        "replicas": [
            {"clusters": names, "object": drop.object, "before": drop.before, "after": 1}
            for names, drops in by_clusters(diff.clusters, lambda cluster: cluster.drops)
            for drop in drops
        ],
        "observations": [
            {"cluster": name, "observedAt": one.at, "age": one.age, "stale": one.stale} for name, one in seen.items()
        ],
        "changes": [
            {"clusters": names, "parts": [_part(part) for part in parts]} for names, parts in part_groups(diff.clusters)
        ],
        "shared": [{"name": folder.name, "parts": [_part(part) for part in folder.parts]} for folder in diff.shared],
        "withoutObjects": list(diff.silent),
    }


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "commit": side.commit}


def _injector(served: Injector) -> dict[str, Any]:
    return {
        "follows": served.follows or None,
        "revision": served.revision or None,
        "version": served.version or None,
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "namespace": move.namespace,
        "workload": move.workload or None,
        "before": _injector(move.before),
        "after": _injector(move.after),
    }


def _restart(restart: Restart) -> dict[str, Any]:
    return {
        "namespace": restart.namespace,
        "workload": restart.workload or None,
        "why": restart.why,
        "kubectl": list(restart.arguments) or None,
    }


def _old_pods(restart: Restart, clusters: Iterable[str], seen: Mapping[str, SeenPods]) -> dict[str, int]:
    return {name: seen[name].pods[restart] for name in clusters if name in seen and restart in seen[name].pods}


def _upgrade(upgrade: Upgrade) -> dict[str, Any]:
    return {
        "title": upgrade.title,
        "from": upgrade.before,
        "to": upgrade.after,
        "basis": upgrade.basis,
        "met": [_met_hazard(one) for one in upgrade.met],
        "questions": [{"question": one.question, **_hazard(one)} for one in upgrade.questions],
        "elsewhere": list(upgrade.elsewhere),
    }


def _met_hazard(one: MetHazard) -> dict[str, Any]:
    place = {"file": one.file or None, "line": one.line or None, "column": one.column or None}
    return {**_hazard(one.hazard), "meeting": one.meeting, **place, "object": one.object, "field": one.field}


def _hazard(one: Hazard) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", "severity", "title", "effect", "avoid", "source")}


def _part(part: PartDiff) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": part.name or None,
        "how": part.how,
        "before": part.before or None,
        "after": part.after or None,
        "versions": {"before": part.versions[0] or None, "after": part.versions[1] or None},
        "objects": [_object(found) for found in part.objects],
    }


def _object(found: ObjectDiff) -> dict[str, Any]:
    one = found.object
    named = {"kind": one.kind, "group": one.group, "namespace": one.namespace or None, "name": one.name}
    return {**named, "how": found.how, "changes": [_change(change) for change in found.changes]}


def _change(change: FieldChange) -> dict[str, Any]:
    made: dict[str, Any] = {"path": change.field, "how": change.how}
    if change.before is not None:
        made["before"] = json.loads(change.before)
    if change.after is not None:
        made["after"] = json.loads(change.after)
    if change.how == "lines":
        made["lines"] = {"gone": change.lines[0], "new": change.lines[1]}
    return made
