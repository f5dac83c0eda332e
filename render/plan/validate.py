"""Where specs contradict themselves or the tree: names taken twice, references that lead nowhere, what must not change.

Pure. Rules are the Sail Operator's unless said. `plan_cluster` asks them, and puts what they find into its plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.messages import FieldPath, did_you_mean
from render.plan.config_objects import config_object, gateway_classes
from render.plan.inventory import INJECTOR_FILE, Inventory, RevisionRecord
from render.plan.labels import INJECTION_LABEL, REVISION_LABEL, Labels
from render.plan.topology.gateway import PlannedGateway
from render.plan.usage import namespace_reference, pod_reference
from render.plan.workloads import TEMPLATES, pods_of
from render.specs.istio_operator.components import ComponentPlan
from render.specs.istio_operator.release import version_path
from render.specs.kinds import ClusterSpecs, Istio, IstioCNI, IstioOperator, IstioRevision, Namespace, ZTunnel
from render.specs.mesh_gateway import CANARY_FOLLOWS, FOLLOWS
from render.specs.releases import known_versions

# The charts that a spec's objects come from.
_CHARTS: Mapping[type, tuple[str, ...]] = {
    Istio: ("istiod", "base"),
    IstioRevision: ("istiod", "base"),
    IstioCNI: ("cni",),
    ZTunnel: ("ztunnel",),
}


def without_source(
    specs: ClusterSpecs, spec: Istio | IstioRevision | IstioCNI | ZTunnel, version: str
) -> list[Problem]:
    """Returns a problem where a release (resolved, with `v`) has no manifests in the source that a spec has."""
    path, release, names = version_path(spec.resource.data), version.removeprefix("v"), _CHARTS[type(spec)]
    if specs.source(spec) == "builtin":
        if version in known_versions(aliases=False):
            return []
        way = (
            "its charts are here, so say source {type: chart}, or meshrev.io/source: chart in the annotations of this"
            if specs.charts and all(specs.charts.locked_chart(name, release) for name in names)
            else f"take it from its charts (`meshrev chart pull {release}`, and source {{type: chart}})"
        )
        message = f"{version} is not a release that this program's own templates know: {way}"
        return [Problem("MR281", message, spec.resource, path)]
    charts = specs.charts
    missing = (
        [charts.missing(name, release) for name in names if not charts.locked_chart(name, release)] if charts else []
    )
    return [Problem("MR281", message, spec.resource, path) for message in missing[:1]]


def immutable(spec: Istio | IstioRevision, record: RevisionRecord, previous: Inventory) -> list[Problem]:
    """Sail refuses to move a control plane to another namespace: its pods' certificates and addresses name it."""
    for before in previous.revisions.values():
        same = before.istio == record.istio if record.istio else before.name == record.name
        if same and before.namespace != record.namespace:
            message = (
                f"cannot change from {before.namespace} to {record.namespace}: it is immutable "
                f"(revision {before.name} is rendered there). Use a new {spec.resource.kind} beside this one"
            )
            return [Problem("MR071", message, spec.resource, ("spec", "namespace"))]
    return []


def collisions(
    specs: ClusterSpecs, records: Mapping[str, RevisionRecord], frozen: Mapping[str, RevisionRecord]
) -> list[Problem]:
    """Returns a problem for each name of two things: one name cannot be a tag and a revision: labels could not say
    which (Sail: NameAlreadyExists). A tag that injects for the revision of its name, by `meshrev.io/injector`, is what
    they mean; a frozen revision that has an injector of its own cannot lose it any more."""
    problems = []
    for tag in specs.tags:
        if tag.name in records:
            record = records[tag.name]
            of = f"Istio {record.istio}" if record.istio else "its IstioRevision"
            own = any(file.startswith(INJECTOR_FILE) for file in record.files) if tag.name in frozen else False
            if tag.injector and record.istio and not own:
                continue
            if own and record.istio:
                way_out = (
                    f"it is frozen with an injector of its own. Make Istio {record.istio} InPlace at "
                    f"{record.version}, render and commit; then `meshrev promote --istio {record.istio} "
                    "--strategy RevisionBased` brings the tag"
                )
            elif any(istio.revision == tag.name for istio in specs.istios):
                way_out = "an IstioOperator serves the name of its revision, so remove the tag, or name the other"
            elif any(istio.name == tag.name and istio.strategy == "InPlace" for istio in specs.istios):
                way_out = (
                    "an InPlace Istio serves its own name, so remove the tag; `meshrev promote --istio "
                    f"{tag.name} --strategy RevisionBased` brings one that takes over from it"
                )
            else:
                way_out = f"rename the tag; or, once no pod uses the revision {tag.name}, retire it"
            message = f"NameAlreadyExists: {tag.name} is also a revision (of {of}): {way_out}"
            problems.append(Problem("MR074", message, tag.resource, ("metadata", "name")))
    return problems


def parts_of_two(specs: ClusterSpecs, gateway: PlannedGateway | None) -> list[Problem]:
    """Returns a problem for each part of an IstioOperator that is there twice: a control plane of its name, a node
    agent, or a gateway. `gateway` is that of the cluster's topology."""
    makers: dict[tuple[str, ...], Resource] = {}
    if gateway:
        makers["gateway", f"{gateway.record.namespace}/{gateway.name}"] = specs.cluster.resource
    for one in specs.mesh_gateways:
        makers["gateway", f"{one.namespace}/{one.name}"] = one.resource
    for istio in specs.istios:
        if istio.operator is None:
            makers["pilot", istio.name] = istio.resource
    makers |= {("cni",): one.resource for one in specs.cnis if one.operator is None}  # noqa: B035 - one at most
    makers |= {("ztunnel",): one.resource for one in specs.ztunnels if one.operator is None}  # noqa: B035
    problems = []
    for operator in specs.operators:
        for part in operator.components:
            key, what, path = _part_identity(operator, part)
            other = makers.get(key)
            makers.setdefault(key, operator.resource)
            if key and other:
                message = f"{what} is also of {other.title} ({other.origin.file}): take it out of one of them"
                problems.append(Problem("MR306", message, operator.resource, path))
    return problems


