"""An IstioOperator in a fleet: rendered, promoted, taken back and retired as any other revision."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import kustomization, namespace, tag
from tests.support.fleet_repo import FleetRepo, fleet_repo

CANARY = """\
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata:
  name: mesh
spec:
  profile: minimal
  tag: 1.27.3-distroless  # ours
  revision: prod-1-27-3
  components:
    pilot:
      k8s:
        overlays:
        - kind: Deployment
          name: istiod-prod-1-27-3
          patches:
          - path: spec.template.spec.containers.[name:discovery].args.[-1]
            value: --log_as_json
"""
FIXED = CANARY.replace("prod-1-27-3", "canary")
SPECS = tag("default", "mesh") + namespace("shop", "istio-injection: enabled")


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    return committed(tmp_path, CANARY + SPECS)


def committed(root: Path, specs: str) -> FleetRepo:
    repo = fleet_repo(root)
    repo.cluster("prod", specs)
    repo.meshrev("render")
    repo.commit("start")
    return repo


def istiod(repo: FleetRepo, revision: str, cluster: str = "prod") -> str:
    return (repo.root / f"rendered/{cluster}/revisions/{revision}/deployment-istiod-{revision}.yaml").read_text()


def promote(repo: FleetRepo, *more: str) -> str:
    return repo.meshrev("promote", "--istio", "mesh", "--version", "v1.27.9", *more).out


def test_its_parts_lie_in_the_folders_of_their_kind(tmp_path: Path) -> None:
    demo = CANARY.replace("minimal", "demo").replace("    pilot:\n", "    cni: {enabled: true}\n    pilot:\n")
    repo = committed(tmp_path, demo + SPECS)
    folders = {path.split("/", 2)[2].rpartition("/")[0] for path in repo.tree() if path.count("/") > 2}
    assert folders == {
        *("revisions/prod-1-27-3", "cni", "mesh", "tags/default", "namespaces"),
        *("gateways/istio-ingressgateway", "gateways/istio-egressgateway"),
    }
    assert "docker.io/istio/pilot:1.27.3-distroless" in istiod(repo, "prod-1-27-3")
    assert "--log_as_json" in istiod(repo, "prod-1-27-3")
    validator = repo.tree()["rendered/prod/mesh/validatingwebhookconfiguration-istiod-default-validator.yaml"].decode()
    assert "name: istiod-prod-1-27-3" in validator


def test_a_release_in_its_revision_comes_in_beside_the_old_one_and_tags_stay(fleet: FleetRepo) -> None:
    before = fleet.tree("rendered/prod/revisions/prod-1-27-3")
    assert (
        "no namespace or workload gets another proxy"
        in fleet.meshrev("promote", "--istio", "mesh", "--version", "v1.27.9").out
    )
    specs = (fleet.root / "overlays/prod/specs.yaml").read_text()
    assert specs.startswith(CANARY.replace("1.27.3", "1.27.9").replace("prod-1-27-3", "prod-1-27-9"))
    (status,) = fleet.meshrev("status", "-o", "json").json["clusters"]
    assert [(one["name"], one["activeRevisionName"]) for one in status["istios"]] == [("mesh", "prod-1-27-9")]
    assert {one["name"]: one["inUse"] for one in status["revisions"]} == {"prod-1-27-3": True, "prod-1-27-9": False}
    assert fleet.tree("rendered/prod/revisions/prod-1-27-3") == before
    assert (
        "--log_as_json"
        in (fleet.root / "rendered/prod/revisions/prod-1-27-9/deployment-istiod-prod-1-27-9.yaml").read_text()
    )
    fleet.meshrev("check")


def test_it_is_promoted_taken_back_and_retired_by_the_tag(fleet: FleetRepo) -> None:
    start = fleet.tree()
    promote(fleet)
    moved = fleet.meshrev("promote", "--tag", "default", "--to", "prod-1-27-9")
    assert "1 namespace gets another proxy" in moved.out
    refused = fleet.meshrev("retire", "prod-1-27-9", "--without-observation", code=2).err
    assert (
        "prod-1-27-9 is the revision of IstioOperator/mesh (overlays/prod/specs.yaml:4:3): bring in another" in refused
    )
    fleet.meshrev("rollback")
    assert "prod-1-27-3" in fleet.meshrev("explain", "--cluster", "prod", "-n", "shop").out
    assert {path: data for path, data in fleet.tree().items() if "revisions/prod-1-27-3/" in path} == {
        path: data for path, data in start.items() if "revisions/prod-1-27-3/" in path
    }


def test_a_name_without_the_release_is_changed_in_place(tmp_path: Path) -> None:
    repo = committed(tmp_path, FIXED + SPECS)
    said = promote(repo)
    assert "the revision of IstioOperator mesh keeps its name: its one revision changes" in said
    (status,) = repo.meshrev("status", "-o", "json").json["clusters"]
    assert [(one["name"], one["version"]) for one in status["revisions"]] == [("canary", "v1.27.9")]


def test_what_moves_with_it_and_what_still_names_the_old_revision_is_told(tmp_path: Path) -> None:
    address = "  meshConfig: {defaultConfig: {discoveryAddress: 'istiod-prod-1-27-3.istio-system.svc:15012'}}\n"
    repo = committed(tmp_path, CANARY.replace("minimal", "default") + address + SPECS)
    said = promote(repo)
    assert "IstioOperator mesh moves istio-ingressgateway with it, at once and in place" in said
    assert "still names the old revision at spec.meshConfig.defaultConfig.discoveryAddress" in said


def test_several_documents_are_several_revisions(tmp_path: Path) -> None:
    other = CANARY.replace("name: mesh", "name: next").replace("1.27.3", "1.28.3").replace("1-27-3", "1-28-3")
    repo = committed(tmp_path, f"{CANARY}---\n{other}{SPECS}")
    (status,) = repo.meshrev("status", "-o", "json").json["clusters"]
    assert [one["name"] for one in status["revisions"]] == ["prod-1-27-3", "prod-1-28-3"]
    repo.meshrev("promote", "--tag", "default", "--to", "prod-1-28-3")
    repo.write("overlays/prod/specs.yaml", other + (repo.root / "overlays/prod/specs.yaml").read_text().split(other)[1])
    repo.meshrev("render")
    assert "rendered/prod/revisions/prod-1-27-3/inventory.jsonl" in repo.tree()


def test_a_patch_of_an_overlay_says_lists_whole(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.write("base/kustomization.yaml", kustomization("mesh.yaml"))
    repo.write("base/mesh.yaml", CANARY)
    for name in ("dev", "prod"):
        repo.cluster(name, SPECS)
        repo.write(f"overlays/{name}/kustomization.yaml", kustomization("../../base", "specs.yaml"))
    repo.meshrev("render")
    repo.commit("start")
    promote(repo, "--cluster", "dev")
    assert (repo.root / "base/mesh.yaml").read_text() == CANARY
    assert (
        "--log_as_json"
        in (repo.root / "rendered/dev/revisions/prod-1-27-9/deployment-istiod-prod-1-27-9.yaml").read_text()
    )
    repo.meshrev("check")


@pytest.mark.parametrize(
    ("specs", "line"),
    [
        (
            CANARY.replace("1.27.3-distroless", "ours"),
            "overlays/prod/specs.yaml:7:3: IstioOperator/mesh: spec.tag: names no release, and istioctl's own is not "
            "known here: a tag such as 1.30.3, or beside a private build's tag the annotation meshrev.io/version",
        ),
        (
            CANARY.replace("1.27.3-distroless", "1.27.99"),
            "overlays/prod/specs.yaml:7:3: IstioOperator/mesh: spec.tag: v1.27.99 is not known",
        ),
        (
            CANARY.replace("revision:", "revison:"),
            "overlays/prod/specs.yaml:8:3: IstioOperator/mesh: spec.revison: unknown field (did you mean revision?)",
        ),
        (
            CANARY.replace("minimal", "demo") + "---\n" + FIXED.replace("minimal", "demo").replace("mesh", "next"),
            "IstioOperator/next: spec.components.ingressGateways[0]: gateway istio-system/istio-ingressgateway is also "
            "of IstioOperator/mesh (overlays/prod/specs.yaml): take it out of one of them",
        ),
        (
            CANARY
            + "---\napiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: mesh}\nspec: {version: v1.27.3}\n",
            "the name mesh is also of Istio/mesh (overlays/prod/specs.yaml): take it out of one of them",
        ),
    ],
)
def test_what_is_wrong_with_it_is_told_with_its_line(tmp_path: Path, specs: str, line: str) -> None:
    repo = fleet_repo(tmp_path)
    repo.cluster("prod", specs)
    done = repo.meshrev("render", code=2)
    assert line in done.err
    assert repo.tree() == {}


def test_an_annotation_names_the_release_of_a_private_build(tmp_path: Path) -> None:
    private = CANARY.replace("1.27.3-distroless  # ours", "build-7").replace("revision: prod-1-27-3", "revision: r")
    private = private.replace("name: mesh\n", 'name: mesh\n  annotations: {meshrev.io/version: "v1.27.3"}\n')
    repo = committed(tmp_path, private.replace("istiod-prod-1-27-3", "istiod-r") + SPECS)
    repo.meshrev("promote", "--istio", "mesh", "--version", "1.27.9")
    assert 'meshrev.io/version: "v1.27.9"' in (repo.root / "overlays/prod/specs.yaml").read_text()
    assert (
        "docker.io/istio/pilot:build-7"
        in (repo.root / "rendered/prod/revisions/r/deployment-istiod-r.yaml").read_text()
    )
