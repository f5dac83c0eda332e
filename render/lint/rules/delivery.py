"""Rules on how the tree gets to its controller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from render.areas import CNI, ZTUNNEL
from render.kustomize.resource import Resource
from render.lint.rule import ClusterViolation, Rule, Violation
from render.lint.view import View
from render.manifests.values import computed_values
from render.messages import few
from render.plan.node_agents import is_delivered
from render.plan.revision_facts import needs_cni, needs_ztunnel
from render.yamlio.location import value_at

_REMOTE_ADDRESS = ("spec", "values", "global", "remotePilotAddress")
_DESTINATION = ("spec", "delivery", "destination")


def no_repository(view: View) -> Iterator[Violation]:
    """An Application names the repository, and rendering asks no git remote for it."""
    if view.settings.delivery == "argocd" and view.fleet.handover.repo_url is None:
        message = (
            "does not say which repository Argo CD reads, so no ApplicationSet is written: whoever set up Argo CD has "
            "its Applications. spec.delivery.repoURL lets meshrev write them"
        )
        yield Violation(message, view.fleet.resource, ("spec", "delivery", "repoURL"))


def cluster_without_step(view: View) -> Iterator[Violation]:
    """Argo CD syncs no Application that no step selects, and a rolling sync switches its automated sync off
    (docs/operator-manual/applicationset/Progressive-Syncs.md of argoproj/argo-cd)."""
    steps, labels = view.fleet.handover.rolling_sync, view.plan.specs.cluster.labels
    if view.settings.delivery != "argocd" or not steps:
        return
    if not any(all(one.is_met_by(labels) for one in step.match) for step in steps):
        said = ", ".join(f"{key}={value}" for key, value in sorted(labels.items())) or "no labels"
        message = (
            f"no step of spec.delivery.rollingSync in meshrev.yaml selects this cluster ({said}), so Argo CD never "
            "syncs it by itself: give it a label that a step asks for, or add a step"
        )
        yield Violation(message, view.plan.specs.cluster.resource, ("metadata", "labels"))


def endpoints_left_out(view: View) -> Iterator[Violation]:
    """From 3.0 on Argo CD's `resource.exclusions` name Endpoints and EndpointSlices unless somebody took them out
    (manifests/base/config/argocd-cm.yaml), and it leaves out what the tree has of them (controller/state.go)."""
    if view.settings.delivery != "argocd":
        return
    cluster = view.plan.specs.cluster
    names = cluster.topology.control_plane if cluster.topology else None
    for one in (*view.of_kind("Endpoints"), *view.of_kind("EndpointSlice")):
        message = (
            f"{one.kind} {one.namespace}/{one.name} is not applied by Argo CD 3 as it is installed, so its Service has "
            "no endpoint (where that is istiod's, each injected pod is refused): name a host instead of an IP address, "
            "or take Endpoints and EndpointSlice out of resource.exclusions in argocd-cm and waive this"
        )
        if one.spec.data is one.data:
            yield Violation(message, one.spec)
        elif value_at(one.spec.data, *_REMOTE_ADDRESS) is not None or names is None:
            yield Violation(message, one.spec, _REMOTE_ADDRESS, "error")
        else:
            message += f" (the address is that of cluster {names}, spec.topology.address there)"
            yield Violation(message, cluster.resource, ("spec", "topology", "controlPlane"), "error")


# The first releases that understand all that is rendered, and what the ones before lack.
UNDERSTOOD = {
    "argocd": ((3, 2), "retry.refresh of Applications"),
    "flux": ((2, 9), "spec.ignore of Kustomizations"),
}


def old_controller(view: View) -> Iterator[Violation]:
    """An API server refuses fields that the controller's definitions do not know, or drops them."""
    given, needed = view.settings.minimum_version, UNDERSTOOD.get(view.settings.delivery)
    if given is None or needed is None:
        return
    (major, minor), what = needed
    if tuple(int(part) for part in given.removeprefix("v").split(".")[:2]) < (major, minor):
        title = {"argocd": "Argo CD", "flux": "Flux"}[view.settings.delivery]
        message = (
            f"{title} {given} does not understand what is rendered: {what} came with {major}.{minor}. "
            "Upgrade it, then raise this"
        )
        yield Violation(message, view.settings.minimum_version_resource, ("spec", "delivery", "minimumVersion"))


def labels_going(view: View) -> Iterator[Violation]:
    """Applying server-side takes away what its one manager applied and the object does not say any more
    (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management)."""
    if view.settings.delivery == "none":
        return
    for planned in view.plan.namespaces:
        names = view.before.others.get(planned.namespace.name, ())
        if names and planned.injection_labels:
            message = (
                f"was delivered whole, with {few(names, 3)}, and is delivered with its injection labels alone now: the "
                "other labels are taken from the cluster at once. Let their owner apply them first, in a commit before"
            )
            is_guarded = any(name.startswith("pod-security.kubernetes.io/") for name in names)
            path = ("metadata", "labels")
            yield Violation(message, planned.namespace.resource, path, "error" if is_guarded else None)
    yield from _labels_by_hand(view)


