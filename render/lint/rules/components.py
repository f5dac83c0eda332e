"""Rules on what revisions need beside themselves: node agents, and CustomResourceDefinitions."""

from __future__ import annotations

import json
from collections.abc import Iterator

from render.areas import CNI, ZTUNNEL
from render.kubernetes.custom_resource import Definitions
from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.rules.versions import minors
from render.lint.view import View
from render.manifests.crds import KIND as CRD
from render.manifests.crds import crds_release
from render.manifests.node_agents import serves_ambient
from render.manifests.values import computed_values
from render.messages import FieldPath
from render.plan.cluster import PlannedRevision
from render.plan.labels import DATAPLANE_LABEL, joins_ambient
from render.plan.node_agents import is_delivered
from render.plan.revision_facts import is_ambient, is_remote, needs_cni, needs_ztunnel
from render.specs import releases
from render.yamlio.location import value_at

NAME: FieldPath = ("metadata", "name")
GKE, KUBE_SYSTEM, QUOTA = "gke", "kube-system", "ResourceQuota"
CRITICAL = "system-node-critical"


def no_cni(view: View) -> Iterator[Violation]:
    """As Sail's IstioCNINotFound, and for ambient, which redirects pods by the node agent only."""
    if is_delivered(view.plan.specs, CNI):
        return
    for revision in _revisions_in_use(view):
        values = computed_values(revision.record, view.plan.specs)
        if is_ambient(values):
            why = "serves the ambient mesh, to which the CNI node agent brings pods"
        elif needs_cni(values):
            why = "expects the CNI node agent to redirect traffic: its pods wait for that and do not start"
        else:
            continue
        message = (
            f"revision {revision.name} {why}, and the specs have no IstioCNI. Add one, or waive this if it is others'"
        )
        yield Violation(message, view.spec_of(revision), NAME)


def no_ztunnel(view: View) -> Iterator[Violation]:
    """As Sail's ZTunnelNotFound, and for namespaces that ask for ambient where no revision does."""
    if is_delivered(view.plan.specs, ZTUNNEL):
        return
    ambient = [
        revision
        for revision in _revisions_in_use(view)
        if needs_ztunnel(computed_values(revision.record, view.plan.specs))
    ]
    for revision in ambient:
        message = (
            f"revision {revision.name} serves the ambient mesh, and the specs have no ZTunnel, which carries its "
            "traffic. Add one, or waive this if it is others'"
        )
        yield Violation(message, view.spec_of(revision), NAME)
    for planned in () if ambient else view.plan.namespaces:
        if joins_ambient(planned.namespace.labels):
            message = "is in the ambient mesh, and this cluster has neither a ZTunnel nor a revision with ambient"
            yield Violation(message, planned.namespace.resource, ("metadata", "labels", DATAPLANE_LABEL))


def cni_without_ambient(view: View) -> Iterator[Violation]:
    """The node agent leaves ambient pods alone unless its own values say ambient."""
    cni = view.plan.cni
    ambient = view.plan.specs.ztunnels or any(
        is_ambient(computed_values(one.record, view.plan.specs)) for one in _revisions_in_use(view)
    )
    if cni is None or not ambient:
        return
    if not serves_ambient(cni, view.plan.specs):
        message = (
            "this cluster has the ambient mesh, and its CNI node agent does not take part: pods of ambient namespaces "
            "would go without. Set spec.profile: ambient"
        )
        yield Violation(message, cni.spec.resource, ("spec", "profile"))


def no_crds(view: View) -> Iterator[Violation]:
    """The builtin source has no CustomResourceDefinitions of its own, and no chart source brings any."""
    revisions = [one.record for one in view.plan.revisions]
    local = any(not is_remote(record) for record in revisions)
    named = view.settings.crds or any(map(_is_istios_crd, view.plan.specs.extra))
    if local and not named and not any(record.source == "chart" for record in revisions):
        message = (
            "names no CustomResourceDefinitions of Istio, and none are in the specs: whoever sets up a cluster brings "
            "them. spec.crds with a file from Istio's base chart lets meshrev deliver and upgrade them"
        )
        yield Violation(message, view.fleet.resource, ("spec", "crds"))


