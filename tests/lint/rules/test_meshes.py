"""Several meshes in one cluster: what their discovery selectors share."""

from __future__ import annotations

import pytest

from tests.support.builders import istio, namespace
from tests.support.lint_view import places, said


def mesh(name: str, selectors: str = "[]", namespace: str = "", **spec: str) -> str:
    values = f"{{meshConfig: {{discoverySelectors: {selectors}}}}}"
    return istio("v1.26.4", name, "InPlace", namespace=namespace or f"mesh-{name}", values=values, **spec)


def labels(*pairs: str) -> str:
    return f"[{{matchLabels: {{{', '.join(pairs)}}}}}]"


def expression(key: str, operator: str, *values: str) -> str:
    return f"[{{matchExpressions: [{{key: {key}, operator: {operator}, values: [{', '.join(values)}]}}]}}]"


PLACE = "Istio/two spec.values.meshConfig.discoverySelectors"


def test_two_meshes_without_selectors_discover_everything() -> None:
    (line,) = said("MR150", mesh("one") + mesh("two"))
    assert line.startswith("error Istio/two metadata.name: revision two (in mesh-two) and revision one (in mesh-one)")
    assert "both discover a namespace without labels" in line


def test_a_mesh_without_selectors_discovers_what_another_selects() -> None:
    (line,) = said("MR150", mesh("one") + mesh("two", labels("mesh: two")))
    assert line.startswith(f"error {PLACE}: ")
    assert "both discover a namespace labelled mesh=two" in line


def test_a_namespace_that_both_select_is_named() -> None:
    both = mesh("one", labels("team: a")) + mesh("two", labels("env: prod"))
    (line,) = said("MR150", both + namespace("shop", "team: a", "env: prod"))
    assert line.startswith(f"error {PLACE}: ")
    assert "both discover the namespace shop:" in line


def test_labels_that_both_would_select_are_a_warning() -> None:
    (line,) = said(
        "MR150", mesh("one", labels("team: a")) + mesh("two", labels("env: prod")) + namespace("shop", "team: a")
    )
    assert line.startswith(f"warning {PLACE}: ")
    assert "a namespace labelled env=prod,team=a" in line


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (labels("mesh: one"), labels("mesh: two")),
        (labels("mesh: one"), expression("mesh", "NotIn", "one")),
        (labels("mesh: one"), expression("mesh", "DoesNotExist")),
        (expression("mesh", "In", "a", "b"), expression("mesh", "In", "c")),
        (expression("kubernetes.io/metadata.name", "DoesNotExist"), labels("mesh: two")),
    ],
)
def test_selectors_that_no_labels_satisfy_together_are_fine(one: str, two: str) -> None:
    assert said("MR150", mesh("one", one) + mesh("two", two) + namespace("shop", "mesh: one")) == []


@pytest.mark.parametrize(
    ("one", "two", "example"),
    [
        (expression("mesh", "Exists"), expression("mesh", "NotIn", "two"), "mesh=any-other-value"),
        (expression("mesh", "In", "a", "b"), expression("mesh", "In", "b", "c"), "mesh=b"),
        (expression("mesh", "NotIn", "a"), expression("mesh", "DoesNotExist"), ""),
    ],
)
def test_an_example_of_what_both_select_is_given(one: str, two: str, example: str) -> None:
    (line,) = said("MR150", mesh("one", one) + mesh("two", two))
    assert (f"a namespace labelled {example}:" if example else "a namespace without labels:") in line


def test_any_of_several_selectors_is_enough() -> None:
    two = f"[{labels('mesh: two')[1:-1]}, {labels('mesh: one')[1:-1]}]"
    assert places("MR150", mesh("one", labels("mesh: one")) + mesh("two", two)) == [f"warning {PLACE}"]


def test_revisions_of_one_namespace_are_one_mesh() -> None:
    assert said("MR150", mesh("one", namespace="istio-system") + mesh("two", namespace="istio-system")) == []


def test_a_selector_that_cannot_be_read_selects_nothing() -> None:
    assert said("MR150", mesh("one", expression("mesh", "Near", "two")) + mesh("two", labels("mesh: two"))) == []


def test_a_mesh_that_is_served_from_elsewhere_discovers_nothing_here() -> None:
    assert said("MR150", mesh("one") + mesh("two", profile="remote")) == []


@pytest.mark.parametrize(
    ("env", "role"),
    [
        ("{EXTERNAL_ISTIOD: 'true', LOCAL_CLUSTER_SECRET_WATCHER: 'true'}", "primary"),
        ("{EXTERNAL_ISTIOD: 'true'}", "external"),
        ("{EXTERNAL_ISTIOD: 'true', CLUSTER_ID: cluster2}", "primary"),
    ],
)
def test_an_istiod_for_another_cluster_discovers_nothing_here(env: str, role: str) -> None:
    two = istio("v1.30.3", "two", "InPlace", namespace="two", profile="empty", values=f"{{pilot: {{env: {env}}}}}")
    assert said("MR150", mesh("one") + two, cluster={"role": role}) == []


def test_a_primary_of_remote_clusters_discovers_its_own() -> None:
    values = "{pilot: {env: {EXTERNAL_ISTIOD: 'true'}}}"
    two = istio("v1.30.3", "two", "InPlace", namespace="two", values=values)
    assert len(said("MR150", mesh("one") + two)) == 1


# Networks


def on_network(label: str, **cluster: str) -> list[str]:
    text = istio("v1.26.4", namespace="istio-system") + namespace("istio-system", f"topology.istio.io/network: {label}")
    return places("MR268", text, cluster=cluster)


def test_a_namespace_on_another_network_than_its_clusters_is_told_of() -> None:
    place = 'warning Namespace/istio-system metadata.labels["topology.istio.io/network"]'
    assert on_network("n2", network="n1") == [place]
    assert on_network("n1", network="n1") == []
    assert on_network("n1") == []


def test_the_values_of_the_control_plane_count_before_the_clusters_network() -> None:
    values = "{global: {network: n3}}"
    text = istio("v1.26.4", values=values) + namespace("istio-system", "topology.istio.io/network: n3")
    assert places("MR268", text, cluster={"network": "n1"}) == []