def _labels_by_hand(view: View) -> Iterator[Violation]:
    """Flux takes over what kubectl set before it applies, unless it is told to merge
    (https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources)."""
    for planned in view.plan.namespaces:
        if planned.namespace.name in view.before.partial:
            message = (
                "was delivered with its injection labels alone, and is delivered whole now: Flux takes from the "
                "cluster what kubectl set and the spec does not say, injection labels too, up to an interval later and "
                "without a commit. Put what the cluster has into the spec first, in a commit before"
            )
            yield Violation(message, planned.namespace.resource, ("metadata", "labels"))


def agent_overtaking(view: View) -> Iterator[Violation]:
    """Flux and Argo CD remove what left the tree without regard to pods that still run with it."""
    specs = view.plan.specs
    if view.settings.delivery == "none":
        return
    for folder, kind, needs in ((CNI, "IstioCNI", needs_cni), (ZTUNNEL, "ZTunnel", needs_ztunnel)):
        if folder not in view.before.agents or is_delivered(specs, folder):
            continue
        users = [name for name, one in view.before.revisions.items() if needs(computed_values(one, specs))]
        if users:
            message = (
                f"this removes the {kind} together with what needs it, or before: {few(users, 3)}, of which pods may "
                "still run. First move the namespaces and retire the revisions; remove the node agent in a later "
                "commit, once an observation shows no pod of them"
            )
            yield Violation(message, specs.cluster.resource)


_ENFORCER_SWITCH = "admissions.enforcer/disabled"


def selectors_of_aks(view: View) -> Iterator[Violation]:
    """AKS adds two expressions to the selector of each webhook, unless an annotation says otherwise
    (https://learn.microsoft.com/azure/aks/faq#can-admission-controller-webhooks-impact-kube-system-and-internal-aks-namespaces).
    `spec.ignore` of Flux knows no item by its key, and a rule for the whole list would keep moves from the cluster."""
    cluster = view.plan.specs.cluster
    if (view.settings.delivery, cluster.platform) != ("flux", "aks"):
        return
    hooks = view.of_kind("MutatingWebhookConfiguration")
    names = [one.name for one in hooks if value_at(one.data, "metadata", "annotations", _ENFORCER_SWITCH) != "true"]
    if names:
        message = (
            f"AKS adds to the namespaceSelector of webhooks ({few(names, 3)}) what Flux takes away each interval: "
            f'values.sidecarInjectorWebhookAnnotations with {_ENFORCER_SWITCH}: "true" tells AKS to leave them alone'
        )
        yield Violation(message, cluster.resource, ("spec", "platform"))


def short_ref(view: View) -> Iterator[Violation]:
    """A branch and a tag may share a short name, and Argo CD looks through all refs for it
    (docs/user-guide/tracking_strategies.md and docs/operator-manual/high_availability.md of argoproj/argo-cd)."""
    ref = view.fleet.handover.target_revision
    is_whole = ref == "HEAD" or ref.startswith("refs/") or re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref)
    if view.settings.delivery == "argocd" and not is_whole:
        message = (
            "is a short name: Argo CD reads all refs for it each time that it looks, and of a branch and a tag that "
            f"share it takes either. Write refs/heads/{ref}, or refs/tags/{ref}"
        )
        yield Violation(message, view.fleet.resource, ("spec", "delivery", "targetRevision"))


class Destination(NamedTuple):
    """A cluster that Argo CD delivers, what Argo CD calls it, and the spec that says so."""

    cluster: str
    name: str
    resource: Resource


def destination(view: View) -> Destination | None:
    """Returns where Argo CD brings a cluster's objects; None where it does not deliver it."""
    cluster, settings = view.plan.specs.cluster, view.settings
    return Destination(cluster.name, settings.destination, cluster.resource) if settings.delivery == "argocd" else None


def same_destination(destinations: Iterable[Destination]) -> Iterator[ClusterViolation]:
    """Yields the clusters that Argo CD would bring where it brings another one too."""
    holders: dict[str, str] = {}
    for one in destinations:
        other = holders.setdefault(one.name, one.cluster)
        if other != one.cluster:
            message = (
                f"is delivered to {one.name}, and so is cluster {other}: two Applications would undo each other's "
                "changes there, and who injects a pod is proved for each of them alone. Make one cluster of the two, "
                "or correct spec.delivery.destination"
            )
            path = _DESTINATION if one.name != one.cluster else ("metadata", "name")
            yield ClusterViolation(one.cluster, Violation(message, one.resource, path))


# Which files Flux packs is only told by git, of a whole tree at once.
HIDDEN_FILES = Rule("MR188", "Flux does not get what it is to apply.")
SAME_DESTINATION = Rule("MR183", "Two Applications apply to one cluster, and each undoes what the other does.")

RULES = (
    Rule(
        "MR160",
        "Each cluster needs an Application made by hand, with the sync options and ignore rules that istiod needs.",
        no_repository,
    ),
    Rule("MR184", "Labels of namespaces' owners go, those of pod security too.", labels_going),
    Rule("MR185", "Pods that still run lose what redirects or carries their traffic.", agent_overtaking),
    Rule("MR186", "The controller refuses what is rendered for it, or ignores a part of it.", old_controller),
    Rule("MR187", "Two write the selectors in turn for ever.", selectors_of_aks),
    Rule("MR181", "Nobody syncs the cluster.", cluster_without_step),
    Rule("MR182", "A Service has no endpoints, and nobody is told.", endpoints_left_out),
    SAME_DESTINATION,
    HIDDEN_FILES,
    Rule("MR189", "Argo CD may follow the tag where the branch is meant.", short_ref),
)
