"""Rules on meshes in a cluster: each discovers namespaces of its own only, and a control plane is on one network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.messages import FieldPath
from render.plan.cluster import PlannedNamespace, PlannedRevision
from render.plan.discovery_selectors import SELECTORS, discovery_selectors, namespace_labels, selects
from render.plan.injection.label_selectors import ABSENT, Selector, keys_and_values, requirements
from render.plan.labels import NAMESPACE_NAME_LABEL, NETWORK_LABEL, Labels
from render.plan.revision_facts import is_remote, serves_another_cluster
from render.yamlio.location import value_at

OTHER = "any-other-value"


def overlapping_selectors(view: View) -> Iterator[Violation]:
    """Two control planes of different namespaces that discover the same namespace (Istio, several control planes in
    one cluster): each writes its own root certificate there, and serves the other's configuration."""
    meshes: dict[str, list[PlannedRevision]] = {}
    for revision in view.plan.revisions:
        record = revision.record
        if revision.active and not is_remote(record) and not serves_another_cluster(record, view.plan.specs.cluster):
            meshes.setdefault(record.namespace, []).append(revision)
    for mine, other in combinations(meshes.values(), 2):
        for one, two in product(mine, other):
            shared = _overlap(discovery_selectors(one.record), discovery_selectors(two.record), view.plan.namespaces)
            if shared:
                example, certain = shared
                message = (
                    f"revision {two.name} (in {two.record.namespace}) and revision {one.name} (in "
                    f"{one.record.namespace}) both discover {example}: both serve it, and write their own root "
                    "certificate there. Give each mesh discoverySelectors that no namespace of the other matches"
                )
                spec = view.spec_of(two)
                yield Violation(message, spec, _path(spec), None if certain else "warning")
                break  # one example for a pair of meshes


def network_of_namespace(view: View) -> Iterator[Violation]:
    """A control plane's namespace that puts pods on another network than the control plane gives its proxies. Beside a
    topology of the Cluster the plan tells of it (MR310)."""
    specs = view.plan.specs
    namespaces = {planned.namespace.name: planned.namespace for planned in view.plan.namespaces}
    told: set[str] = set()
    for revision in view.plan.revisions if specs.cluster.topology is None else ():
        record = revision.record
        namespace = namespaces.get(record.namespace)
        network = value_at(record.values, "global", "network")
        if namespace is None or not network or serves_another_cluster(record, specs.cluster):
            continue
        label = namespace.labels.get(NETWORK_LABEL)
        if label not in (None, network) and namespace.name not in told:
            told.add(namespace.name)
            message = (
                f"says that pods of the cluster are on network {label}, and revision {record.name} tells its proxies "
                f"that they are on {network}: proxies look for those pods behind a gateway of another network. Say the "
                "same in both"
            )
            yield Violation(message, namespace.resource, ("metadata", "labels", NETWORK_LABEL))


def _overlap(
    mine: Sequence[Selector], other: Sequence[Selector], namespaces: Sequence[PlannedNamespace]
) -> tuple[str, bool] | None:
    """Returns what both select, in words, and whether it is sure to be there: a namespace of the specs, or what one of
    them selects where the other selects everything."""
    pairs = list(product(mine, other))
    for planned in namespaces:
        labels = namespace_labels(planned.namespace)
        if any(selects(a, labels) and selects(b, labels) for a, b in pairs):
            return f"the namespace {planned.namespace.name}", True
    for a, b in pairs:
        example = _satisfying(a, b)
        if example is not None:
            text = ",".join(f"{key}={value}" for key, value in sorted(example.items()))
            return f"a namespace {f'labelled {text}' if text else 'without labels'}", not (a and b)
    return None


def _satisfying(one: Selector, other: Selector) -> Labels | None:
    """Returns the simplest labels that both selectors match, None where there are none. Keys do not depend on each
    other."""
    try:
        together = [*requirements(one), *requirements(other)]
    except (KeyError, ValueError, AttributeError, TypeError):  # istiod logs it, and the selector selects nothing
        return None
    labels: dict[str, str] = {}
    for key, values in keys_and_values(together).items():
        conditions = [requirement for requirement in together if requirement.key == key]
        given = [] if key == NAMESPACE_NAME_LABEL else [ABSENT]  # Kubernetes gives every namespace that label
        admitted = [value for value in (*given, *sorted(values), OTHER) if all(one.admits(value) for one in conditions)]
        if not admitted:
            return None
        if admitted[0] is not None:
            labels[key] = admitted[0]
    return labels


def _path(spec: Resource) -> FieldPath:
    written = value_at(spec.data, "spec", "values", *SELECTORS)
    return ("spec", "values", *SELECTORS) if written else ("metadata", "name")


RULES = (
    Rule(
        "MR150",
        "Both control planes serve the same namespaces and overwrite each other's root certificate in them.",
        overlapping_selectors,
    ),
    Rule(
        "MR268",
        "Traffic to those pods goes to a gateway that is not theirs, or nowhere.",
        network_of_namespace,
    ),
)
