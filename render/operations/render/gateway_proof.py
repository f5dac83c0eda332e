"""The proof of every render that a gateway gets its proxies from the revision or tag that it follows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from render.areas import GATEWAYS
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle
from render.manifests.values import computed_values
from render.operations.render.injection_proof import WebhookFile
from render.plan.cluster import ClusterPlan
from render.plan.gateways import GROUP, gateway_controller
from render.plan.injection.admission import refusal
from render.plan.injection.precedence import Decision, decide
from render.plan.injection.webhook_entries import Webhook, firing, webhooks
from render.plan.inventory import RevisionRecord
from render.plan.labels import NAMESPACE_NAME_LABEL, Labels
from render.plan.mesh_gateways import PlannedMeshGateway
from render.plan.usage import Pod
from render.plan.workloads import pods_of
from render.specs import releases
from render.specs.mesh_gateway import CANARY_FOLLOWS, FOLLOWS
from render.yamlio.location import Place


def gateway_injection_problems(
    plan: ClusterPlan, bundles: Iterable[Bundle], standing: Iterable[WebhookFile]
) -> list[Problem]:
    """Returns an error for each gateway whose pods another revision than it follows would inject, or none (MR321).

    Asked are its rendered pods and the labels of its namespace, which beat the pod's own; of a namespace that the specs
    do not have no labels are known. A name that has no webhook in this cluster is warned of (MR079), as for a
    namespace, and so is a Gateway that no istiod deploys (MR323).
    """
    if not plan.mesh_gateways:
        return []
    found = webhooks(json.loads(one.text) for one in standing)
    made = {bundle.folder: bundle for bundle in bundles}
    problems: list[Problem] = []
    for gateway in plan.mesh_gateways:
        if gateway.spec.gateway is None:
            problems += _injection(plan, gateway, made[f"{GATEWAYS}/{gateway.name}"], found)
        else:
            problems += _deployment(plan, gateway)
    return problems


def _injection(
    plan: ClusterPlan, gateway: PlannedMeshGateway, bundle: Bundle, found: list[Webhook]
) -> Iterator[Problem]:
    spec = gateway.spec
    labels = next((one.namespace.labels for one in plan.namespaces if one.namespace.name == spec.namespace), {})
    here = {**labels, NAMESPACE_NAME_LABEL: spec.namespace}
    pods = list(pods_of(Resource(json.loads(one.json), Place("")) for one in bundle.manifests))
    followed = zip(pods, spec.followed, (gateway.revision, gateway.canary), (FOLLOWS, CANARY_FOLLOWS), strict=False)
    for pod, follows, revision, path in followed:
        if not any(webhook.serves == follows for webhook in found):
            message = (
                f"{follows} has no injection webhook in this cluster: the gateway's pods do not start unless "
                "another cluster's control plane injects them"
            )
            yield Problem("MR079", message, spec.resource, path)
        elif wrong := _wrong_injector(plan, pod, follows, plan.revision(revision or "").record, here, found):
            yield Problem("MR321", wrong, spec.resource, path)


def _wrong_injector(
    plan: ClusterPlan, pod: Pod, follows: str, record: RevisionRecord, here: Labels, found: list[Webhook]
) -> str | None:
    """Returns why the pods of a gateway do not get their proxies from what it follows, None where they do."""
    fired = firing(found, here, pod.labels)
    if [one.serves for one in fired] == [follows]:
        reason = refusal(pod, record.version, record.values)
        return f"the injector of {follows} leaves the pods of {pod.name} alone: {reason}" if reason else None
    decision = decide(here, pod.labels, by_default=plan.injects_by_default)
    who = " and ".join(one.serves for one in fired) or "nobody"
    return f"{who} would inject the pods of {pod.name}, not {follows}{_decision_words(decision, pod, here)}"


def _decision_words(decision: Decision, pod: Pod, here: Labels) -> str:
    if decision.key is None:
        return ""
    if decision.side == "namespace":
        return f": namespace {pod.namespace} has {decision.key}={here.get(decision.key, '')}, which beats a pod's label"
    return f": they have {decision.key}={pod.labels.get(decision.key, '')}"


def _deployment(plan: ClusterPlan, gateway: PlannedMeshGateway) -> Iterator[Problem]:
    record, spec = plan.revision(gateway.revision).record, gateway.spec
    classes = [one.data for one in plan.specs.extra if (one.group, one.kind) == (GROUP, "GatewayClass")]
    computed = computed_values(record, plan.specs)
    controller = gateway_controller({"spec": spec.gateway}, classes, releases.parse(record.version), computed)
    if isinstance(controller, str):
        message = f"no istiod deploys it: {controller}"
        yield Problem("MR323", message, spec.resource, ("spec", "gateway", "gatewayClassName"))
