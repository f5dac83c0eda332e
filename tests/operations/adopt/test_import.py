"""`import`: specs of what runs, and what a sync of them would change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.cli.import_specs import report
from render.errors import InputError
from render.operations.adopt.changes import ObjectChange
from render.operations.adopt.helm import ChartRelease, helm_releases
from render.operations.adopt.run import ImportResult, import_specs
from render.operations.template.run import template
from render.operations.template.values import GivenValues
from render.yamlio.location import merge_maps
from tests.support.click_runner import run
from tests.support.fleet_repo import fleet_repo

SAIL = Path(__file__).with_name("sail.yaml").read_bytes()
OWNER = "install.operator.istio.io/owning-resource"


def imported(*files: tuple[str, Any], **options: Any) -> ImportResult:
    texts = [(name, data if isinstance(data, bytes) else json.dumps(data).encode()) for name, data in files]
    return import_specs(texts, cluster="prod", **options)


def specs(result: ImportResult) -> dict[str, Any]:
    """The specs by kind and name."""
    documents = [one for text in result.files.values() for one in yaml.safe_load_all(text)]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in documents if "metadata" in one}


def notes(result: ImportResult) -> dict[str, str]:
    return {f"{one.code} {one.object}": one.message for one in result.findings}


def changes(result: ImportResult) -> dict[str, ObjectChange]:
    assert result.changes is not None
    return {one.identity.title: one for one in result.changes.objects if not one.is_labels_alone}


def running(version: str, revision: str, **values: Any) -> list[dict[str, Any]]:
    """The objects of a control plane as `helm install` and istiod leave them in a cluster."""
    given = GivenValues(merge_maps({"revision": revision}, values))
    texts = template("istiod", version, given, f"{revision or 'default'}-istiod").objects
    objects = [json.loads(text) for text in texts]
    for obj in objects:
        obj["metadata"] |= {"uid": "u", "resourceVersion": "1"}
        for webhook in obj.get("webhooks", ()):
            webhook["clientConfig"]["caBundle"] = "QQ=="
            webhook |= {"matchPolicy": "Equivalent", "timeoutSeconds": 10}
    return objects


def listed(*objects: dict[str, Any]) -> tuple[str, Any]:
    return "live.json", {"apiVersion": "v1", "kind": "List", "items": [*objects]}


def test_sails_objects_become_specs_without_what_the_server_and_the_operator_wrote() -> None:
    found = specs(imported(("sail.yaml", SAIL)))
    assert set(found) == {
        *("Istio/default", "IstioRevision/edge-v1-30-latest", "IstioRevision/default-v1-29-6"),
        *("IstioRevisionTag/default", "IstioRevisionTag/edge", "IstioCNI/default"),
        *("Namespace/shop", "Namespace/old", "Cluster/prod"),
    }
    assert found["Istio/default"]["metadata"] == {"name": "default"}
    assert "status" not in found["Istio/default"]
    assert found["Namespace/shop"]["metadata"]["labels"] == {"istio-injection": "enabled"}


def test_a_null_that_sails_server_drops_is_dropped_and_told() -> None:
    result = imported(("sail.yaml", SAIL))
    assert specs(result)["Istio/default"]["spec"]["values"] == {"pilot": {"resources": {"requests": {"cpu": "50m"}}}}
    assert "a null would delete the chart's default" in notes(result)["MR309 Istio/default"]


def test_the_revision_of_an_alias_keeps_its_name_and_its_tags() -> None:
    result = imported(("sail.yaml", SAIL))
    tag = specs(result)["IstioRevisionTag/edge"]
    assert tag["spec"]["targetRef"] == {"kind": "IstioRevision", "name": "edge-v1-30-latest"}
    assert tag["metadata"]["annotations"] == {"meshrev.io/follows": "Istio/edge"}
    assert "v1.30-latest is an alias" in notes(result)["MR309 Istio/edge"]


def test_an_alias_without_its_revision_in_the_dump_is_told() -> None:
    spec = {"version": "v1.30-latest", "namespace": "istio-system", "updateStrategy": {"type": "RevisionBased"}}
    istio = {"apiVersion": "sailoperator.io/v1", "kind": "Istio", "metadata": {"name": "default"}, "spec": spec}
    assert "hand over the IstioRevisions" in notes(imported(("sail.yaml", istio)))["MR309 Istio/default"]


def test_a_variant_of_a_profile_that_the_operator_may_not_have_is_told() -> None:
    spec = {"version": "v1.30.3", "namespace": "istio-system", "profile": "ambient"}
    istio = {"apiVersion": "sailoperator.io/v1", "kind": "Istio", "metadata": {"name": "default"}, "spec": spec}
    told = notes(imported(("sail.yaml", istio)))["MR309 Istio/default"]
    assert "pilot:1.30.3-distroless, by its profile" in told and "--keep-images" in told


def test_the_label_that_sail_leaves_out_does_not_restart_istiod() -> None:
    live = running("v1.30.3", "default-v1-30-3", pilot={"resources": {"requests": {"cpu": "50m"}}})
    for obj in live:
        obj["metadata"]["labels"].pop(OWNER, None)
        labels = obj.get("spec", {}).get("template", {}).get("metadata", {}).get("labels", {})
        labels.pop(OWNER, None)
    result = imported(("sail.yaml", SAIL), listed(*live))
    istiod = changes(result).get("Deployment/istio-system/istiod-default-v1-30-3")
    assert istiod is None
    assert any("spec.patches leaves it out" in one.message for one in result.findings)


def test_a_dump_from_the_middle_of_an_upgrade_has_both_revisions() -> None:
    both = [*running("v1.27.3", "1-27-3"), *running("v1.28.3", "1-28-3")]
    result = imported(listed(*both))
    assert set(specs(result)) == {"IstioRevision/1-27-3", "IstioRevision/1-28-3", "Cluster/prod"}
    assert [one for one in changes(result).values() if one.restarts] == []


@pytest.mark.parametrize("version", ["v1.24.3", "v1.27.3", "v1.30.3"])
@pytest.mark.parametrize("revision", ["1-27-3", ""])
def test_what_a_control_plane_runs_with_is_rendered_again(version: str, revision: str) -> None:
    """Releases before 1.26 keep no values in the cluster: they are read from what runs."""
    values = {
        "meshConfig": {"accessLogFile": "/dev/stdout", "defaultConfig": {"proxyMetadata": {"A": "b"}}},
        "pilot": {"env": {"PILOT_X": "y"}, "resources": {"requests": {"cpu": "100m"}}, "autoscaleMin": 2},
        "sidecarInjectorWebhook": {"enableNamespacesByDefault": True},
        "global": {"proxy": {"logLevel": "debug"}},
    }
    result = imported(listed(*running(version, revision, **values)))
    differing = {
        title: [each.field for each in one.fields]
        for title, one in changes(result).items()
        if one.how != "left" and not title.startswith(("ConfigMap/istio-system/values", "Validating"))
    }
    differing.pop("ServiceAccount/istio-system/istio-reader-service-account", None)
    assert differing == {}
    kind = f"IstioRevision/{revision}" if revision else "Istio/default"
    assert specs(result)[kind]["spec"]["values"]["meshConfig"]["accessLogFile"] == "/dev/stdout"


def test_another_image_is_told_and_kept_where_asked() -> None:
    live = running("v1.30.3", "")
    istiod = next(obj for obj in live if obj["kind"] == "Deployment")
    istiod["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/istio/pilot:1.30.3"
    told = changes(imported(listed(*live)))["Deployment/istio-system/istiod"]
    assert told.restarts and "--keep-images" in told.reason
    kept = imported(listed(*live), keeps_images=True)
    assert "Deployment/istio-system/istiod" not in changes(kept)
    assert specs(kept)["Istio/default"]["spec"]["values"]["global"]["hub"] == "registry.example.com/istio"


def test_what_no_spec_asks_for_is_told_as_left() -> None:
    webhook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "istiod-old", "labels": {"app": "istiod"}},
    }
    result = imported(listed(*running("v1.30.3", "1-30-3"), webhook))
    assert changes(result)["ValidatingWebhookConfiguration/istiod-old"].how == "left"


def test_tags_and_node_agents_that_run_are_specs() -> None:
    tagged = template("revisiontags", "v1.30.3", GivenValues({"revision": "r", "revisionTags": ["prod"]}))
    tags = [json.loads(one) for one in tagged.objects]
    cni = [json.loads(one) for one in template("cni", "v1.30.3", GivenValues({}), namespace="istio-cni").objects]
    found = specs(imported(listed(*running("v1.30.3", "r"), *tags, *cni)))
    assert found["IstioRevisionTag/prod"]["spec"]["targetRef"] == {"kind": "IstioRevision", "name": "r"}
    assert found["IstioCNI/default"]["spec"] == {"version": "v1.30.3", "namespace": "istio-cni"}


HELM_LIST = json.dumps(
    [
        {"name": "istiod", "namespace": "istio-system", "chart": "istiod-1.27.3"},
        {"name": "istio-base", "namespace": "istio-system", "chart": "base-1.27.3"},
        {"name": "edge", "namespace": "istio-ingress", "chart": "gateway-1.27.3"},
        {"name": "agents", "namespace": "istio-cni", "chart": "cni-1.27.3"},
        {"name": "proxies", "namespace": "ztunnel", "chart": "ztunnel-1.27.3"},
        {"name": "cache", "namespace": "shop", "chart": "redis-1.2.3"},
    ]
).encode()


def test_releases_of_helm_become_specs_by_their_charts() -> None:
    files = (
        ("values/istiod.yaml", {"revision": "1-27-3", "revisionTags": ["prod"], "pilot": {"autoscaleMin": 2}}),
        ("values/istio-base.yaml", {"defaultRevision": "1-27-3"}),
        ("values/edge.yaml", {"revision": "prod", "service": {"type": "NodePort"}}),
        ("values/agents.yaml", {"excludeNamespaces": ["shop"]}),
        ("values/proxies.yaml", {"logLevel": "debug"}),
    )
    result = imported(*files, releases=helm_releases(HELM_LIST, "list.json"))
    found = specs(result)
    assert found["IstioRevision/1-27-3"]["spec"]["values"]["pilot"] == {"autoscaleMin": 2}
    assert found["IstioRevisionTag/default"]["spec"]["targetRef"] == {"kind": "IstioRevision", "name": "1-27-3"}
    assert found["MeshGateway/edge"]["spec"] == {
        "follows": "prod",
        "namespace": "istio-ingress",
        "values": {"service": {"type": "NodePort"}},
    }
    assert found["IstioCNI/default"]["spec"]["values"] == {"cni": {"excludeNamespaces": ["shop"]}}
    assert found["ZTunnel/default"]["spec"]["values"] == {"ztunnel": {"logLevel": "debug"}}
    assert result.changes is not None


def test_one_release_needs_no_list() -> None:
    release = ChartRelease("mesh", "istio-system", "istiod", "v1.27.3")
    found = specs(imported(("values.yaml", {"pilot": {"autoscaleMin": 2}}), releases=[release]))
    assert found["Istio/default"]["spec"]["version"] == "v1.27.3"


OPERATOR = {
    "apiVersion": "install.istio.io/v1alpha1",
    "kind": "IstioOperator",
    "spec": {
        "tag": "1.27.3",
        "meshConfig": {"accessLogFile": "/dev/stdout"},
        "components": {
            "cni": {"enabled": True},
            "pilot": {
                "k8s": {
                    "replicaCount": 2,
                    "env": [{"name": "PILOT_X", "value": "1"}],
                    "hpaSpec": {"minReplicas": 2, "maxReplicas": 4},
                    "priorityClassName": "system-cluster-critical",
                    "overlays": [{"kind": "Deployment", "name": "istiod", "patches": []}],
                }
            },
        },
    },
}


def test_an_istio_operator_becomes_sails_kinds_and_a_gateway() -> None:
    result = imported(("mesh.yaml", OPERATOR))
    found = specs(result)
    assert found["Istio/default"]["spec"]["values"]["pilot"] == {
        "cni": {"enabled": True},
        "replicaCount": 2,
        "env": {"PILOT_X": "1"},
        "autoscaleMin": 2,
        "autoscaleMax": 4,
    }
    assert "priorityClassName: system-cluster-critical" in found["Istio/default"]["spec"]["patches"][0]["patch"]
    assert found["MeshGateway/istio-ingressgateway"]["spec"]["follows"] == "default"
    assert "write it as a patch" in notes(result)["MR307 IstioOperator"]
    fields = changes(result)["Deployment/istio-system/istiod"].fields
    assert {one.field.rpartition("[")[2] or one.field for one in fields} <= {
        *("app.kubernetes.io/instance]", "metadata.labels.release"),
    }


def test_the_gateway_of_an_istio_operator_restarts_with_another_account() -> None:
    result = imported(("mesh.yaml", OPERATOR))
    assert changes(result)["Deployment/istio-system/istio-ingressgateway"].restarts
    assert "in place of istio-ingressgateway-service-account" in notes(result)["MR309 IstioOperator"]


def test_what_two_documents_have_is_taken_once_and_told() -> None:
    second = {**OPERATOR, "spec": {"tag": "1.28.3", "revision": "1-28-3"}}
    result = imported(("mesh.yaml", OPERATOR), ("next.yaml", second))
    assert {"Istio/default", "IstioRevision/1-28-3"} <= specs(result).keys()
    assert "is there twice" in notes(result)["MR307 MeshGateway/istio-ingressgateway"]


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ((("a.yaml", {"kind": "List", "items": []}),), "holds no control plane"),
        ((("a.yaml", [1]),), "a.yaml: is a list: expected objects or Helm values"),
        ((("istiod.yaml", {"pilot": {}}),), "istiod.yaml: holds Helm values of no release that is known (known: none)"),
        ((("a.yaml", {**OPERATOR, "spec": {}}),), "spec.tag names no release: say it with --version"),
        (
            (("a.yaml", {**OPERATOR, "spec": {"tag": "1.27.3", "hbu": "x"}}),),
            "spec.hbu: unknown field (did you mean hub?)",
        ),
    ],
)
def test_what_cannot_be_imported_is_one_line(files: tuple[tuple[str, Any], ...], line: str) -> None:
    with pytest.raises(InputError) as raised:
        imported(*files)
    assert line in raised.value.findings[0].text()


def test_specs_that_cannot_be_rendered_are_printed_with_what_is_wrong() -> None:
    release = ChartRelease("istiod", "istio-system", "istiod", "v1.27.3")
    result = imported(("istiod.yaml", {"pilto": {}}), releases=[release])
    assert result.changes is None
    assert "MR052 Istio/default" in notes(result)
    assert next(report(result)) == "what a sync would change is not known: the specs have errors"


def test_an_overlay_is_written_that_renders(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.write("sail.yaml", SAIL.decode())
    done = repo.meshrev("import", "-f", "sail.yaml", "--cluster", "prod", "--to", "overlays/prod")
    assert "wrote overlays/prod/istio.yaml" in done.out
    assert done.err.index("is an alias") < done.err.index("as in the cluster")
    repo.meshrev("render")
    assert "rendered/prod/revisions/edge-v1-30-latest/inventory.jsonl" in repo.tree()
    again = repo.meshrev("import", "-f", "sail.yaml", "--cluster", "prod", "--to", "overlays/prod", code=2)
    assert "overlays/prod/istio.yaml: is there already" in again.err


def test_json_has_files_findings_and_changes(tmp_path: Path) -> None:
    file = tmp_path / "live.json"
    file.write_text(json.dumps(listed(*running("v1.30.3", ""))[1]))
    found = json.loads(run("import", "-f", str(file), "-o", "json").stdout)
    assert list(found) == ["files", "written", "findings", "changes"]
    assert "istio.yaml" in found["files"] and found["changes"]["same"] > 0