def old_crds(view: View) -> Iterator[Violation]:
    """Definitions of an older minor than a control plane's: it watches kinds or versions that are not there."""
    crds = view.settings.crds
    release = crds_release(crds) if crds else None
    newest = max((one.record.version for one in view.plan.revisions if one.active), key=releases.parse, default=None)
    if release and newest and minors(release, newest) > 0:
        message = (
            f"are of {release}, and the cluster has a control plane of {newest}: definitions come before it, because "
            "it cannot use kinds and fields that they lack"
        )
        yield Violation(message, view.settings.crds_resource, ("spec", "crds", "path"))


def objects_against_definitions(view: View) -> Iterator[Violation]:
    """An object of a custom kind that the definitions of its kind refuse, those of `spec.crds` or of the overlays: its
    delivery fails (Istio's IST0106)."""
    brought = [one for one in view.plan.specs.extra if one.kind == CRD]
    known = Definitions(one.data for one in (*view.definitions, *brought))
    for resource in view.plan.specs.extra:
        if resource.kind != CRD and known.knows_group(resource.group):
            for refusal in known.complaints(resource.data):
                yield Violation(f"{refusal.message} (the definition of its kind)", resource, refusal.path)


def no_quota_on_gke(view: View) -> Iterator[Violation]:
    """GKE takes pods of the class of critical agents only where a ResourceQuota for it is: its own in kube-system, or
    one that later charts bring."""
    plan = view.plan
    if plan.specs.cluster.platform != GKE:
        return
    quotas = {namespace for kind, namespace, _, _ in view.identities if kind == QUOTA}
    extra = [one for one in plan.specs.extra if (one.group, one.kind) == ("", QUOTA)]
    quotas |= {one.namespace for one in extra if CRITICAL in json.dumps(one.data, default=str)}
    for agent, name in ((plan.cni, "istio-cni-node"), (plan.ztunnel, ZTUNNEL)):
        namespace = agent.spec.namespace if agent else KUBE_SYSTEM
        if agent is None or namespace in (KUBE_SYSTEM, *quotas):
            continue
        found = [one for one in view.of_kind("DaemonSet") if (one.namespace, one.name) == (namespace, name)]
        if any(value_at(one.data, "spec", "template", "spec", "priorityClassName") == CRITICAL for one in found):
            message = (
                f"GKE refuses the pods of {name} in {namespace}: they are {CRITICAL}, and no ResourceQuota for that "
                f"class is there. Use {KUBE_SYSTEM}, a release whose chart brings one (1.26 on, by "
                f"values.global.platform: {GKE}), or add a ResourceQuota"
            )
            yield Violation(message, agent.spec.resource, ("spec", "namespace"))


def _revisions_in_use(view: View) -> list[PlannedRevision]:
    return [one for one in view.plan.revisions if one.active or one.usage.status == "True"]


def _is_istios_crd(resource: Resource) -> bool:
    return resource.kind == CRD and resource.name.endswith(".istio.io")


RULES = (
    Rule(
        "MR130",
        "Pods wait for their traffic to be redirected, and do not start or stay outside of the mesh.",
        no_cni,
    ),
    Rule(
        "MR131",
        "Nothing carries the traffic of ambient namespaces.",
        no_ztunnel,
    ),
    Rule(
        "MR132",
        "Pods of ambient namespaces are not redirected, and talk past the mesh.",
        cni_without_ambient,
    ),
    Rule(
        "MR133",
        "A control plane needs them before it starts, and upgrades of it need newer ones first.",
        no_crds,
    ),
    Rule(
        "MR134",
        "A control plane cannot use kinds and fields that the definitions lack.",
        old_crds,
    ),
    Rule(
        "MR267",
        "The node agent has no pods, and those of the mesh wait for it or go past it.",
        no_quota_on_gke,
    ),
    Rule(
        "MR135",
        "An API server refuses it, and what is delivered with it may not come either.",
        objects_against_definitions,
    ),
)
