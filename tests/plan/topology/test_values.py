"""The values that Istio's guides to several clusters have people type, from the Clusters of a fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from render.messages import field_text
from render.plan.cluster import ClusterPlan
from tests.support.builders import istio, namespace
from tests.support.fleets.mesh import Member, member, mesh_plans, objects

EXTERNAL = istio("v1.30.3", "external-istiod", "InPlace", namespace="external-istiod")
PRIMARY = member(meshID="mesh1", network="network1", topology="{role: primary, address: 203.0.113.7}")
REMOTE = member(network="network2", topology="{role: remote, controlPlane: one}")


def values(plan: ClusterPlan, revision: str = "default") -> dict[str, Any]:
    return dict(plan.revision(revision).record.values)


def said(plan: ClusterPlan) -> list[str]:
    return [f"{one.code} {field_text(one.path)}: {one.message}" for one in plan.problems]


def external(address: str = "istiod.example.com", certificate: str = "") -> Member:
    tls = f", certificate: {certificate}" if certificate else ""
    serves = "serves: [{istio: external-istiod, configCluster: cfg}]"
    return member(EXTERNAL, topology=f"{{role: external, address: '{address}'{tls}, {serves}}}")


CONFIG = member(
    EXTERNAL,
    meshID="mesh1",
    network="network1",
    topology="{role: remote, controlPlane: ext, configCluster: true}",
)
SECOND = member(EXTERNAL, meshID="mesh1", network="network2", topology="{role: remote, controlPlane: ext}")


def test_a_cluster_without_a_topology_has_its_mesh_and_network_as_ever(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, one=member(), two=member(meshID="mesh1"))
    assert values(plans["one"]) == {}
    assert values(plans["two"]) == {"global": {"meshID": "mesh1", "multiCluster": {"clusterName": "two"}}}


@pytest.mark.parametrize("role", ["primary", "remote", "external"])
def test_a_role_alone_changes_no_value(tmp_path: Path, role: str) -> None:
    plans = mesh_plans(tmp_path, one=member(topology=f"{{role: {role}}}"))
    assert values(plans["one"]) == {}


def test_a_primary_that_others_reach_is_an_external_istiod_of_theirs(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, one=PRIMARY)
    assert values(plans["one"]) == {
        "global": {
            "externalIstiod": True,
            "meshID": "mesh1",
            "multiCluster": {"clusterName": "one"},
            "network": "network1",
        }
    }
    containers = objects(plans["one"])["Deployment/istiod"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "EXTERNAL_ISTIOD", "value": "true"} in containers[0]["env"]


def test_a_remote_asks_its_primary_at_the_address_that_the_primary_says(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, one=PRIMARY, two=REMOTE)
    assert values(plans["two"]) == {
        "profile": "remote",
        "global": {
            "meshID": "mesh1",
            "multiCluster": {"clusterName": "two"},
            "network": "network2",
            "remotePilotAddress": "203.0.113.7",
        },
        "istiodRemote": {"injectionPath": "/inject/cluster/two/net/network2"},
    }
    made = objects(plans["two"])
    assert "Deployment/istiod" not in made
    assert made["EndpointSlice/istiod"]["endpoints"] == [{"addresses": ["203.0.113.7"]}]
    asked = made["MutatingWebhookConfiguration/istio-sidecar-injector"]["webhooks"][0]["clientConfig"]["service"]
    assert asked["path"] == "/inject/cluster/two/net/network2"


def test_the_namespace_of_a_control_plane_says_its_network_and_a_remotes_who_rules_it(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, one=PRIMARY, two=REMOTE)
    assert objects(plans["one"])["Namespace/istio-system"]["metadata"] == {
        "name": "istio-system",
        "labels": {"topology.istio.io/network": "network1"},
    }
    assert objects(plans["two"])["Namespace/istio-system"]["metadata"] == {
        "name": "istio-system",
        "labels": {"topology.istio.io/network": "network2"},
        "annotations": {"topology.istio.io/controlPlaneClusters": "one"},
    }


def test_an_external_istiod_reads_the_config_cluster_and_is_called_like_it(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, ext=external(), cfg=CONFIG)
    found = values(plans["ext"], "external-istiod")
    assert found["global"] == {
        "caAddress": "istiod.example.com:15012",
        "configValidation": False,
        "externalIstiod": True,
        "meshID": "mesh1",
        "multiCluster": {"clusterName": "cfg"},
        "network": "network1",
        "operatorManageWebhooks": True,
    }
    assert found["meshConfig"] == {
        "rootNamespace": "external-istiod",
        "defaultConfig": {"discoveryAddress": "istiod.example.com:15012"},
    }
    assert found["pilot"]["env"] == {
        "INJECTION_WEBHOOK_CONFIG_NAME": "istio-sidecar-injector-external-istiod-external-istiod",
        "VALIDATION_WEBHOOK_CONFIG_NAME": "istio-validator-external-istiod-external-istiod",
        "LOCAL_CLUSTER_SECRET_WATCHER": "true",
        "SHARED_MESH_CONFIG": "istio-external-istiod",
    }
    made = objects(plans["ext"])
    for mounted in found["pilot"]["volumes"]:
        assert f"ConfigMap/{mounted['configMap']['name']}" in made
    there = objects(plans["cfg"])
    for name in ("INJECTION", "VALIDATION"):
        written = found["pilot"]["env"][f"{name}_WEBHOOK_CONFIG_NAME"]
        assert any(one.endswith(f"WebhookConfiguration/{written}") for one in there), written
    assert f"ConfigMap/{found['pilot']['env']['SHARED_MESH_CONFIG']}" in there
    assert not [one for one in made if "WebhookConfiguration" in one]


def test_with_a_certificate_webhooks_ask_the_address_and_proxies_trust_public_roots(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, ext=external("myhost.example.com", "myhost-tls"), cfg=CONFIG, more=SECOND)
    found = values(plans["ext"], "external-istiod")
    roots = "/etc/ssl/certs/ca-certificates.crt"
    assert found["meshConfig"]["defaultConfig"]["proxyMetadata"] == {"XDS_ROOT_CA": roots, "CA_ROOT_CA": roots}
    env = found["pilot"]["env"]
    assert (env["INJECTION_WEBHOOK_CONFIG_NAME"], env["VALIDATION_WEBHOOK_CONFIG_NAME"]) == ("", "")
    url = "https://myhost.example.com:15017"
    config, second = (values(plans[name], "external-istiod") for name in ("cfg", "more"))
    assert config["istiodRemote"] == {"injectionURL": f"{url}/inject/cluster/cfg/net/network1"}
    assert config["base"] == {"validationURL": f"{url}/validate"}
    assert second["istiodRemote"] == {"injectionURL": f"{url}/inject/cluster/more/net/network2"}
    assert "base" not in second
    assert "remotePilotAddress" not in config["global"]


def test_a_second_remote_of_an_external_istiod_is_ruled_by_the_name_of_the_config_cluster(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, ext=external(), cfg=CONFIG, more=SECOND)
    found = objects(plans["more"])["Namespace/external-istiod"]["metadata"]
    assert found["annotations"] == {"topology.istio.io/controlPlaneClusters": "cfg"}
    assert "annotations" not in objects(plans["cfg"])["Namespace/external-istiod"]["metadata"]
    assert "Namespace/external-istiod" not in objects(plans["ext"])


def test_other_istios_of_an_external_cluster_keep_to_their_own(tmp_path: Path) -> None:
    both = EXTERNAL + istio("v1.30.3", strategy="InPlace")
    plans = mesh_plans(tmp_path, ext=member(both, **external().spec), cfg=CONFIG)
    assert values(plans["ext"]) == {}


def test_an_address_of_ipv6_stands_in_brackets_before_a_port(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, ext=external("2001:db8::7"), cfg=CONFIG)
    assert values(plans["ext"], "external-istiod")["global"]["caAddress"] == "[2001:db8::7]:15012"
    assert values(plans["cfg"], "external-istiod")["global"]["remotePilotAddress"] == "2001:db8::7"


def test_a_value_that_a_person_wrote_wins_and_its_contradiction_is_told(tmp_path: Path) -> None:
    text = istio("v1.30.3", strategy="InPlace", values="{global: {remotePilotAddress: a.example, network: network2}}")
    plans = mesh_plans(tmp_path, one=PRIMARY, two=member(text, **REMOTE.spec))
    assert values(plans["two"])["global"]["remotePilotAddress"] == "a.example"
    assert said(plans["two"]) == [
        "MR310 spec.values.global.remotePilotAddress: is a.example, and the topology of Cluster/two "
        "(overlays/two/cluster.yaml) makes it 203.0.113.7: what is written here holds"
    ]


def test_a_profile_that_a_person_wrote_wins_too(tmp_path: Path) -> None:
    plans = mesh_plans(
        tmp_path, one=PRIMARY, two=member(istio("v1.30.3", strategy="InPlace", profile="demo"), **REMOTE.spec)
    )
    assert "profile" not in values(plans["two"])
    assert said(plans["two"])[0].startswith("MR310 spec.profile: is demo, and the topology of Cluster/two")


def test_a_list_that_has_more_than_the_topology_asks_for_contradicts_nothing(tmp_path: Path) -> None:
    volumes = "[{name: mine}, {name: config-volume, configMap: {name: istio-external-istiod}}"
    own = volumes + ", {name: inject-volume, configMap: {name: istio-sidecar-injector-external-istiod}}]"
    for written, codes in ((own, []), (volumes + "]", ["MR310"])):
        text = istio(
            "v1.30.3",
            "external-istiod",
            "InPlace",
            namespace="external-istiod",
            values=f"{{pilot: {{volumes: {written}}}}}",
        )
        plans = mesh_plans(tmp_path, ext=member(text, **external().spec), cfg=CONFIG)
        assert [one.code for one in plans["ext"].problems] == codes


def test_a_label_of_the_namespaces_own_spec_wins(tmp_path: Path) -> None:
    text = istio("v1.30.3", strategy="InPlace") + namespace("istio-system", "topology.istio.io/network: other")
    plans = mesh_plans(tmp_path, one=member(text, **PRIMARY.spec))
    assert objects(plans["one"])["Namespace/istio-system"]["metadata"]["labels"] == {
        "topology.istio.io/network": "other"
    }
    assert said(plans["one"]) == [
        'MR310 metadata.labels["topology.istio.io/network"]: is other, and the topology of Cluster/one '
        "(overlays/one/cluster.yaml) makes it network1: what is written here holds"
    ]
