"""Where pods run: tolerations, affinity, spread."""

from __future__ import annotations

from render.kubernetes import syntax
from render.kubernetes.refusal import (
    Data,
    Refusal,
    Refusals,
    below,
    each_matches,
    in_range,
    is_set_right,
    matches,
    needs,
)
from render.kubernetes.rules.metadata import labels
from render.kubernetes.rules.resources import amounts


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
    yield from needs(data, "nodeSelectorTerms")
    for index, term in enumerate(data["nodeSelectorTerms"]):
        for at, one in enumerate(term.get("matchExpressions") or ()):
            for place, value in enumerate(one.get("values") or ()):
                complaint = syntax.label_value(value)
                if complaint:
                    yield Refusal(("nodeSelectorTerms", index, "matchExpressions", at, "values", place), complaint)


def node_selector_term(data: Data) -> Refusals:
    for index, one in enumerate(data.get("matchFields") or ()):
        if one["key"] != "metadata.name":
            yield Refusal(("matchFields", index, "key"), "must be metadata.name")
        if one["operator"] not in ("In", "NotIn") or len(one.get("values") or ()) != 1:
            yield Refusal(("matchFields", index), "must be In or NotIn with one value")
        for at, value in enumerate(one.get("values") or ()):
            complaint = syntax.subdomain(value or "")
            if complaint:
                yield Refusal(("matchFields", index, "values", at), complaint)


def weight(data: Data) -> Refusals:
    yield from in_range(data, "weight", 1, 100)


def pod_affinity_term(data: Data) -> Refusals:
    yield from needs(data, "topologyKey")
    yield from matches(data, "topologyKey", syntax.qualified_name)
    for index, namespace in enumerate(data.get("namespaces") or ()):
        complaint = syntax.label_name(namespace)
        if complaint:
            yield Refusal(("namespaces", index), complaint)
    yield from _label_keys(data, "matchLabelKeys")
    yield from _label_keys(data, "mismatchLabelKeys")
    for index, key in enumerate(data.get("mismatchLabelKeys") or ()):
        if key in (data.get("matchLabelKeys") or ()):
            yield Refusal(("mismatchLabelKeys", index), f"is {key}, which matchLabelKeys have too")


def _label_keys(data: Data, name: str) -> Refusals:
    """Checks the keys of labels whose values are taken from the pod."""
    if data.get(name) and data.get("labelSelector") is None:
        yield Refusal((name,), "must not be there without a labelSelector")
    yield from each_matches(data, name, syntax.qualified_name)


def topology_spread(data: Data) -> Refusals:
    yield from in_range(data, "maxSkew", 1)
    yield from in_range(data, "minDomains", 1)
    yield from needs(data, "topologyKey", "whenUnsatisfiable")
    if data.get("minDomains") is not None and data["whenUnsatisfiable"] != "DoNotSchedule":
        yield Refusal(("minDomains",), "must not be there unless whenUnsatisfiable is DoNotSchedule")
    yield from _label_keys(data, "matchLabelKeys")


def runtime_class(data: Data) -> Refusals:
    yield from is_set_right(data, "handler", syntax.label_name)
    yield from below(("overhead", "podFixed"), amounts((data.get("overhead") or {}).get("podFixed") or {}, ()))
    selector = (data.get("scheduling") or {}).get("nodeSelector")
    yield from labels(selector, ("scheduling", "nodeSelector"))
