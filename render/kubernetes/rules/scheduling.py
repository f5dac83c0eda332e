"""Where pods run: tolerations, affinity, spread."""

from __future__ import annotations

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, in_range, matches, required


def toleration(data: Data) -> Refusals:
    operator = data.get("operator") or "Equal"
    yield from matches(data, "key", syntax.qualified_name)
    if not data.get("key") and operator != "Exists":
        yield Refusal(("operator",), "must be Exists where there is no key")
    if operator == "Exists" and data.get("value"):
        yield Refusal(("value",), "must not be there with the operator Exists")
    if operator == "Equal":
        yield from matches(data, "value", syntax.label_value)
    if data.get("tolerationSeconds") is not None and data.get("effect") != "NoExecute":
        yield Refusal(("effect",), "must be NoExecute where there are tolerationSeconds")


def node_selector(data: Data) -> Refusals:
    yield from required(data, "nodeSelectorTerms")
    for index, term in enumerate(data["nodeSelectorTerms"]):
        for at, one in enumerate(term.get("matchExpressions") or ()):
            for place, value in enumerate(one.get("values") or () if one["operator"] in ("In", "NotIn") else ()):
                complaint = syntax.label_value(value)
                if complaint:
                    yield Refusal(("nodeSelectorTerms", index, "matchExpressions", at, "values", place), complaint)


def node_selector_term(data: Data) -> Refusals:
    for index, one in enumerate(data.get("matchFields") or ()):
        if one["key"] != "metadata.name":
            yield Refusal(("matchFields", index, "key"), "must be metadata.name")
        if one["operator"] not in ("In", "NotIn") or len(one.get("values") or ()) != 1:
            yield Refusal(("matchFields", index), "must be In or NotIn with one value")


def weighted(data: Data) -> Refusals:
    yield from in_range(data, "weight", 1, 100)


def pod_affinity_term(data: Data) -> Refusals:
    yield from required(data, "topologyKey")
    yield from matches(data, "topologyKey", syntax.qualified_name)
    for index, namespace in enumerate(data.get("namespaces") or ()):
        complaint = syntax.label_name(namespace)
        if complaint:
            yield Refusal(("namespaces", index), complaint)
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        if data.get(field) and data.get("labelSelector") is None:
            yield Refusal((field,), "must not be there without a labelSelector")


def topology_spread(data: Data) -> Refusals:
    yield from in_range(data, "maxSkew", 1)
    yield from in_range(data, "minDomains", 1)
    yield from required(data, "topologyKey", "whenUnsatisfiable")
    if data.get("minDomains") is not None and data["whenUnsatisfiable"] != "DoNotSchedule":
        yield Refusal(("minDomains",), "must not be there unless whenUnsatisfiable is DoNotSchedule")
    if data.get("matchLabelKeys") and data.get("labelSelector") is None:
        yield Refusal(("matchLabelKeys",), "must not be there without a labelSelector")
