"""Who injects a pod, and why: every step from a label to a version, each with the line that says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from render.kustomize.locate import FilePosition, where
from render.manifests.values import computed_values
from render.messages import did_you_mean
from render.operations.explain.chain import Chain, chain_of, chain_of_name
from render.operations.explain.webhooks import WebhookSet, rendered_webhooks, webhooks_of_cluster
from render.operations.explain.words import (
    advice,
    condition_words,
    earlier_words,
    kept_entry_words,
    kept_settings_words,
    rule_words,
    silence_words,
    undiscovered_words,
    unserved_words,
)
from render.operations.observe.freshness import DatedObservation, load_observations
from render.operations.render.cluster import Pipeline
from render.operations.render.fleet import OpenFleet, open_fleet
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.discovery_selectors import discovers
from render.plan.injection.precedence import Decision, decide
from render.plan.injection.proof import prove
from render.plan.injection.webhook_entries import Webhook, firing
from render.plan.labels import (
    DATAPLANE_LABEL,
    INJECTION_LABEL,
    NAMESPACE_NAME_LABEL,
    REVISION_LABEL,
    Labels,
    joins_ambient,
)
from render.plan.observed.kept_fields import kept_fields
from render.plan.observed.observation import ObservedNamespace
from render.plan.revision_facts import BY_DEFAULT, is_ambient, is_remote, serves_another_cluster
from render.plan.usage import Pod
from render.specs.kinds import Namespace

FILES = "files"  # what an explanation rests on where no live cluster is asked


@dataclass(frozen=True, slots=True)
class InjectionLabel:
    """A label of a namespace that decides injection, with its line where the specs have it."""

    key: str
    value: str
    place: FilePosition | None


@dataclass(frozen=True, slots=True)
class AskedNamespace:
    """The namespace of the pod. `place` is that of its spec, None where the specs do not have it."""

    name: str
    place: FilePosition | None
    labels: tuple[InjectionLabel, ...]


@dataclass(frozen=True, slots=True)
class DecidingRule:
    """Istio's rule that decides, in words, with the line that lets it where that is not a label's."""

    name: str
    text: str
    place: FilePosition | None


@dataclass(frozen=True, slots=True)
class FiringWebhook:
    """A webhook that the API server calls for the pod, and the file that it is in."""

    webhook: Webhook
    file: str


@dataclass(frozen=True, slots=True)
class SilentWebhook:
    """A webhook of Istio that does not fire, and why."""

    webhook: Webhook
    why: str


@dataclass(frozen=True, slots=True)
class SeenNamespace:
    """What was observed of the cluster, and in it of the namespace, None where it was not there."""

    dated: DatedObservation
    namespace: ObservedNamespace | None


@dataclass(frozen=True, slots=True)
class InjectionAnswer:
    """Who injects a pod.

    `injected` says whether there will be a proxy, None where matchConditions decide; `reason` why not, and `silent`
    which webhooks of Istio do not fire; `advice` what to do. `clash` is an example of labels for which not exactly the
    intended webhook fires, None where the proof holds.
    """

    basis: str
    cluster: str
    namespace: AskedNamespace
    pod: Pod
    injected: bool | None
    rule: DecidingRule
    reason: str | None
    advice: tuple[str, ...]
    chain: Chain
    webhooks: tuple[FiringWebhook, ...]
    silent: tuple[SilentWebhook, ...]
    notes: tuple[str, ...]
    clash: str | None
    seen: SeenNamespace | None


def explain(
    root: Path,
    cluster: str,
    namespace: str,
    pod_labels: Labels,
    folder: str | None = None,
    live: tuple[str, bytes] | None = None,
    annotations: Labels | None = None,
) -> InjectionAnswer:
    """Returns who injects a pod with these labels that is created in a namespace of a cluster of the fleet in `root`.
    Of its annotations `sidecar.istio.io/inject` counts.

    `folder` is where observations lie instead of the fleet's own; `live` the name and content of a file with the
    webhooks of the live cluster, which are asked instead of those that the specs say. Raises `InputError` for an
    unknown cluster, and for specs or a file that cannot be read.
    """
    opened = open_fleet(root)
    (pipeline,) = opened.pipelines([cluster])
    plan = pipeline.plan
    seen = load_observations(opened, [cluster], folder).get(cluster)
    observation = seen.observation if seen else None
    asked = webhooks_of_cluster(plan, *live) if live else rendered_webhooks(pipeline, observation)
    spec = next((one.namespace for one in plan.namespaces if one.namespace.name == namespace), None)
    in_cluster = observation.namespaces.get(namespace) if observation else None
    pod = Pod("", namespace, pod_labels, annotations or {})
    labels = known_labels(namespace, spec, in_cluster)
    decision = decide(labels, pod_labels, by_default=asked.by_default)
    rule = rule_words(decision, labels, pod_labels)
    fired = firing(asked.callable, labels, pod_labels)
    silent = [one for one in asked.entries if one.webhook not in fired]
    chain = chain_of(opened, plan, asked, fired[0]) if len(fired) == 1 else Chain()
    is_managed = not fired and live is None and plan.managed_revision(decision.wants or "") is not None
    if is_managed:
        chain = chain_of_name(opened, plan, decision.wants or "")
    if len(fired) > 1:
        reason: str | None = f"{len(fired)} webhooks fire, so the pod would be injected {len(fired)} times"
    elif fired:
        reason = chain.refusal(pod)
    elif is_managed:
        reason = None
    elif decision.wants is None:
        reason = rule
    else:
        reason = unserved_words(decision.wants, plan.names, asked.served, silent, live=asked.live is not None)
    notes = [*_about_namespace(plan, namespace, spec, in_cluster), *_ambient(labels, pod_labels), *chain.notes]
    if spec:  # what was seen of a namespace are the labels of injection alone
        notes += _unseen_namespace(plan, labels, pod_labels, chain.planned if reason is None else None)
    if in_cluster and chain.revision and reason is None:
        notes += _other_revisions(in_cluster, chain.revision.name)
    notes += [condition_words(one) for one in fired if one.conditional]
    notes += [earlier_words(one) for one in asked.earlier(labels, pod_labels)]
    notes += [kept_entry_words(one) for one in asked.kept if one.webhook in fired]
    notes += _kept_settings(pipeline, seen, chain)
    proof = prove(asked.specified_webhooks, asked.names & asked.served, by_default=asked.by_default)
    ways = (
        []
        if fired or is_managed
        else advice(decision, _to_follow(plan, asked), labels, pod_labels, by_default=asked.by_default)
    )
    return InjectionAnswer(
        basis=FILES if live is None else f"webhooks from {live[0]}",
        cluster=cluster,
        namespace=asked_namespace(opened, namespace, labels, spec),
        pod=pod,
        injected=is_managed or _is_injected(fired, reason),
        rule=DecidingRule(decision.rule, rule, _by_default(opened, plan, decision)),
        reason=reason,
        advice=tuple(ways),
        chain=chain,
        webhooks=tuple(FiringWebhook(one, asked.files[one.configuration]) for one in fired),
        silent=tuple(SilentWebhook(one.webhook, silence_words(one, labels, pod_labels)) for one in silent),
        notes=tuple(notes),
        clash=proof.text() if proof else None,
        seen=SeenNamespace(seen, in_cluster) if seen else None,
    )


def _kept_settings(pipeline: Pipeline, seen: DatedObservation | None, chain: Chain) -> list[str]:
    """Returns what stays of the istiod that answers although the specs do not say it: it decides with it."""
    if seen is None or chain.planned is None or chain.planned.frozen:
        return []
    istiod = [
        json.loads(one.json)
        for bundle in pipeline.bundles
        if bundle.revision and bundle.revision.name == chain.planned.name
        for one in bundle.manifests
        if one.kind == "Deployment"
    ]
    delivery = pipeline.specs.settings.delivery
    kept = [field for one in istiod for field in kept_fields(one, seen.observation, delivery)]
    return [kept_settings_words(kept)] if kept else []


def _is_injected(fired: Sequence[Webhook], reason: str | None) -> bool | None:
    if len(fired) != 1 or reason is not None:
        return False
    return None if fired[0].conditional else True


def known_labels(name: str, spec: Namespace | None, in_cluster: ObservedNamespace | None) -> Labels:
    """Returns the namespace's labels: those of its spec, or else those that were seen, and the one that Kubernetes
    adds."""
    known = spec.labels if spec else in_cluster.labels if in_cluster else {}
    return {**known, NAMESPACE_NAME_LABEL: name}


def asked_namespace(opened: OpenFleet, name: str, labels: Labels, spec: Namespace | None) -> AskedNamespace:
    """Returns the namespace with those of its labels that decide injection."""

    def place(*path: str) -> FilePosition | None:
        return where(spec.resource, path, opened.reader) if spec else None

    deciding = (key for key in (INJECTION_LABEL, REVISION_LABEL) if key in labels)
    written = tuple(InjectionLabel(key, labels[key], place("metadata", "labels", key)) for key in deciding)
    return AskedNamespace(name, place("metadata", "name"), written)


def _by_default(opened: OpenFleet, plan: ClusterPlan, decision: Decision) -> FilePosition | None:
    """Returns where it says that what no label speaks of is injected."""
    spec = plan.default.resource if plan.default else None
    if decision.rule != "by-default" or spec is None:
        return None
    return where(spec, ("spec", "values", *BY_DEFAULT), opened.reader)


def _to_follow(plan: ClusterPlan, asked: WebhookSet) -> list[str]:
    """Returns the names that a label should have: tags, which stay when revisions come and go, or else revisions."""
    tags = [tag.name for tag in plan.tags if tag.name in asked.served]
    return sorted(tags or asked.served, key=lambda name: (name != "default", name))


def _about_namespace(
    plan: ClusterPlan, name: str, spec: Namespace | None, in_cluster: ObservedNamespace | None
) -> list[str]:
    if spec is None:
        known = did_you_mean(name, (one.namespace.name for one in plan.namespaces))
        if in_cluster:
            return [f"the specs have no namespace {name}{known}: its labels are those that were seen in the cluster"]
        return [f"the specs have no namespace {name}{known}: only the pod's labels and what holds by default are known"]
    if in_cluster is None:
        return []
    different = [
        f"{key} is {in_cluster.labels.get(key, 'absent')} in the cluster and {spec.labels.get(key, 'absent')} here"
        for key in (INJECTION_LABEL, REVISION_LABEL)
        if in_cluster.labels.get(key) != spec.labels.get(key)
    ]
    return [f"when it was observed, the namespace was labelled otherwise: {'; '.join(different)}"] if different else []


def _other_revisions(in_cluster: ObservedNamespace, name: str) -> list[str]:
    others = {revision: count for revision, count in in_cluster.revisions.items() if revision != name}
    if not others:
        return []
    counts = ", ".join(f"{count} of {revision}" for revision, count in sorted(others.items()))
    return [f"pods that run still have a proxy of another revision ({counts}): they get this one when they restart"]


def _ambient(labels: Labels, pod_labels: Labels) -> list[str]:
    if not joins_ambient(labels, pod_labels):
        return []
    return [f"{DATAPLANE_LABEL}=ambient: a pod without a sidecar belongs to the ambient mesh; a sidecar wins"]


def _unseen_namespace(
    plan: ClusterPlan, labels: Labels, pod_labels: Labels, injector: PlannedRevision | None
) -> list[str]:
    """Returns that the istiod whose mesh the pod is in does not see the namespace, as lint says by MR155."""
    here = [one for one in plan.revisions if not is_remote(one.record)]
    here = [one for one in here if not serves_another_cluster(one.record, plan.specs.cluster)]
    if injector:
        serving = [one for one in here if one.name == injector.name]
    elif joins_ambient(labels, pod_labels):
        serving = [one for one in here if is_ambient(computed_values(one.record, plan.specs))]
    else:
        serving = []
    if not serving or any(discovers(one.record, labels) for one in serving):
        return []
    return [undiscovered_words(serving[0].name)]
