"""The fleets in `hazards/`: for each hazard one that has it, and one that has not.

    from, to   the releases of the move
    cluster    fields of the Cluster, where they matter
    with       documents of a fleet that has it; `places` are the objects and fields that show it
    without    documents of one that has not: a list, or a map of what differs (from, to, cluster, specs)

A fleet has an Istio `default` that is RevisionBased unless it says another. Versions are those of the move.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from render.hazards.data import Hazard
from render.hazards.detect import Detection, hazards_of_move
from render.hazards.facts import Facts, facts
from render.hazards.upgrades import crossings, planned_moves
from render.messages import field_text
from render.plan.cluster import ClusterPlan
from render.plan.inventory import EMPTY, Inventory
from render.specs.kinds import Kubernetes
from render.specs.releases import known_versions
from tests.support.cluster_plan import inventory_of, plan

FOLDER = Path(__file__).parents[2] / "hazards" / "fleets"
ISTIO = {"kind": "Istio", "metadata": {"name": "default"}, "spec": {}}
VERSIONED = ("Istio", "IstioCNI", "ZTunnel")


@dataclass(frozen=True, slots=True)
class Move:
    """A fleet that goes from one release to another."""

    start: str
    target: str
    cluster: dict[str, Any]
    documents: list[dict[str, Any]]

    def planned(self) -> tuple[ClusterPlan, Inventory]:
        """The plan of the fleet at the target, and the inventory of what it was at the start."""
        before = inventory_of(plan(self._text(self.start), EMPTY, **self.cluster))
        return plan(self._text(self.target), before, **self.cluster), before

    def facts(self) -> list[Facts]:
        """What is known of each move of the control plane and of the node agents.

        A move to a release that only charts render is asked for, not made: nothing plans it yet.
        """
        if self.target not in known_versions():
            here = plan(self._text(self.start), EMPTY, **self.cluster)
            return [facts(here, move) for move in planned_moves(here, self.start, self.target)]
        planned, before = self.planned()
        agents = {"cni": self.start, "ztunnel": self.start}
        moves = crossings(planned, before, agents)
        assert moves
        return [facts(planned, move, agents) for move in moves]

    def detected(self) -> list[Detection]:
        return [one for known in self.facts() for one in hazards_of_move(known)]

    def _text(self, version: str) -> str:
        documents = self.documents
        if not any(document["kind"] in ("Istio", "IstioRevision") for document in documents):
            documents = [ISTIO, *documents]
        return yaml.safe_dump_all([_at(document, version) for document in documents])


def fleets(hazard: str) -> tuple[Move, Move, list[str]]:
    """The fleet with a hazard, the one without it, and the places that show it."""
    case = yaml.safe_load((FOLDER / f"{hazard}.yaml").read_text())
    without = case["without"] if isinstance(case["without"], dict) else {"specs": case["without"]}
    return _move({**case, "specs": case["with"]}), _move({**case, "specs": [], **without}), case["places"]


def places(found: list[Detection], hazard: str) -> list[str]:
    """`Istio/default spec.version`, for each place that shows the hazard, sorted."""
    return sorted(f"{one.resource.title} {field_text(one.path)}" for one in found if one.hazard.id == hazard)


def dangers(known: tuple[Hazard, ...]) -> list[Hazard]:
    """Those of severity outage and security."""
    return [hazard for hazard in known if hazard.severity in ("outage", "security")]


def _move(case: dict[str, Any]) -> Move:
    cluster = case.get("cluster", {})
    if "kubernetes" in cluster:
        cluster = {**cluster, "kubernetes": Kubernetes(cluster["kubernetes"])}
    return Move(case["from"], case["to"], cluster, case["specs"])


def _at(document: dict[str, Any], version: str) -> dict[str, Any]:
    if document["kind"] not in VERSIONED:
        return document
    beside = {"updateStrategy": {"type": "RevisionBased"}} if document["kind"] == "Istio" else {}
    return {**document, "spec": {"version": version, **beside, **document["spec"]}}
