"""Rules on who asks whom in the ambient mesh: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from tests.support.builders import document, istio, istio_revision, namespace, node_agent, tag
from tests.support.cluster_plan import fleet
from tests.support.lint_view import places, said

VERSION = "v1.30.3"
CODES = ("MR150", "MR151", "MR152", "MR153", "MR154", "MR155")


def mesh(values: str = "{pilot: {trustedZtunnelNamespace: ztunnel}}", name: str = "default", **spec: str) -> str:
    return istio(VERSION, name, **({"strategy": "InPlace", "profile": "ambient", "values": values} | spec))


def ztunnel(**spec: str) -> str:
    return node_agent("ZTunnel", VERSION, namespace="ztunnel", **spec)


CNI = node_agent("IstioCNI", VERSION, profile="ambient")
ZTUNNEL = ztunnel()
TARGET = ztunnel(targetRef="{kind: Istio, name: default}")
SYSTEM = "istio-system"


def test_a_mesh_that_fits_together_has_no_finding() -> None:
    everything = mesh() + CNI + ZTUNNEL + namespace("shop", "istio.io/dataplane-mode: ambient")
    assert [said(code, everything) for code in CODES] == [[] for _ in CODES]


# MR151


def test_a_ztunnel_that_istiod_does_not_trust_is_an_error() -> None:
    (line,) = said("MR151", mesh("{}") + ZTUNNEL)
    assert line.startswith("error Istio/default metadata.name: revision default trusts istio-system/ztunnel")
    assert "ztunnel runs as ztunnel/ztunnel" in line and line.endswith("Say pilot.trustedZtunnelNamespace: ztunnel")


def test_a_ztunnel_in_the_namespace_of_istiod_is_trusted() -> None:
    assert said("MR151", mesh("{}") + node_agent("ZTunnel", VERSION, namespace=SYSTEM)) == []


def test_openshift_trusts_a_ztunnel_in_kube_system() -> None:
    (line,) = said("MR151", mesh("{}") + ZTUNNEL, cluster={"platform": "openshift"})
    assert "trusts kube-system/ztunnel" in line
    elsewhere = node_agent("ZTunnel", VERSION, namespace="kube-system")
    assert said("MR151", mesh("{}") + elsewhere, cluster={"platform": "openshift"}) == []


@pytest.mark.parametrize(
    ("accounts", "found"),
    [
        ("ztunnel/ztunnel", 0),
        ("other/ztunnel,ztunnel/ztunnel", 0),
        ("other/ztunnel, ztunnel/ztunnel", 1),  # istiod does not strip spaces
        ("ztunnel/other", 1),
    ],
)
def test_accounts_that_are_written_out_decide_alone(accounts: str, found: int) -> None:
    env = f'{{CA_TRUSTED_NODE_ACCOUNTS: "{accounts}"}}'
    values = f"{{pilot: {{trustedZtunnelNamespace: ztunnel, env: {env}}}}}"
    place = "error Istio/default spec.values.pilot.env.CA_TRUSTED_NODE_ACCOUNTS"
    assert places("MR151", mesh(values) + ZTUNNEL) == [place] * found


def test_a_frozen_account_is_asked_of_the_istiod_that_ztunnel_asks() -> None:
    other = istio_revision("other", VERSION, "other-system", "profile: ambient")
    assert said("MR151", mesh() + other + ZTUNNEL) == []


def test_a_certificate_authority_of_others_is_not_judged() -> None:
    values = "{caAddress: 'cert-manager-istio-csr.istio-system.svc:443'}"
    both = mesh("{}") + ztunnel(values=f"{{ztunnel: {values}}}")
    assert said("MR151", both) == said("MR152", both) == []


# MR152


def test_a_ztunnel_that_asks_a_service_that_nothing_makes_is_an_error() -> None:
    text = mesh(strategy="RevisionBased") + ZTUNNEL
    (line,) = said("MR152", text)
    assert line.startswith("error ZTunnel/default metadata.name: ztunnel asks the Service istio-system/istiod (CA_ADD")
    assert "(default-v1-30-3)" in line
    assert len(said("MR152", text + tag("default"))) == 1


def test_a_target_leads_ztunnel_to_a_service_that_is_there() -> None:
    assert said("MR152", mesh(strategy="RevisionBased") + TARGET) == []


def test_a_service_that_is_passed_through_is_there() -> None:
    service = document("v1", "Service", "istiod", namespace=SYSTEM)
    assert said("MR152", mesh(strategy="RevisionBased") + ZTUNNEL + service) == []


def test_a_ztunnel_that_asks_another_namespace_is_an_error() -> None:
    assert len(said("MR152", mesh(namespace="mesh") + ZTUNNEL)) == 1


def test_a_service_for_an_istiod_elsewhere_is_a_question() -> None:
    assert places("MR152", ZTUNNEL) == ["warning ZTunnel/default metadata.name"]


# MR153


def test_different_names_of_a_cluster_are_an_error() -> None:
    values = "{pilot: {trustedZtunnelNamespace: ztunnel}, global: {multiCluster: {clusterName: east}}}"
    (line,) = said("MR153", mesh(values) + ZTUNNEL)
    assert line.startswith(
        "error ZTunnel/default metadata.name: ztunnel calls this cluster Kubernetes, revision default"
    )
    assert said("MR153", mesh(values) + TARGET) == []
    own = ztunnel(values="{ztunnel: {multiCluster: {clusterName: west}}}")
    assert places("MR153", mesh(values) + own) == [
        "error ZTunnel/default spec.values.ztunnel.multiCluster.clusterName",
    ]


def test_different_networks_are_an_error() -> None:
    values = "{pilot: {trustedZtunnelNamespace: ztunnel}, global: {network: east}}"
    (line,) = said("MR153", mesh(values) + ZTUNNEL)
    assert "ztunnel is in no network, and revision default is in the network east" in line
    assert said("MR153", mesh(values) + TARGET) == []


def test_the_label_of_the_system_namespace_says_the_network() -> None:
    labelled = mesh() + namespace(SYSTEM, "topology.istio.io/network: east")
    (line,) = said("MR153", labelled + ZTUNNEL)
    assert "the namespace istio-system is in the network east" in line
    assert said("MR153", labelled + ztunnel(values="{ztunnel: {network: east}}")) == []


def test_a_network_that_only_ztunnel_says_is_a_warning() -> None:
    place = "warning ZTunnel/default spec.values.ztunnel.network"
    assert places("MR153", mesh() + ztunnel(values="{ztunnel: {network: east}}")) == [place]


def test_what_a_cluster_says_of_itself_reaches_both() -> None:
    assert said("MR153", mesh() + ZTUNNEL, cluster={"network": "east", "mesh_id": "m"}) == []


def test_a_chart_without_a_value_for_a_network_is_not_asked_for_one() -> None:
    older = istio("v1.26.4", strategy="InPlace", profile="ambient") + node_agent("ZTunnel", "v1.26.4", namespace=SYSTEM)
    assert said("MR153", older, cluster={"network": "east", "mesh_id": "m"}) == []


# MR154


@pytest.mark.parametrize("profile", ["default", "openshift"])
def test_a_ztunnel_beside_an_istiod_without_ambient_is_an_error(profile: str) -> None:
    assert places("MR154", mesh(profile=profile) + CNI + ZTUNNEL) == ["error ZTunnel/default metadata.name"]


def test_ambient_that_the_values_switch_off_is_none() -> None:
    values = "{pilot: {trustedZtunnelNamespace: ztunnel, env: {PILOT_ENABLE_AMBIENT: 'false'}}}"
    assert len(said("MR154", mesh(values) + ZTUNNEL)) == 1


def test_an_ambient_namespace_beside_a_ztunnel_of_others_needs_a_revision_with_ambient() -> None:
    text = document("apps/v1", "DaemonSet", "ztunnel", namespace="kube-system")
    text += namespace("shop", "istio.io/dataplane-mode: ambient")
    place = 'error Namespace/shop metadata.labels["istio.io/dataplane-mode"]'
    assert places("MR154", mesh(profile="default") + text) == [place]
    assert said("MR154", mesh() + text) == []


def test_an_ambient_node_agent_alone_is_a_warning() -> None:
    assert places("MR154", mesh(profile="default") + CNI) == ["warning IstioCNI/default metadata.name"]
    assert said("MR154", mesh(profile="default") + node_agent("IstioCNI", VERSION)) == []


def test_nothing_is_said_of_a_cluster_that_is_served_from_elsewhere() -> None:
    assert said("MR154", mesh("{}", profile="remote") + CNI) == []
    assert said("MR154", CNI) == []


# MR155


def selecting(selectors: str) -> str:
    return mesh(f"{{pilot: {{trustedZtunnelNamespace: ztunnel}}, meshConfig: {{discoverySelectors: {selectors}}}}}")


LABELLED = selecting("[{matchLabels: {istio-discovery: enabled}}]")
SEEN = "istio-discovery: enabled"


@pytest.mark.parametrize(
    "label", ["istio-injection: enabled", "istio.io/rev: default", "istio.io/dataplane-mode: ambient"]
)
def test_a_namespace_that_asks_for_the_mesh_and_is_left_out_is_an_error(label: str) -> None:
    (line,) = said("MR155", LABELLED + namespace("shop", label))
    assert line.startswith("error Namespace/shop metadata.labels") and "discoverySelectors" in line
    assert said("MR155", LABELLED + namespace("shop", label, SEEN)) == []
    assert said("MR155", mesh() + namespace("shop", label)) == []


def test_a_namespace_that_asks_for_nothing_may_be_left_out() -> None:
    assert said("MR155", LABELLED + namespace("shop", "istio-injection: disabled") + namespace("plain")) == []


def test_the_namespace_of_ztunnel_must_be_seen() -> None:
    assert places("MR155", LABELLED + ZTUNNEL + namespace("ztunnel")) == ["error Namespace/ztunnel metadata.name"]
    assert said("MR155", LABELLED + ZTUNNEL + namespace("ztunnel", SEEN)) == []


def test_of_a_namespace_that_the_specs_lack_the_name_is_known() -> None:
    assert said("MR155", LABELLED + ZTUNNEL) == []
    by_name = "[{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [%s]}]}]"
    assert places("MR155", selecting(by_name % "shop") + ZTUNNEL) == ["error ZTunnel/default metadata.name"]
    assert said("MR155", selecting(by_name % "ztunnel") + ZTUNNEL) == []


def test_any_of_several_selectors_is_enough_to_be_seen() -> None:
    both = selecting("[{matchLabels: {a: b}}, {matchLabels: {istio-discovery: enabled}}]")
    assert said("MR155", both + namespace("shop", SEEN, "istio-injection: enabled")) == []


def test_patched_namespaces_may_have_more_labels() -> None:
    text = LABELLED + namespace("shop", "istio-injection: enabled")
    (place,) = places("MR155", text, fleet=fleet(delivery={"type": "none", "namespaces": "patch"}))
    assert place.startswith("warning Namespace/shop")


# The external control plane of Sail's documentation


@pytest.mark.parametrize(
    ("env", "role"),
    [
        ("{EXTERNAL_ISTIOD: 'true', LOCAL_CLUSTER_SECRET_WATCHER: 'true'}", "primary"),
        ("{EXTERNAL_ISTIOD: 'true'}", "external"),
        ("{EXTERNAL_ISTIOD: 'true', CLUSTER_ID: cluster2}", "primary"),
    ],
)
def test_an_istiod_for_another_cluster_sees_nothing_here(env: str, role: str) -> None:
    values = f"{{pilot: {{env: {env}}}, global: {{multiCluster: {{clusterName: cluster2}}}}}}"
    other = mesh(values, "other", profile="empty", namespace="other")
    around = {"role": role}
    both = mesh("{}", profile="default") + other
    assert [said(code, both, cluster=around) for code in CODES] == [[] for _ in CODES]
