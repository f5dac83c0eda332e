"""Environment variables of the specs that have no effect, because the component sets the same one behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from render.areas import CNI, ZTUNNEL
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.manifests.builtin.go_text import text
from render.manifests.bundle import Bundle
from render.messages import FieldPath, field_text
from render.plan.cluster import ClusterPlan
from render.yamlio.location import value_at

# Where a spec's values name variables of a component: maps, or lists of Kubernetes' own entries.
_GIVEN: tuple[FieldPath, ...] = (
    ("pilot", "env"),
    ("pilot", "envVarFrom"),
    ("cni", "env"),
    ("ztunnel", "env"),
    ("env",),
    ("meshConfig", "defaultConfig", "proxyMetadata"),
)
# The values that the charts make a variable of, where they set it behind those of the spec (1.23 to 1.30).
_DECIDES: Mapping[str, str] = {
    "CLUSTER_ID": "global.multiCluster.clusterName",
    "CRL_PATH": "peerCaCrl.enabled",
    "EXTERNAL_ISTIOD": "global.externalIstiod",
    "GOMAXPROCS": "pilot.resources.limits.cpu",
    "GOMEMLIMIT": "pilot.resources.limits.memory",
    "PILOT_CA_CERT_CONFIGMAP": "global.trustBundleName",
    "PILOT_CRL_CONFIGMAP": "pilot.crlConfigMapName",
    "PILOT_ENABLE_ANALYSIS": "global.istiod.enableAnalysis",
    "PILOT_ENABLE_NODE_UNTAINT_CONTROLLERS": "pilot.taint.enabled",
    "PILOT_NODE_UNTAINT_CONTROLLERS_TAINT_NAME": "pilot.taint.name",
    "PILOT_TRACE_SAMPLING": "pilot.traceSampling",
    "PLATFORM": "global.platform",
    "ZTUNNEL_CPU_LIMIT": "resources.limits.cpu",
}


def ineffective_variables(plan: ClusterPlan, bundles: Iterable[Bundle]) -> list[Problem]:
    """Returns a warning for each variable of a spec's values that another one of its name in the container overrides
    with another value; it says which value decides."""
    problems = []
    for bundle in bundles:
        resource = _spec(plan, bundle) if bundle.overridden else None
        for variable in dict.fromkeys(bundle.overridden) if resource else ():
            places = list(_places(resource, variable.name)) if resource else []
            for place, value in places:
                if value != variable.value:
                    others = [other for other, said in places if other != place and said == variable.value]
                    by = _decider(variable.name, others)
                    is_now = (
                        f"is {variable.value!r} there" if variable.value is not None else "has another source there"
                    )
                    message = f"has no effect: {variable.name} {is_now}, {by}"
                    problems.append(Problem("MR051", message, resource, ("spec", "values", *place)))
    return problems


def _decider(name: str, others: list[FieldPath]) -> str:
    if others:
        return f"as values.{field_text(others[-1])} says"
    return f"as values.{_DECIDES[name]} decides" if name in _DECIDES else "as the component sets it itself"


def _spec(plan: ClusterPlan, bundle: Bundle) -> Resource | None:
    """Returns the spec that asked for a bundle."""
    if bundle.revision:
        return plan.revision(bundle.revision.name).resource
    agent = {CNI: plan.cni, ZTUNNEL: plan.ztunnel}.get(bundle.folder)
    return agent.spec.resource if agent else None


def _places(resource: Resource | None, name: str) -> Iterator[tuple[FieldPath, str | None]]:
    """Yields each place below `spec.values` that sets the variable, and its text there, None where that is no text."""
    values = value_at(resource.data, "spec", "values") if resource else None
    for path in _GIVEN:
        given = value_at(values, *path)
        if isinstance(given, Mapping) and name in given:
            yield (*path, name), text(given[name])
        for index, entry in enumerate(given if isinstance(given, list) else ()):
            if isinstance(entry, Mapping) and entry.get("name") == name:
                yield (*path, index), entry.get("value")
