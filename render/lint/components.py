"""Rules on what revisions need beside themselves: node agents, and CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from render.kustomize.resource import Resource
from render.lint.rule import Found, Rule
from render.lint.versions import minors
from render.lint.view import View
from render.manifests.crds import KIND as CRD
from render.manifests.crds import crds_release
from render.manifests.node_agents import agent_values
from render.manifests.values import control_plane_values
from render.messages import FieldPath
from render.plan.cluster import PlannedRevision
from render.plan.helm_values import at
from render.plan.observe import DATAPLANE_LABEL
from render.specs import releases
from render.specs.kinds import Values

NAME: FieldPath = ("metadata", "name")
# What the charts of the node agents call their DaemonSets.
DAEMONSETS = {"cni": "istio-cni-node", "ztunnel": "ztunnel"}


def no_cni(view: View) -> Iterator[Found]:
    """As Sail's IstioCNINotFound, and for ambient, which redirects pods by the node agent only."""
    if view.plan.cni or _is_elsewhere(view, "cni"):
        return
    for revision in _used(view):
        values = _values(revision)
        if _ambient(values):
            why = "serves the ambient mesh, to which the CNI node agent brings pods"
        elif _asks_for_cni(values):
            why = "expects the CNI node agent to redirect traffic: its pods wait for that and do not start"
        else:
            continue
        message = (
            f"revision {revision.name} {why}, and the specs have no IstioCNI. Add one, or waive this if it is others'"
        )
        yield Found(message, view.spec_of(revision), NAME)


def no_ztunnel(view: View) -> Iterator[Found]:
    """As Sail's ZTunnelNotFound, and for namespaces that ask for ambient where no revision does."""
    if view.plan.specs.ztunnels or _is_elsewhere(view, "ztunnel"):
        return
    ambient = [revision for revision in _used(view) if _ambient(_values(revision))]
    for revision in ambient:
        message = (
            f"revision {revision.name} serves the ambient mesh, and the specs have no ZTunnel, which carries its "
            "traffic. Add one, or waive this if it is others'"
        )
        yield Found(message, view.spec_of(revision), NAME)
    for planned in () if ambient else view.plan.namespaces:
        if planned.namespace.labels.get(DATAPLANE_LABEL) == "ambient":
            message = "is in the ambient mesh, and this cluster has neither a ZTunnel nor a revision with ambient"
            yield Found(message, planned.namespace.resource, ("metadata", "labels", DATAPLANE_LABEL))


def cni_without_ambient(view: View) -> Iterator[Found]:
    """The node agent leaves ambient pods alone unless its own values say ambient."""
    cni = view.plan.cni
    ambient = view.plan.specs.ztunnels or any(_ambient(_values(revision)) for revision in _used(view))
    if cni is None or not ambient:
        return
    values = agent_values(cni, None, view.plan.specs.cluster.platform)
    said = [at(values, "cni", "ambient", "enabled"), at(values, "ambient", "enabled")]
    profile = values.get("profile") == "ambient"
    if not any(said) and not (profile and False not in said):
        message = (
            "this cluster has the ambient mesh, and its CNI node agent does not take part: pods of ambient namespaces "
            "would go without. Set spec.profile: ambient"
        )
        yield Found(message, cni.spec.resource, ("spec", "profile"))


def no_crds(view: View) -> Iterator[Found]:
    """The builtin source has no CustomResourceDefinitions of its own, and no chart source brings any."""
    local = [revision for revision in view.plan.revisions if not _is_remote(revision)]
    named = view.settings.crds or any(map(_is_istios_crd, view.plan.specs.extra))
    if local and not named and view.settings.source.type == "builtin":
        message = (
            "names no CustomResourceDefinitions of Istio, and none are in the specs: whoever sets up a cluster brings "
            "them. spec.crds with a file from Istio's base chart lets meshrev deliver and upgrade them"
        )
        yield Found(message, view.fleet.resource, ("spec", "crds"))


def old_crds(view: View) -> Iterator[Found]:
    """Definitions of an older minor than a control plane's: it watches kinds or versions that are not there."""
    crds = view.settings.crds
    release = crds_release(crds) if crds else None
    newest = max((one.record.version for one in view.plan.revisions if one.active), key=releases.parse, default=None)
    if release and newest and minors(release, newest) > 0:
        message = (
            f"are of {release}, and the cluster has a control plane of {newest}: definitions come before it, because "
            "it cannot use kinds and fields that they lack"
        )
        yield Found(message, view.settings.crds_resource, ("spec", "crds", "path"))


def _used(view: View) -> list[PlannedRevision]:
    return [one for one in view.plan.revisions if one.active or one.usage.status == "True"]


def _values(revision: PlannedRevision) -> Values:
    return control_plane_values(revision.record, revision.record.platform)


def _ambient(values: Values) -> bool:
    return (
        values.get("profile") == "ambient" or str(at(values, "pilot", "env", "PILOT_ENABLE_AMBIENT")).lower() == "true"
    )


def _asks_for_cni(values: Values) -> bool:
    """By its own value, or on OpenShift where that does not say otherwise (Sail Operator, dependencies)."""
    enabled = at(values, "pilot", "cni", "enabled")
    return bool(enabled) if enabled is not None else at(values, "global", "platform") == "openshift"


def _is_remote(revision: PlannedRevision) -> bool:
    return "remote" in (revision.record.profile, at(revision.record.values, "profile"))


def _is_elsewhere(view: View, chart: str) -> bool:
    """Whether an object that is passed through brings the node agent, or asks a controller for its chart."""
    return any(
        (one.kind == "DaemonSet" and one.name == DAEMONSETS[chart]) or chart in _charts(one)
        for one in view.plan.specs.extra
    )


def _charts(resource: Resource) -> list[Any]:
    """The charts that a Flux HelmRelease or an Argo CD Application asks for."""
    if resource.kind == "HelmRelease":
        return [at(resource.data, "spec", "chart", "spec", "chart")]
    if resource.kind == "Application":
        several = at(resource.data, "spec", "sources")
        sources = [at(resource.data, "spec", "source"), *(several if isinstance(several, list) else ())]
        return [at(source, "chart") for source in sources]
    return []


def _is_istios_crd(resource: Resource) -> bool:
    return resource.kind == CRD and resource.name.endswith(".istio.io")


RULES = (
    Rule(
        "MR130",
        "A revision needs a CNI node agent, and there is none",
        "error",
        "components",
        "Pods wait for their traffic to be redirected, and do not start or stay outside of the mesh.",
        no_cni,
    ),
    Rule(
        "MR131",
        "A revision needs ztunnel, and there is none",
        "error",
        "components",
        "Nothing carries the traffic of ambient namespaces.",
        no_ztunnel,
    ),
    Rule(
        "MR132",
        "The CNI node agent does not serve ambient",
        "error",
        "components",
        "Pods of ambient namespaces are not redirected, and talk past the mesh.",
        cni_without_ambient,
    ),
    Rule(
        "MR133",
        "Nobody delivers Istio's CustomResourceDefinitions",
        "info",
        "components",
        "A control plane needs them before it starts, and upgrades of it need newer ones first.",
        no_crds,
    ),
    Rule(
        "MR134",
        "CustomResourceDefinitions are older than the control plane",
        "warning",
        "components",
        "A control plane cannot use kinds and fields that the definitions lack.",
        old_crds,
    ),
)
