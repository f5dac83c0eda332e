"""What files show of a cluster and of one move in it, as the roots that conditions of the hazards' data begin with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from render.errors import InputError
from render.hazards.conditions import Bound, Scope, by_text
from render.hazards.paths import Pattern
from render.hazards.upgrades import Crossing
from render.kustomize.resource import Resource
from render.manifests.node_agents import agent_values, serves_ambient
from render.manifests.values import computed_values, control_plane_values
from render.messages import FieldPath
from render.plan.cluster import ClusterPlan, PlannedNamespace, PlannedRevision
from render.plan.config_objects import istio_classes
from render.plan.inventory import RevisionRecord
from render.plan.node_agents import PlannedAgent
from render.plan.revision_facts import is_ambient, is_served_remotely, uses_cni
from render.plan.workloads import TEMPLATES
from render.specs.istio_operator.release import version_path
from render.specs.kinds import ClusterSpecs, IstioCNI, Values
from render.yamlio.location import value_at

PODS = "pods"  # stands for every kind that has a pod template

# Where a spec may say what a fact is computed from, the nearest first: that is shown.
_SAYS: Mapping[FieldPath, tuple[FieldPath, ...]] = {
    ("ambient",): (
        ("pilot", "env", "PILOT_ENABLE_AMBIENT"),
        ("cni", "ambient", "enabled"),
        ("ambient", "enabled"),
        ("profile",),
    ),
    ("remote",): (("istiodRemote", "enabled"), ("profile",)),
    ("cni",): (("pilot", "cni", "enabled"), ("istio_cni", "enabled"), ("global", "platform"), ("profile",)),
}


class FieldPlace(NamedTuple):
    """An object, and a field of it."""

    resource: Resource
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Facts:
    """A cluster's objects by kind, and the roots `crossing`, `cluster`, `controlPlane`, `before`, `cni`, `ztunnel` and
    `mesh` with what stands below them; docs/hazards.md lists it. `spec` is the object whose version moves."""

    crossing: Crossing
    plan: ClusterPlan
    roots: Mapping[str, Bound]
    by_kind: Mapping[str, tuple[Resource, ...]]
    namespaces: Mapping[str, PlannedNamespace]
    spec: Resource
    indexes: dict[tuple[tuple[str, ...], Pattern], Mapping[str, Sequence[Resource]]] = field(default_factory=dict)

    def objects(self, kinds: tuple[str, ...]) -> Iterator[Resource]:
        """Yields the objects of these kinds, each `Kind` of the core group, `Kind.group`, or `*.group`."""
        for kind in kinds:
            yield from self.by_kind.get(kind, ())

    def having(self, kinds: tuple[str, ...], steps: Pattern) -> Mapping[str, Sequence[Resource]]:
        """Returns the objects of these kinds by what they have at a path, indexed when it is first asked for."""
        if (kinds, steps) not in self.indexes:
            self.indexes[kinds, steps] = by_text(self.objects(kinds), steps)
        return self.indexes[kinds, steps]

    @property
    def whole(self) -> Scope:
        """The cluster without any one object."""
        return Scope(self.roots, self)

    def around(self, resource: Resource) -> Scope:
        """Returns the cluster and one object of it: `object`, its `pod` template, and its `namespace` where that is in
        the files, with the revision or tag that this `follows`."""
        roots = dict(self.roots)
        roots["object"] = (resource.data, ("object",))
        namespace = self.namespaces.get(resource.namespace or "default")
        if namespace:
            roots["namespace"] = (namespace.namespace.resource.data, ("namespace",))
            roots["follows"] = (namespace.follows, ("follows",))
        template = TEMPLATES.get((resource.group, resource.kind))
        if template is not None:
            roots["pod"] = (_template(resource.data, template), ("object", *template))
        return Scope(roots, self)

    def place(self, path: FieldPath, about: Resource | None) -> FieldPlace:
        """Returns the object and the field in it that a path from a root means; `about` is the object that was looked
        at.

        What nobody wrote, such as the version of a frozen revision, is shown at the version that moves.
        """
        root, rest = (path[0], path[1:]) if path else ("", ())
        if about is not None:
            return FieldPlace(about, rest if root == "object" else ("metadata", "name"))
        agent = {"cni": self.plan.cni, "ztunnel": self.plan.ztunnel}.get(str(root))
        resource = agent.spec.resource if agent else self.spec
        if rest[:1] in (("values",), ("written",)):
            return FieldPlace(resource, ("spec", *_in_spec(resource, rest[1:])))
        for said in _SAYS.get(rest, ()):
            written = ("spec", *_in_spec(resource, said))
            if value_at(resource.data, *written) is not None:
                return FieldPlace(resource, written)
        return FieldPlace(resource, version_path(resource.data))


def facts(
    plan: ClusterPlan,
    crossing: Crossing,
    agents: Mapping[str, str] | None = None,
    definitions: Sequence[Resource] = (),
) -> Facts:
    """Returns what a cluster's plan says where this move is concerned.

    `agents` are the releases that the previous tree has of the node agents, by `cni` and `ztunnel`; `definitions` are
    the CustomResourceDefinitions of the file that the cluster's `spec.crds` names.
    """
    by_name = {revision.name: revision for revision in plan.revisions}
    before = by_name.get(crossing.before or "")
    revision = by_name.get(crossing.revision or "") or before or _serving(plan)
    data = {
        "crossing": _crossing(plan, crossing),
        "cluster": _cluster(plan.specs),
        "controlPlane": _control_plane(revision, plan.specs),
        "before": _control_plane(before or revision, plan.specs),
        "cni": _agent(plan.cni, plan, (agents or {}).get("cni")),
        "ztunnel": _agent(plan.ztunnel, plan, (agents or {}).get("ztunnel")),
        "mesh": _mesh(plan),
    }
    roots: dict[str, Bound] = {name: (value, (name,)) for name, value in data.items() if value is not None}
    resources = (*_resources(plan.specs), *definitions)
    namespaces = {planned.namespace.name: planned for planned in plan.namespaces}
    return Facts(crossing, plan, roots, _by_kind(resources), namespaces, _spec(plan, crossing, revision))


def _in_spec(resource: Resource, path: FieldPath) -> FieldPath:
    """Returns where the spec says a chart value: as the profile, below `ztunnel` (the level of that chart), or as it
    is."""
    written = (resource.data.get("spec") or {}).get("values") or {}
    if path[:1] == ("profile",) and "profile" not in written:
        return path
    raised = resource.kind == "ZTunnel" and path and path[0] != "global" and path[0] not in written
    return ("values", "ztunnel", *path) if raised else ("values", *path)


def _serving(plan: ClusterPlan) -> PlannedRevision | None:
    """Returns the revision that serves most, for the move of a node agent: the default, else any active one."""
    return plan.default or next((one for one in plan.revisions if one.active), None)


def _spec(plan: ClusterPlan, crossing: Crossing, revision: PlannedRevision | None) -> Resource:
    if crossing.revision is None:
        agent = plan.cni if "cni" in crossing.components else plan.ztunnel
        if agent:
            return agent.spec.resource
    owner = next((one.istio.resource for one in plan.istios if one.istio.name == crossing.istio), None)
    return (revision.resource if revision else None) or owner or plan.specs.cluster.resource


def _crossing(plan: ClusterPlan, crossing: Crossing) -> dict[str, Any]:
    """`names` are those by which a label can mean either end of the move: revisions, and tags that lead there."""
    ends = {name for name in (crossing.before, crossing.revision) if name}
    names = ends | {tag.name for tag in plan.tags if tag.revision in ends}
    return {
        "from": crossing.from_version,
        "to": crossing.to_version,
        "inPlace": crossing.in_place,
        "before": None if crossing.in_place else crossing.before,
        "revision": crossing.revision,
        "names": sorted(names),
    }


def _cluster(specs: ClusterSpecs) -> dict[str, Any]:
    cluster = specs.cluster
    return {
        "name": cluster.name,
        "labels": cluster.labels,
        "platform": cluster.platform,
        "meshID": cluster.mesh_id,
        "network": cluster.network,
        "role": cluster.role,
        **({"kubernetes": cluster.kubernetes.release} if cluster.kubernetes else {}),
        "delivery": specs.settings.delivery,
        "applicationsByHand": specs.settings.delivery == "argocd" and not specs.settings.repo_url,
    }


def _control_plane(revision: PlannedRevision | None, specs: ClusterSpecs) -> dict[str, Any] | None:
    if revision is None:
        return None
    record = revision.record
    computed = _istiod_values(record, specs)
    return {
        "version": record.version,
        "name": record.name,
        "namespace": record.namespace,
        "profile": record.profile,
        "platform": record.platform,
        "values": control_plane_values(record, record.platform),
        "written": record.values,
        "ambient": is_ambient(computed),
        "remote": is_served_remotely(record, computed),
        "cni": uses_cni(computed),
    }


def _istiod_values(record: RevisionRecord, specs: ClusterSpecs) -> Values:
    """Returns the values that istiod is given; those of the specs where the release refuses them, which is a hazard of
    its own."""
    try:
        return computed_values(record, specs)
    except InputError:
        return control_plane_values(record, record.platform)


def _agent(agent: PlannedAgent | None, plan: ClusterPlan, before: str | None) -> dict[str, Any] | None:
    """`from` is the release that nodes have until it has moved."""
    if agent is None:
        return None
    target: RevisionRecord | None = plan.revision(agent.revision).record if agent.revision else None
    return {
        "version": agent.version,
        "from": before or agent.version,
        "namespace": agent.spec.namespace,
        "values": agent_values(agent, target, plan.specs.cluster.platform),
        "written": agent.values,
        "ambient": isinstance(agent.spec, IstioCNI) and _serves_ambient(agent, plan.specs),
    }


def _serves_ambient(agent: PlannedAgent, specs: ClusterSpecs) -> bool:
    try:
        return serves_ambient(agent, specs)
    except InputError:  # its release refuses the values
        return False


def _mesh(plan: ClusterPlan) -> dict[str, Any]:
    return {
        "tags": [tag.name for tag in plan.tags],
        "revisions": [revision.name for revision in plan.revisions],
        "default": plan.default.name if plan.default else None,
        "gatewayClasses": istio_classes(plan.specs.extra),
    }


def _resources(specs: ClusterSpecs) -> Iterator[Resource]:
    """Yields every object of the cluster, of whatever kind the specs keep it as."""
    for kept in fields(specs):
        group = getattr(specs, kept.name)
        if isinstance(group, tuple):
            yield from (one if isinstance(one, Resource) else one.resource for one in group)


def _by_kind(resources: Iterable[Resource]) -> dict[str, tuple[Resource, ...]]:
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        group = resource.group
        found.setdefault(f"{resource.kind}.{group}" if group else resource.kind, []).append(resource)
        found.setdefault(f"*.{group}", []).append(resource)
        if (group, resource.kind) in TEMPLATES:
            found.setdefault(PODS, []).append(resource)
    return {kind: tuple(items) for kind, items in found.items()}


def _template(data: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) or {}
    return data
