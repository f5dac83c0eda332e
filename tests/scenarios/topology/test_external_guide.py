"""Each step of Istio's guide to an external control plane against what the example of it renders.

https://istio.io/latest/docs/setup/install/external-controlplane/, and the Sail Operator's version of it, from which the
names with the revision are (docs/deployment-models/multicluster.adoc there).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo, fleet_repo

EXAMPLE = ROOT / "docs/examples/external"
HOST, SECRET = "myhost.example.com", "myhost-example-credential"
ISTIOD = "istiod-external-istiod.external-istiod.svc.cluster.local"
Objects = dict[str, dict[str, Any]]


def fleet(root: Path, *, certificate: bool) -> FleetRepo:
    repo = fleet_repo(root)
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("rendered", ".meshrev"))
    if not certificate:
        file = root / "overlays/external/cluster.yaml"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "certificate:" not in line))
    repo.meshrev("render")
    return repo


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return fleet(tmp_path_factory.mktemp("secure"), certificate=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return fleet(tmp_path_factory.mktemp("plain"), certificate=False)


def objects(repo: FleetRepo, cluster: str) -> Objects:
    """Returns the objects of a cluster by kind, namespace and name."""
    found = {}
    for file in (repo.root / f"rendered/{cluster}").rglob("*.yaml"):
        for one in yaml.safe_load_all(file.read_text()):
            metadata = one.get("metadata") or {}
            if one["kind"] not in ("Kustomization", "Component"):
                parts = (one["kind"], metadata.get("namespace"), metadata["name"])
                found["/".join(part for part in parts if part)] = one
    return found


def ports(service: dict[str, Any]) -> dict[int, int]:
    return {one["port"]: one["targetPort"] for one in service["spec"]["ports"]}


def variables(deployment: dict[str, Any]) -> dict[str, str]:
    env = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    return {one["name"]: one["value"] for one in env if "value" in one}


def test_the_example_is_rendered_as_its_specs_say_and_lint_finds_no_fault(secure: FleetRepo) -> None:
    assert FleetRepo(EXAMPLE).tree() == secure.tree()
    assert [one["code"] for one in secure.meshrev("lint", "--output", "json").json["findings"]] == ["MR133"]


def test_step_1_an_ingress_gateway_exposes_the_ports_of_the_control_plane(secure: FleetRepo) -> None:
    found = objects(secure, "external")
    assert "Deployment/istio-system/istiod" in found
    service = found["Service/istio-system/istio-ingressgateway"]
    assert ports(service) == {15021: 15021, 15012: 15012, 15017: 15017}
    assert service["spec"]["type"] == "LoadBalancer"
    pod = found["Deployment/istio-system/istio-ingressgateway"]["spec"]["template"]
    assert pod["metadata"]["labels"]["istio"] == "ingressgateway"


def test_step_2_the_config_cluster_asks_for_injection_and_validation_at_the_address(secure: FleetRepo) -> None:
    found = objects(secure, "remote")
    injector = found["MutatingWebhookConfiguration/istio-sidecar-injector-external-istiod-external-istiod"]
    for webhook in injector["webhooks"]:
        assert webhook["clientConfig"] == {"url": f"https://{HOST}:15017/inject/cluster/remote/net/network1"}
    validator = found["ValidatingWebhookConfiguration/istio-validator-external-istiod-external-istiod"]
    assert validator["webhooks"][0]["clientConfig"]["url"] == f"https://{HOST}:15017/validate"
    assert "ConfigMap/external-istiod/istio-external-istiod" in found
    assert "ServiceAccount/external-istiod/istiod-external-istiod" in found
    assert not [name for name in found if name.startswith("Deployment/external-istiod/istiod")]


def test_step_2_without_a_certificate_it_asks_a_service_that_leads_to_the_address(plain: FleetRepo) -> None:
    found = objects(plain, "remote")
    injector = found["MutatingWebhookConfiguration/istio-sidecar-injector-external-istiod-external-istiod"]
    service = injector["webhooks"][0]["clientConfig"]["service"]
    assert service["path"] == "/inject/cluster/remote/net/network1"
    spec = found[f"Service/{service['namespace']}/{service['name']}"]["spec"]
    assert (spec["type"], spec["externalName"]) == ("ExternalName", HOST)


def test_step_3_istiod_is_given_a_kubeconfig_by_a_secret_that_is_made_elsewhere(secure: FleetRepo) -> None:
    secrets = secure.meshrev("remote-secret", "--cluster", "external", "--output", "json").json["secrets"]
    config = next(one for one in secrets if one["type"] == "config")
    assert (config["namespace"], config["name"], config["reads"]) == ("external-istiod", "istio-kubeconfig", "remote")
    account = config["serviceAccount"]
    assert f"ServiceAccount/{account['namespace']}/{account['name']}" in objects(secure, "remote")
    for cluster in ("external", "remote", "second"):
        assert not [name for name in objects(secure, cluster) if name.startswith("Secret/")]


@pytest.mark.parametrize("certificate", [True, False], ids=["certificate", "pass-through"])
def test_step_4_istiod_runs_for_the_config_cluster(secure: FleetRepo, plain: FleetRepo, certificate: bool) -> None:
    found = objects(secure if certificate else plain, "external")
    deployment = found["Deployment/external-istiod/istiod-external-istiod"]
    env = variables(deployment)
    assert env["EXTERNAL_ISTIOD"] == "true"
    assert env["LOCAL_CLUSTER_SECRET_WATCHER"] == "true"
    assert env["CLUSTER_ID"] == "remote"
    assert env["SHARED_MESH_CONFIG"] == "istio-external-istiod"
    webhooks = (env["INJECTION_WEBHOOK_CONFIG_NAME"], env["VALIDATION_WEBHOOK_CONFIG_NAME"])
    assert webhooks == (
        ("", "")
        if certificate
        else (
            "istio-sidecar-injector-external-istiod-external-istiod",
            "istio-validator-external-istiod-external-istiod",
        )
    )
    pod = deployment["spec"]["template"]["spec"]
    volumes = {one["name"]: one.get("configMap", {}).get("name") for one in pod["volumes"]}
    mounts = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
    assert (volumes["config-volume"], mounts["config-volume"]) == ("istio-external-istiod", "/etc/istio/config")
    assert volumes["inject-volume"] == "istio-sidecar-injector-external-istiod"
    assert mounts["inject-volume"] == "/var/lib/istio/inject"
    mesh = yaml.safe_load(found["ConfigMap/external-istiod/istio-external-istiod"]["data"]["mesh"])
    assert mesh["rootNamespace"] == "external-istiod"
    assert mesh["defaultConfig"]["discoveryAddress"] == f"{HOST}:15012"
    assert ("XDS_ROOT_CA" in mesh["defaultConfig"].get("proxyMetadata", {})) is certificate
    injector = found["ConfigMap/external-istiod/istio-sidecar-injector-external-istiod"]["data"]["values"]
    assert yaml.safe_load(injector)["global"]["caAddress"] == f"{HOST}:15012"
    assert not [name for name in found if "WebhookConfiguration/" in name and "external-istiod" in name]


def test_step_5_the_ports_lead_to_istiod_with_the_certificate_of_the_host(secure: FleetRepo) -> None:
    found = objects(secure, "external")
    gateway = found["Gateway/external-istiod/external-istiod-gw"]["spec"]
    assert gateway["selector"] == {"istio": "ingressgateway"}
    for server, port in zip(gateway["servers"], (15012, 15017), strict=True):
        assert server["port"]["number"] == port
        assert server["tls"] == {"mode": "SIMPLE", "credentialName": SECRET}
        assert server["hosts"] == [HOST]
    routes = found["VirtualService/external-istiod/external-istiod-vs"]["spec"]["http"]
    leads = {one["match"][0]["port"]: one["route"][0]["destination"] for one in routes}
    assert leads == {
        15012: {"host": ISTIOD, "port": {"number": 15012}},
        15017: {"host": ISTIOD, "port": {"number": 443}},
    }
    rule = found["DestinationRule/external-istiod/external-istiod-dr"]["spec"]
    assert rule["host"] == ISTIOD
    assert {one["port"]["number"]: one["tls"]["mode"] for one in rule["trafficPolicy"]["portLevelSettings"]} == {
        15012: "SIMPLE",
        443: "SIMPLE",
    }


def test_step_5_without_a_certificate_tls_passes_through(plain: FleetRepo) -> None:
    found = objects(plain, "external")
    servers = found["Gateway/external-istiod/external-istiod-gw"]["spec"]["servers"]
    assert [(one["port"]["number"], one["tls"], one["hosts"]) for one in servers] == [
        (15012, {"mode": "PASSTHROUGH"}, ["*"]),
        (15017, {"mode": "PASSTHROUGH"}, ["*"]),
    ]
    routes = found["VirtualService/external-istiod/external-istiod-vs"]["spec"]["tls"]
    assert [(one["match"][0]["port"], one["route"][0]["destination"]["host"]) for one in routes] == [
        (15012, ISTIOD),
        (15017, ISTIOD),
    ]
    assert not [name for name in found if name.startswith("DestinationRule/")]


def test_step_6_an_application_is_injected_by_the_external_control_plane(secure: FleetRepo) -> None:
    for cluster in ("remote", "second"):
        labels = objects(secure, cluster)["Namespace/sample"]["metadata"]["labels"]
        assert labels == {"istio.io/rev": "external-istiod"}
        said = secure.meshrev("explain", "--cluster", cluster, "-n", "sample", "--output", "json").json
        assert "external-istiod" in str(said)


@pytest.mark.parametrize(("name", "kind"), [("ingress", "LoadBalancer"), ("egress", "ClusterIP")])
def test_step_7_gateways_of_the_remote_have_the_gateway_template(secure: FleetRepo, name: str, kind: str) -> None:
    found = objects(secure, "remote")
    assert found[f"Service/external-istiod/istio-{name}gateway"]["spec"]["type"] == kind
    pod = found[f"Deployment/external-istiod/istio-{name}gateway"]["spec"]["template"]
    assert pod["metadata"]["annotations"]["inject.istio.io/templates"] == "gateway"
    assert pod["metadata"]["labels"]["istio.io/rev"] == "external-istiod"
    assert pod["spec"]["containers"][0]["image"] == "auto"


def test_step_8_a_second_remote_is_told_whose_it_is_and_asks_the_same_address(secure: FleetRepo) -> None:
    found = objects(secure, "second")
    annotations = found["Namespace/external-istiod"]["metadata"]["annotations"]
    assert annotations["topology.istio.io/controlPlaneClusters"] == "remote"
    injector = found["MutatingWebhookConfiguration/istio-sidecar-injector-external-istiod-external-istiod"]
    url = f"https://{HOST}:15017/inject/cluster/second/net/network2"
    assert injector["webhooks"][0]["clientConfig"] == {"url": url}
    assert not [name for name in found if name.startswith("ValidatingWebhookConfiguration/istio-validator")]
    secrets = secure.meshrev("remote-secret", "--output", "json").json["secrets"]
    assert [(one["holder"], one["namespace"], one["name"]) for one in secrets if one["reads"] == "second"] == [
        ("external", "external-istiod", "istio-remote-secret-second")
    ]


def test_step_9_east_west_gateways_join_the_networks(secure: FleetRepo) -> None:
    for cluster, network in (("remote", "network1"), ("second", "network2")):
        service = objects(secure, cluster)["Service/external-istiod/istio-eastwestgateway"]
        assert {15021, 15443, 15012, 15017} == ports(service).keys()
        assert service["metadata"]["labels"]["topology.istio.io/network"] == network
        namespace = objects(secure, cluster)["Namespace/external-istiod"]["metadata"]
        assert namespace["labels"]["topology.istio.io/network"] == network
    exposed = objects(secure, "remote")["Gateway/external-istiod/cross-network-gateway"]["spec"]
    assert exposed["servers"][0]["tls"] == {"mode": "AUTO_PASSTHROUGH"}
    assert not [name for name in objects(secure, "second") if name.startswith("Gateway/")]
