"""One cluster as rules look at it: all that files say of it, prepared once; a rule reads no file itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from render.kustomize.resource import Resource
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.inventory import RevisionRecord
from render.plan.labels import Labels
from render.plan.observed.observation import Observation
from render.plan.observed.verification import VerificationReport
from render.plan.wiring import Wiring
from render.specs.kinds import Fleet, Settings


@dataclass(frozen=True, slots=True)
class Before:
    """What the tree held before this change: revisions by name, the releases of the node agents by folder (`cni`,
    `ztunnel`), and namespaces by name with the injection labels that they were delivered with. Namespaces that can
    have lost none of these may be left out. `others` are the names of all other labels that namespaces were delivered
    with, where they are delivered with their injection labels alone now. `partial` are the names of namespaces that
    Flux merged into what others deliver, and delivers whole now."""

    revisions: Mapping[str, RevisionRecord] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    namespaces: Mapping[str, Labels] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    partial: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ClusterObject:
    """An object as it will stand in the cluster, and the spec that asks for it: itself where it is passed through."""

    data: Mapping[str, Any]
    spec: Resource

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def name(self) -> str:
        return str(self.data["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return self.data["metadata"].get("namespace") or ""


# The kinds of which a view holds every object that will stand in the cluster, those of frozen revisions included.
KINDS = (
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "Service",
    "Endpoints",
    "EndpointSlice",
    "Deployment",
    "DaemonSet",
)


@dataclass(frozen=True, slots=True)
class View:
    """A cluster's plan, which holds no error, and what it will have and had. `today` is an ISO date, None where no
    date is known; `identities` are kind, namespace, name and group of every object that meshrev makes itself;
    `definitions` are those of the file that `spec.crds` names; `wiring` is that of the objects."""

    plan: ClusterPlan
    fleet: Fleet
    before: Before = field(default_factory=Before)
    objects: tuple[ClusterObject, ...] = ()
    identities: frozenset[tuple[str, str, str, str]] = frozenset()
    observation: Observation | None = None
    verified: VerificationReport | None = None
    today: str | None = None
    definitions: tuple[Resource, ...] = ()
    wiring: Wiring = field(default_factory=Wiring)

    @property
    def settings(self) -> Settings:
        return self.plan.specs.settings

    def of_kind(self, kind: str) -> list[ClusterObject]:
        """Returns the objects of one of `KINDS`."""
        return [one for one in self.objects if one.kind == kind]

    def spec_of(self, revision: PlannedRevision) -> Resource:
        """Returns the spec that a revision comes from: of a frozen one its Istio, or the Cluster where that is gone."""
        if revision.resource:
            return revision.resource
        owner = (one.istio.resource for one in self.plan.istios if one.istio.name == revision.record.istio)
        return next(owner, self.plan.specs.cluster.resource)
