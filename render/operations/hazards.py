"""Upgrade hazards for people and programs: of a move between two releases, and of the moves that a fleet is in."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from render.errors import InputError, wrong
from render.hazards.data import Hazard, every_hazard, hazards, meets
from render.hazards.detect import Detection, elsewhere, hazards_of_move, questions
from render.hazards.facts import facts
from render.hazards.upgrades import Crossing, crossings, planned_moves
from render.kustomize.locate import finding
from render.operations.lint.view import OnDisk
from render.operations.render.crds import vendored_definitions
from render.operations.render.fleet import OpenFleet, open_fleet
from render.plan.cluster import ClusterPlan
from render.specs import releases
from render.tree.served import agent_versions


def list_hazards(start: str, target: str) -> dict[str, Any]:
    """`{"from", "to", "hazards": [...]}`: all that is known of a move, the worst first. Looks at no fleet."""
    first, last = _release(start, "--from"), _release(target, "--to")
    known = [{**_known_hazard(one), "meeting": meets(first, last, one)} for one in hazards(first, last)]
    return {"from": first, "to": last, "hazards": known}


def of_fleet(root: Path, names: Collection[str] = (), move: tuple[str, str] | None = None) -> dict[str, Any]:
    """`{"basis": "files", "clusters": [{"name", "crossings": [...]}]}`: for each move of each named cluster of
    the fleet in `root` (of all when none is named) the hazards that its files show, `met`, each with its place; what
    only a person can answer, `questions`; and by kind those that only objects could show of which the files
    hold none, `elsewhere`.

    `move` is a pair of releases to try instead of the moves that are under way.
    """
    ends = (_release(move[0], "--from"), _release(move[1], "--to")) if move else None
    opened = open_fleet(root)
    clusters = []
    for pipeline in opened.pipelines(names):
        plan, previous = pipeline.plan, pipeline.previous
        held = OnDisk(pipeline.folder, previous)
        agents = agent_versions(held.paths, held.read)
        moves = planned_moves(plan, *ends) if ends else crossings(plan, previous, agents)
        found = [_crossing(opened, plan, one, agents) for one in moves]
        clusters.append({"name": plan.specs.cluster.name, "crossings": found})
    return {"basis": "files", "clusters": clusters}


def _release(text: str, option: str) -> str:
    """Returns a release with `v`, from one that may lack it, or from an alias. It is one that the program renders, or
    that hazards are known of: what comes with the next minor is known before its charts are."""
    version = text if text.startswith("v") else f"v{text}"
    if any(version in map(str, (one.introduced, *(one.fixed or ()))) for one in every_hazard()):
        return version
    try:
        return releases.resolve(version)
    except InputError as error:
        raise wrong("MR043", error.findings[0].message, file=option) from None


def _crossing(opened: OpenFleet, plan: ClusterPlan, crossing: Crossing, agents: dict[str, str]) -> dict[str, Any]:
    known = facts(plan, crossing, agents, vendored_definitions(opened.reader, plan.specs))
    between = hazards(crossing.from_version, crossing.to_version)
    return {
        "title": crossing.title,
        "from": crossing.from_version,
        "to": crossing.to_version,
        "components": sorted(crossing.components),
        "istio": crossing.istio,
        "before": crossing.before,
        "revision": crossing.revision,
        "met": [_met_hazard(one, opened) for one in hazards_of_move(known)],
        "questions": [{"question": one.question, **_known_hazard(one)} for one in questions(between, known)],
        "elsewhere": dict(sorted(_by_kind(elsewhere(between, known)))),
    }


def _met_hazard(one: Detection, opened: OpenFleet) -> dict[str, Any]:
    found = finding(one.problem, opened.reader)
    place = {name: getattr(found, name) for name in ("file", "line", "column", "object", "field")}
    return {**_known_hazard(one.hazard), "meeting": one.meeting, **place}


def _known_hazard(one: Hazard) -> dict[str, Any]:
    return {
        "id": one.id,
        "severity": one.severity,
        "title": one.title,
        "introduced": str(one.introduced),
        "fixed": [str(release) for release in one.fixed or ()],
        "applies": one.applies,
        "sign": {"where": one.sign.where, "at": one.sign.at, "when": one.sign.when},
        "effect": one.effect,
        "avoid": one.avoid,
        "source": one.source,
    }


def _by_kind(found: list[Hazard]) -> Iterator[tuple[str, list[str]]]:
    kinds = sorted({kind for one in found for look in one.looks for kind in look.kinds})
    for kind in kinds:
        yield kind, [one.id for one in found if any(kind in look.kinds for look in one.looks)]