class _PartIdentity(NamedTuple):
    """What may be once in a cluster, in words, and where the part is said; the key is empty for what may be shared."""

    key: tuple[str, ...]
    words: str
    path: FieldPath


def _part_identity(operator: IstioOperator, part: ComponentPlan) -> _PartIdentity:
    field = part.component.field
    if field == "base":
        return _PartIdentity((), "", part.path)
    if field == "pilot":
        return _PartIdentity((field, operator.name), f"the name {operator.name}", ("metadata", "name"))
    if part.component.is_gateway:
        gateway = f"{part.namespace}/{part.workload}"
        return _PartIdentity(("gateway", gateway), f"gateway {gateway}", part.path)
    return _PartIdentity((field,), f"the cluster's {field}", part.path)


def empty_specs(specs: ClusterSpecs, previous: Inventory) -> list[Problem]:
    """Returns a problem where specs are empty: a tree is not emptied because its specs are: that is rather a build that
    failed than a mesh that nobody wants."""
    wanted = (specs.istios, specs.revisions, specs.tags, specs.cnis, specs.ztunnels, specs.operators)
    if any((*wanted, specs.namespaces, specs.mesh_gateways, specs.extra)) or not (previous.revisions or previous.files):
        return []
    message = (
        "its specs hold nothing, but the tree has its mesh: did the build of the overlay fail? "
        "To give a cluster up, remove its overlay"
    )
    return [Problem("MR069", message, specs.cluster.resource)]


def orphans_in_use(
    specs: ClusterSpecs, frozen: Mapping[str, RevisionRecord], targets: Mapping[str, str]
) -> list[Problem]:
    """Nothing in use disappears: an Istio or IstioRevision is not removed while something still refers to it."""
    istios = {istio.name for istio in specs.istios}
    orphans = {name: record for name, record in frozen.items() if record.istio not in istios}
    users: list[tuple[str | None, Resource, FieldPath]] = [
        (targets.get(tag.name), tag.resource, ("spec", "targetRef", "name")) for tag in specs.tags
    ]
    namespaces = {one.name: one.labels for one in specs.namespaces}
    users += [(namespace_reference(n.labels), n.resource, ("metadata", "labels")) for n in specs.namespaces]
    users += _passed_through(specs.extra, namespaces) if orphans else ()
    users += [(one.follows, one.resource, FOLLOWS) for one in specs.mesh_gateways]
    users += [(one.canary.follows, one.resource, CANARY_FOLLOWS) for one in specs.mesh_gateways if one.canary]
    problems = []
    for name, resource, path in users:
        if name in orphans:
            record = orphans[name]
            gone = f"Istio {record.istio}" if record.istio else f"IstioRevision {name}"
            message = f"still refers to revision {name}, but {gone} is no longer in the specs: move it first"
            problems.append(Problem("MR077", message, resource, path))
    return problems


def _passed_through(
    extra: Sequence[Resource], namespaces: Mapping[str, Labels]
) -> Iterator[tuple[str | None, Resource, FieldPath]]:
    """Yields workloads whose pods follow a revision by their own labels, and what the istiod of one alone reads."""
    controllers = gateway_classes(extra)
    for resource in extra:
        for pod in pods_of([resource]):
            if namespace_reference(namespaces.get(pod.namespace, {})) is None:
                template = TEMPLATES[resource.group, resource.kind]
                yield pod_reference(pod.labels), resource, (*template, "metadata", "labels")
        found = config_object(resource, controllers)
        if found:
            label = (REVISION_LABEL,) if REVISION_LABEL in found.labels else ()
            yield found.wants(namespaces.get(found.namespace, {})), resource, ("metadata", "labels", *label)


def missing_injector(
    namespace: Namespace,
    follows: str,
    previous: Inventory,
    records: Collection[str],
    targets: Mapping[str, str],
) -> Problem:
    """Returns an error where the tree served the name until now, else a warning: another tool may serve it."""
    label = INJECTION_LABEL if namespace.labels.get(INJECTION_LABEL) == "enabled" else REVISION_LABEL
    path = ("metadata", "labels", label)
    served = ", ".join(sorted({*records, *targets})) or "none"
    if follows in previous.tags:
        message = (
            f"follows the tag {follows}, which the specs no longer have: move the namespace first (served: {served})"
        )
        return Problem("MR075", message, namespace.resource, path)
    message = (
        f"follows {follows}, which no revision or tag of this cluster serves: its pods get no proxy "
        f"(served: {served}){_meant(follows, {*records, *targets})}"
    )
    return Problem("MR076", message, namespace.resource, path, "warning")


def _meant(name: str, served: Iterable[str]) -> str:
    """Returns the name that was most likely meant: one that is nearly the same, or that of the release (`1.24.3`)."""
    near = did_you_mean(name, served)
    release = name.removeprefix("v").replace(".", "-")
    of_release = [one for one in served if one.endswith(f"-v{release}")]
    return near or (f" (did you mean {of_release[0]}?)" if len(of_release) == 1 else "")
