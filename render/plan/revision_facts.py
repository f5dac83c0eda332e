"""What holds of a revision: each rule of the domain once, so that all commands give the same answer.

Some rules ask the record, which has the spec's values. The others ask the values as computed: those that istiod and
its injector are given, with all defaults, profiles and the platform (`manifests.values.computed_values`).
"""

from __future__ import annotations

from typing import Literal

from render.plan.helm_values import spec_profile
from render.plan.inventory import RevisionRecord
from render.specs.kinds import Cluster, ClusterSpecs, Values
from render.yamlio.location import value_at

State = Literal["Healthy", "IstioCNINotFound", "ZTunnelNotFound"]

BY_DEFAULT = ("sidecarInjectorWebhook", "enableNamespacesByDefault")
REMOTE = "remote"

# What istiod takes for true in its environment (Go, strconv.ParseBool).
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))


def spec_title(record: RevisionRecord) -> str:
    """Returns the title of the spec that makes a revision, such as `Istio/default`: the same while the revision is
    active and when it is frozen."""
    if record.istio is None:
        return f"IstioRevision/{record.name}"
    return f"{'IstioOperator' if record.operator else 'Istio'}/{record.istio}"


def is_remote(record: RevisionRecord) -> bool:
    """Returns whether an istiod of another cluster serves the revision: by its profile (Sail Operator, revision types).

    A profile among the values wins over that of the spec.
    """
    return spec_profile(record.values, record.profile) == REMOTE


def is_served_remotely(record: RevisionRecord, computed: Values) -> bool:
    """Returns whether a revision renders no control plane, only what calls one elsewhere: by its profile, or by the
    value that the profile sets (chart istiod, istiodRemote.enabled)."""
    return is_remote(record) or is_true(value_at(computed, "istiodRemote", "enabled"))


def is_remote_cluster(specs: ClusterSpecs) -> bool:
    """Returns whether an istiod of another cluster serves a cluster: by its role, or by the profile of a revision."""
    profiles = {spec_profile(one.values, one.profile) for one in specs.istios}
    profiles |= {spec_profile(one.values, None) for one in specs.revisions}
    return specs.cluster.role == REMOTE or REMOTE in profiles


def injects_by_default(record: RevisionRecord) -> bool:
    """Returns whether a revision, where it serves `default`, injects what no label speaks of. No profile says so."""
    return bool(value_at(record.values, *BY_DEFAULT))


def is_ambient(computed: Values) -> bool:
    """Returns whether istiod serves the ambient mesh.

    Sail also counts a profile `ambient` whose variable the values set to false again; istiod goes by the variable.
    """
    return is_switched_on(computed, "PILOT_ENABLE_AMBIENT")


def is_switched_on(computed: Values, variable: str, *, default: bool = False) -> bool:
    """Returns whether a variable of istiod is true. `default` is what istiod takes where it is not set, or is neither
    true nor false."""
    value = value_at(computed, "pilot", "env", variable)
    return is_true(value) or (default and str(value) not in _FALSE)


def is_true(value: object) -> bool:
    """Returns whether istiod takes the value of a variable for true."""
    return str(value) in _TRUE


def serves_another_cluster(record: RevisionRecord, cluster: Cluster) -> bool:
    """Returns whether a revision's istiod runs in `cluster` for another and discovers nothing here (Istio, external
    control plane).

    Such an istiod looks for secrets here, since it has all else from the other cluster (Istio,
    LOCAL_CLUSTER_SECRET_WATCHER). EXTERNAL_ISTIOD alone does not say it: primaries of remote clusters have it too.
    """
    if is_switched_on(record.values, "LOCAL_CLUSTER_SECRET_WATCHER"):
        return True
    named = value_at(record.values, "pilot", "env", "CLUSTER_ID", missing=cluster.name)
    elsewhere = cluster.role == "external" or named != cluster.name
    return elsewhere and is_switched_on(record.values, "EXTERNAL_ISTIOD")


def uses_cni(computed: Values) -> bool:
    """Returns whether injected pods leave it to the CNI node agent to redirect their traffic, and wait for that."""
    enabled = (value_at(computed, "pilot", "cni", "enabled"), value_at(computed, "istio_cni", "enabled"))
    return any(value is True or value == "true" for value in enabled)


def needs_cni(computed: Values) -> bool:
    """Returns whether a revision needs the CNI node agent: for its sidecars, or to bring pods to the ambient mesh."""
    return uses_cni(computed) or is_ambient(computed)


def needs_ztunnel(computed: Values) -> bool:
    """Returns whether a revision needs ztunnel, which carries the traffic of the ambient mesh."""
    return is_ambient(computed)


def component_state(computed: Values, *, has_cni: bool, has_ztunnel: bool) -> State:
    """Returns what files can tell of a revision's health: Sail's reason where a component is missing, else `Healthy`.

    Sail asks for the node agent of sidecars first, then for ztunnel; for the node agent of the ambient mesh it does
    not ask.
    """
    if uses_cni(computed) and not has_cni:
        return "IstioCNINotFound"
    if needs_ztunnel(computed) and not has_ztunnel:
        return "ZTunnelNotFound"
    return "IstioCNINotFound" if needs_cni(computed) and not has_cni else "Healthy"
