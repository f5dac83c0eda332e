"""A comparison for a program: what is the same in several clusters once, with the names of all of them."""

from __future__ import annotations

import json
from typing import Any

from render.operations.differences import Diff, ObjectDiff, PartDiff
from render.operations.diffgroups import by_clusters, part_groups
from render.plan.moves import Move, Restart, Served
from render.repo.trees import Side
from render.tree.objectdiff import Change


def data(diff: Diff) -> dict[str, Any]:
    """The shape is in docs/diff.md. `*` as a namespace is every one without injection labels."""
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
        "restarts": [
            {"clusters": names, **_restart(restart)}
            for names, restarts in by_clusters(diff.clusters, lambda cluster: cluster.restarts)
            for restart in restarts
        ],
        "replacedPods": [
            {"clusters": names, "object": title}
            for names, titles in by_clusters(diff.clusters, lambda cluster: cluster.rolls)
            for title in titles
        ],
        "changes": [
            {"clusters": names, "parts": [_part(part) for part in parts]} for names, parts in part_groups(diff.clusters)
        ],
        "shared": [{"name": folder.name, "parts": [_part(part) for part in folder.parts]} for folder in diff.shared],
        "withoutObjects": list(diff.silent),
    }


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "commit": side.commit}


def _served(served: Served) -> dict[str, Any]:
    return {
        "follows": served.follows or None,
        "revision": served.revision or None,
        "version": served.version or None,
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "namespace": move.namespace,
        "workload": move.workload or None,
        "before": _served(move.before),
        "after": _served(move.after),
    }


def _restart(restart: Restart) -> dict[str, Any]:
    return {
        "namespace": restart.namespace,
        "workload": restart.workload or None,
        "why": restart.why,
        "kubectl": list(restart.arguments) or None,
    }


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


def _change(change: Change) -> dict[str, Any]:
    made: dict[str, Any] = {"path": change.field, "how": change.how}
    if change.before is not None:
        made["before"] = json.loads(change.before)
    if change.after is not None:
        made["after"] = json.loads(change.after)
    if change.how == "lines":
        made["lines"] = {"gone": change.lines[0], "new": change.lines[1]}
    return made
