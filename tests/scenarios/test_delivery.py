"""What Argo CD and Flux are given: written with the tree, checked with it, and gone with what it was for."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_validate import validate

from render.manifests.argocd import IGNORED
from render.manifests.builtin import render_component
from render.manifests.flux import IGNORED as IGNORED_BY_FLUX
from render.plan.delivery_order import sync_wave
from render.specs import releases
from tests.support.builders import document, fleet_file, istio, namespace, tag
from tests.support.cases import ROOT
from tests.support.crd_schemas import KUSTOMIZATION, needs_crds, refused
from tests.support.fleet_repo import FleetRepo
from tests.support.programs.kustomize import kubectl, needs_kubectl

ARGOCD = "{type: argocd, repoURL: https://git.example.com/platform/mesh.git}"


def specs(version: str = "v1.24.2") -> str:
    """Istio at some version, beside the tag prod that stays at 1.24.2."""
    return istio(version) + tag("prod", "default-v1-24-2", "IstioRevision") + namespace("shop", "istio.io/rev: prod")


SET = "rendered/delivery/argocd/applicationset-test.yaml"


def use(repo: FleetRepo, delivery: str, **spec: str) -> None:
    repo.write("meshrev.yaml", fleet_file(delivery=delivery, **spec))


def override(repo: FleetRepo, cluster: str, delivery: str) -> None:
    text = (repo.root / f"overlays/{cluster}/cluster.yaml").read_text()
    repo.write(f"overlays/{cluster}/cluster.yaml", text.replace("spec: {}", f"spec: {{delivery: {delivery}}}"))


@pytest.fixture
def fleet(repo: FleetRepo) -> FleetRepo:
    """Two clusters of Argo CD, rendered."""
    use(repo, ARGOCD)
    for name in ("one", "two"):
        repo.cluster(name, specs())
    repo.meshrev("render")
    return repo


def objects(repo: FleetRepo, under: str) -> dict[str, Any]:
    files = {path: data for path, data in repo.tree(under).items() if path.endswith(".yaml")}
    return {path.removeprefix(f"{under}/"): yaml.load(data, yaml.CSafeLoader) for path, data in files.items()}


# Argo CD


def test_each_cluster_of_argo_cd_has_one_file_and_the_others_none(fleet: FleetRepo) -> None:
    override(fleet, "two", "{type: none}")
    fleet.cluster("three", specs())
    fleet.meshrev("render")
    found = sorted(path for path in fleet.tree() if path.endswith("/cluster.json"))
    assert found == ["rendered/one/argocd/cluster.json", "rendered/three/argocd/cluster.json"]


def test_a_cluster_comes_and_goes_without_the_set_being_touched(fleet: FleetRepo) -> None:
    before = fleet.tree("rendered/delivery")
    fleet.cluster("three", specs())
    assert "rendered/three/argocd/cluster.json" in fleet.meshrev("render", "--cluster", "three", "-o", "json").out
    fleet.meshrev("check")
    assert fleet.tree("rendered/delivery") == before


def test_the_set_changes_with_the_fleet_and_only_when_all_clusters_are_rendered(fleet: FleetRepo) -> None:
    before = fleet.tree("rendered/delivery")
    use(fleet, ARGOCD.replace("{", "{project: mesh, "))
    fleet.meshrev("render", "--cluster", "one")
    assert fleet.tree("rendered/delivery") == before
    fleet.meshrev("check", "--cluster", "one")
    assert f"differs {SET}" in fleet.meshrev("check", code=1).out
    assert "delivery/argocd: 2 changed" in fleet.meshrev("render").out
    assert yaml.safe_load(fleet.tree()[SET])["spec"]["template"]["spec"]["project"] == "mesh"
    fleet.meshrev("check")


def test_a_set_that_somebody_changed_or_removed_is_written_anew(fleet: FleetRepo) -> None:
    before = fleet.tree()
    time.sleep(0.05)
    fleet.meshrev("render")
    assert (fleet.root / "rendered/.meshrev/digests/delivery/argocd").is_file()
    for change in (lambda file: file.write_text("x"), lambda file: file.unlink()):
        change(fleet.root / SET)
        assert SET in fleet.meshrev("check", code=1).out
        fleet.meshrev("render")
        assert fleet.tree() == before


def test_without_its_repository_the_set_and_the_files_go_and_nothing_else(fleet: FleetRepo) -> None:
    fleet.write("rendered/delivery/argocd/project.yaml", "mine\n")
    use(fleet, "{type: argocd}")
    fleet.meshrev("render")
    assert fleet.tree("rendered/delivery") == {"rendered/delivery/argocd/project.yaml": b"mine\n"}
    assert not [path for path in fleet.tree() if "/argocd/cluster.json" in path]


def test_files_beside_the_set_are_told_of_and_left_alone(fleet: FleetRepo) -> None:
    fleet.write("rendered/delivery/argocd/project.yaml", "mine\n")
    for _ in range(2):
        assert "warning: rendered/delivery/argocd/project.yaml: " in fleet.meshrev("render").err


def test_a_file_of_somebody_elses_where_the_set_must_go_stops_everything(repo: FleetRepo) -> None:
    use(repo, ARGOCD)
    repo.cluster("one", specs())
    repo.write(SET, "mine\n")
    assert SET in repo.meshrev("render", code=2).err
    assert repo.tree() == {SET: b"mine\n"}


def test_a_comparison_shows_the_set_and_how_a_cluster_is_synced(fleet: FleetRepo) -> None:
    fleet.commit("before")
    use(fleet, ARGOCD.replace("{", "{automated: true, project: mesh, "))
    fleet.meshrev("render")
    shown = fleet.meshrev("diff").out
    assert "~ spec.automated: false -> true" in shown
    assert "~ spec.template.spec.project: default -> mesh" in shown
    assert "formatting" not in shown


def test_delivery_by_nobody_writes_nothing_for_a_controller(repo: FleetRepo) -> None:
    repo.cluster("one", specs())
    repo.meshrev("render")
    folders = {path.split("/")[2] for path in repo.tree() if path.count("/") > 2}
    assert folders == {"revisions", "tags", "mesh", "namespaces"}
    assert not (repo.root / "rendered/delivery").exists()


def test_an_error_in_one_cluster_leaves_the_set_as_it_was(fleet: FleetRepo) -> None:
    before = fleet.tree()
    use(fleet, ARGOCD.replace("{", "{project: mesh, "))
    fleet.cluster("two", specs("v1.24.99"))
    fleet.meshrev("render", code=2)
    assert fleet.tree() == before


def test_a_render_that_changes_nothing_does_not_load_what_renders(fleet: FleetRepo) -> None:
    time.sleep(0.05)
    fleet.meshrev("render")
    quiet = fleet.meshrev("render", PYTHONPROFILEIMPORTTIME="1").err
    assert "render.operations.render.input_digest" in quiet
    assert "render.operations.render.workers" not in quiet


# Flux


@pytest.fixture
def fluxed(repo: FleetRepo) -> FleetRepo:
    """One cluster of Flux: a frozen revision, which the tag pins, and a new one."""
    use(repo, "{type: flux}")
    for version in ("v1.24.2", "v1.24.3"):
        repo.cluster("one", specs(version))
        repo.meshrev("render")
    return repo


def stages(repo: FleetRepo) -> dict[str, dict[str, Any]]:
    """The Kustomizations of the cluster, by name."""
    found = objects(repo, "rendered/one/flux").values()
    return {one["metadata"]["name"]: one for one in found if "metadata" in one}


def listed_by(repo: FleetRepo, stage: dict[str, Any]) -> list[str]:
    """What the folder of a stage lists."""
    path = stage["spec"]["path"].removeprefix("./")
    listed: list[str] = yaml.safe_load(repo.tree()[f"{path}/kustomization.yaml"])["resources"]
    return listed


def identities(repo: FleetRepo, folder: str) -> set[tuple[str, str]]:
    """The objects that real Kustomize builds from a folder, by kind and name."""
    built = subprocess.run([str(kubectl()), "kustomize", str(repo.root / folder)], capture_output=True, check=True)
    return {(one["kind"], one["metadata"]["name"]) for one in yaml.load_all(built.stdout, yaml.CSafeLoader)}


@needs_crds
def test_every_folder_of_the_cluster_is_in_one_stage(fluxed: FleetRepo) -> None:
    found = stages(fluxed)
    listed = yaml.safe_load(fluxed.tree()["rendered/one/flux/kustomization.yaml"])
    assert listed["resources"] == [f"kustomization-{name}.yaml" for name in sorted(found)]
    assert [refused(KUSTOMIZATION, data) for data in found.values()] == [[] for _ in found]
    folders = [path for data in found.values() for path in listed_by(fluxed, data) if path.startswith("../../")]
    applied = yaml.safe_load(fluxed.tree()["rendered/one/kustomization.yaml"])["resources"]
    assert sorted(folders) == sorted(f"../../{folder}" for folder in applied)
    assert "../../revisions/default-v1-24-2" in folders


@needs_kubectl
@pytest.mark.parametrize("number", ["few", "one"])
def test_the_stages_build_to_the_objects_of_the_cluster(fluxed: FleetRepo, number: str) -> None:
    use(fluxed, f"{{type: flux, stages: {number}}}")
    fluxed.meshrev("render")
    whole = identities(fluxed, "rendered/one")
    by_stage = {name: identities(fluxed, data["spec"]["path"]) for name, data in stages(fluxed).items()}
    assert set().union(*by_stage.values()) == whole
    assert [one for one in by_stage.get("mesh-control-plane", whole) if one[0] == "MutatingWebhookConfiguration"]


def test_a_frozen_revision_that_is_used_is_waited_for_and_its_health_looked_after(fluxed: FleetRepo) -> None:
    found = stages(fluxed)
    (waits,) = found["mesh-namespaces"]["spec"]["dependsOn"]
    assert "'_istio-sidecar-injector-default-v1-24-2_admissionregistration.k8s.io_Mutating" in waits["readyExpr"]
    checks = found["mesh-control-plane"]["spec"]["healthChecks"]
    assert [one["name"] for one in checks] == ["istiod-default-v1-24-2", "istiod-default-v1-24-3"]


def test_what_a_kustomization_waits_for_is_there_and_leads_back_to_nobody(fluxed: FleetRepo) -> None:
    found = stages(fluxed)
    waits = {name: {one["name"] for one in data["spec"].get("dependsOn", [])} for name, data in found.items()}
    while ready := [name for name, needed in waits.items() if not needed]:
        for name in ready:
            del waits[name]
            for needed in waits.values():
                needed.discard(name)
    assert waits == {}


def test_a_folder_comes_and_goes_in_its_stage_in_one_commit(fluxed: FleetRepo) -> None:
    assert "../../namespaces" in listed_by(fluxed, stages(fluxed)["mesh-namespaces"])
    fluxed.cluster("one", specs("v1.24.3").replace(namespace("shop", "istio.io/rev: prod"), ""))
    fluxed.meshrev("render", "--cluster", "one")
    assert listed_by(fluxed, stages(fluxed)["mesh-namespaces"]) == ["../../mesh", "../../tags/prod"]


@needs_kubectl
def test_a_stage_stays_when_its_last_object_has_left_so_that_flux_removes_that(fluxed: FleetRepo) -> None:
    config = document("v1", "ConfigMap", "ours", namespace="ours")
    for more, there in ((config, {("ConfigMap", "ours")}), ("", set())):
        fluxed.cluster("one", specs("v1.24.3") + more)
        fluxed.meshrev("render")
        assert identities(fluxed, stages(fluxed)["mesh-extra"]["spec"]["path"]) == there
    fluxed.meshrev("check")


def test_a_secret_that_sops_encrypted_is_passed_through_with_what_opens_it(fluxed: FleetRepo) -> None:
    value = "'ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]'"
    secret = document(
        "v1", "Secret", "cacerts", namespace="ours", stringData=f"{{k: {value}}}", sops=f"{{mac: {value}}}"
    )
    use(fluxed, "{type: flux, decryption: {provider: sops, secretRef: {name: age}}}")
    fluxed.cluster("one", specs("v1.24.3") + secret)
    fluxed.meshrev("render")
    assert stages(fluxed)["mesh-extra"]["spec"]["decryption"] == {"provider": "sops", "secretRef": {"name": "age"}}
    fluxed.cluster("one", specs("v1.24.3") + secret.replace(f"k: {value}", f"k: {value}, l: plain"))
    assert "a Secret with data does not belong in a git repository" in fluxed.meshrev("render", code=2).err


def test_definitions_come_first(fluxed: FleetRepo) -> None:
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.istio.io"},
        "spec": {"group": "example.istio.io"},
    }
    import hashlib

    file = fluxed.write("crds/istio-1.24.3.yaml", yaml.safe_dump(crd))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    use(fluxed, "{type: flux}", crds=f"{{path: crds/istio-1.24.3.yaml, sha256: {digest}}}")
    fluxed.meshrev("render")
    assert "crds" in listed_by(fluxed, stages(fluxed)["mesh-control-plane"])
    list_of_them = yaml.safe_load(fluxed.tree()["rendered/one/flux/control-plane/crds/kustomization.yaml"])
    assert list_of_them["resources"] == ["../../../../shared/crds/1.24.3"]
    assert list_of_them["commonAnnotations"] == {"kustomize.toolkit.fluxcd.io/prune": "disabled"}


def test_from_argo_cd_to_flux_only_the_new_ones_objects_stay(fleet: FleetRepo) -> None:
    use(fleet, "{type: flux}")
    fleet.meshrev("render")
    assert not [path for path in fleet.tree() if "argocd" in path]
    assert "rendered/two/flux/kustomization-mesh-namespaces.yaml" in fleet.tree()
    fleet.meshrev("check")


# The example fleet of this repository, and every minor release


def _newest_of_each_minor() -> list[str]:
    newest: dict[str, str] = {}
    for version in releases.known_versions(aliases=False):
        newest.setdefault(version.rpartition(".")[0], version.removeprefix("v"))
    return list(newest.values())


def example(*kinds: str) -> list[tuple[Path, dict[str, Any]]]:
    files = sorted((ROOT / "rendered").glob("*/**/*.yaml"))
    loaded = ((file, yaml.load(file.read_bytes(), yaml.CSafeLoader)) for file in files)
    return [(file, data) for file, data in loaded if data["kind"] in kinds]


def test_every_ignored_field_is_one_of_the_webhooks_and_held_back_only_where_istiod_writes_it() -> None:
    for kind, paths in IGNORED:
        found = example(kind)
        assert found
        for _, data in found:
            for webhook in data["webhooks"]:
                assert "caBundle" not in webhook["clientConfig"]
                assert "failurePolicy" in webhook
                webhook["clientConfig"]["caBundle"] = "Zm9v"
            validate(data, "1.30", strict=True)
        assert (".webhooks[].failurePolicy" in paths) == (kind == "ValidatingWebhookConfiguration")


@pytest.mark.parametrize("release", _newest_of_each_minor())
@pytest.mark.parametrize("component", ["istiod", "base"])
def test_fluxs_path_reaches_every_validating_webhook(component: str, release: str) -> None:
    values = {"revision": "canary", "defaultRevision": "canary"}
    made = render_component(component, release, "canary", "istio-system", values)
    webhooks = [one["webhooks"] for one in made if one["kind"] == "ValidatingWebhookConfiguration"]
    assert IGNORED_BY_FLUX["paths"] == ["/webhooks/0/failurePolicy"]
    assert [[hook["failurePolicy"] for hook in hooks] for hooks in webhooks] == [["Ignore"]]


def test_every_object_has_the_wave_of_its_kind_and_no_namespace_can_be_pruned() -> None:
    seen = set()
    for file, data in example("Namespace", "Deployment", "DaemonSet", "MutatingWebhookConfiguration"):
        area = file.relative_to(ROOT / "rendered").parts[1]
        annotations = data["metadata"].get("annotations", {})
        assert int(annotations.get("argocd.argoproj.io/sync-wave", 0)) == sync_wave(area, data["kind"])
        if area == "namespaces":
            options = annotations["argocd.argoproj.io/sync-options"].split(",")
            assert {"Prune=false", "Delete=false", "ServerSideApply=true"} <= set(options)
        seen.add(area)
    assert {"revisions", "tags", "namespaces", "cni"} <= seen


def test_the_example_delivers_each_of_its_clusters_once() -> None:
    files = {file.parts[-3] for file in (ROOT / "rendered").glob("*/argocd/cluster.json")}
    assert files == {folder.name for folder in (ROOT / "overlays").iterdir()}


def test_a_checkout_without_the_state_of_earlier_runs_is_as_specified(fleet: FleetRepo) -> None:
    shutil.rmtree(fleet.root / "rendered/.meshrev")
    assert "3 clusters" not in fleet.meshrev("check").out
    assert "2 clusters" in fleet.meshrev("check").out
