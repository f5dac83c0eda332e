"""CustomResourceDefinitions from a vendored file: once for the fleet, only ever upgraded."""

from __future__ import annotations

import hashlib

import pytest
import yaml

from tests.support.builders import fleet_file, istio
from tests.support.fleet_repo import FleetRepo

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {name}.example.istio.io}}
spec:
  group: example.istio.io
  names: {{kind: Thing, plural: {name}}}
  scope: Namespaced
  versions:
  - {{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}
---
"""


def vendor(repo: FleetRepo, path: str, *names: str) -> str:
    file = repo.write(path, "".join(CRD.format(name=name) for name in names))
    return hashlib.sha256(file.read_bytes()).hexdigest()


def use(repo: FleetRepo, path: str, sha256: str, delivery: str = "none") -> None:
    spec = {"delivery": f"{{type: {delivery}}}", "crds": f"{{path: {path}, sha256: {sha256}}}"}
    repo.write("meshrev.yaml", fleet_file(**spec))


@pytest.fixture
def fleet(repo: FleetRepo) -> FleetRepo:
    use(repo, "crds/istio-1.24.2.yaml", vendor(repo, "crds/istio-1.24.2.yaml", "things", "others"))
    for name in ("a", "b"):
        repo.cluster(name, istio())
    repo.meshrev("render")
    return repo


def test_definitions_stand_once_and_every_cluster_refers_to_them(fleet: FleetRepo) -> None:
    files = sorted(path for path in fleet.tree("rendered/shared"))
    folder = "rendered/shared/crds/1.24.2"
    assert files == [
        f"{folder}/customresourcedefinition-others.example.istio.io.yaml",
        f"{folder}/customresourcedefinition-things.example.istio.io.yaml",
        f"{folder}/inventory.jsonl",
        f"{folder}/kustomization.yaml",
    ]
    for name in ("a", "b"):
        kustomization = yaml.safe_load((fleet.root / f"rendered/{name}/kustomization.yaml").read_text())
        assert kustomization["resources"][0] == "../shared/crds/1.24.2"
    fleet.meshrev("check")


@pytest.mark.parametrize("delivery", ["argocd", "flux"])
def test_definitions_are_never_pruned(repo: FleetRepo, delivery: str) -> None:
    use(repo, "crds/istio-1.24.2.yaml", vendor(repo, "crds/istio-1.24.2.yaml", "things"), delivery)
    repo.cluster("a", istio())
    repo.meshrev("render")
    file = repo.root / "rendered/shared/crds/1.24.2/customresourcedefinition-things.example.istio.io.yaml"
    annotations = yaml.safe_load(file.read_text())["metadata"]["annotations"]
    never_pruned = {
        "argocd": {
            "argocd.argoproj.io/sync-wave": "-20",
            "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
            "argocd.argoproj.io/sync-options": "Prune=false,Delete=false,ServerSideApply=true",
        },
        "flux": {"kustomize.toolkit.fluxcd.io/prune": "disabled"},
    }
    assert annotations == never_pruned[delivery]


def test_a_file_that_is_not_the_vendored_one_is_refused(fleet: FleetRepo) -> None:
    before = fleet.tree()
    vendor(fleet, "crds/istio-1.24.2.yaml", "things")
    assert "crds/istio-1.24.2.yaml: is not the file that was vendored" in fleet.meshrev("render", code=2).err
    assert fleet.tree() == before


def test_an_upgrade_adds_a_folder_and_keeps_the_other(fleet: FleetRepo) -> None:
    before = fleet.tree("rendered/shared")
    use(fleet, "crds/istio-1.24.3.yaml", vendor(fleet, "crds/istio-1.24.3.yaml", "things", "others", "more"))
    assert "shared/crds/1.24.3: 5 added" in fleet.meshrev("render").out
    after = fleet.tree("rendered/shared")
    assert before.items() <= after.items()
    fleet.meshrev("check")


def test_a_downgrade_is_refused(fleet: FleetRepo) -> None:
    use(fleet, "crds/istio-1.24.1.yaml", vendor(fleet, "crds/istio-1.24.1.yaml", "things"))
    wrong = fleet.meshrev("render", code=2).err
    assert "meshrev.yaml:4:79: Fleet/test: spec.crds.path" in wrong
    assert "only ever upgraded" in wrong


def test_a_file_whose_name_says_no_release_is_refused(fleet: FleetRepo) -> None:
    use(fleet, "crds/all.yaml", vendor(fleet, "crds/all.yaml", "things"))
    assert "must name its Istio release" in fleet.meshrev("render", code=2).err


def test_anything_else_in_the_file_is_refused(fleet: FleetRepo) -> None:
    file = fleet.write("crds/istio-1.24.3.yaml", CRD.format(name="things") + istio())
    use(fleet, "crds/istio-1.24.3.yaml", hashlib.sha256(file.read_bytes()).hexdigest())
    assert "Istio/default: only CustomResourceDefinitions belong in" in fleet.meshrev("render", code=2).err


def test_definitions_that_were_changed_by_hand_are_written_anew(fleet: FleetRepo) -> None:
    name = "rendered/shared/crds/1.24.2/customresourcedefinition-things.example.istio.io.yaml"
    good = (fleet.root / name).read_bytes()
    fleet.write(name, "x")
    assert f"differs {name}" in fleet.meshrev("check", code=1).out
    fleet.meshrev("render")
    assert (fleet.root / name).read_bytes() == good


@pytest.mark.parametrize("left", [[], ["things"]], ids=["empty", "one left"])
def test_a_vendored_file_that_lost_definitions_removes_none(fleet: FleetRepo, left: list[str]) -> None:
    before = fleet.tree()
    use(fleet, "crds/istio-1.24.2.yaml", vendor(fleet, "crds/istio-1.24.2.yaml", *left))
    (line,) = fleet.meshrev("render", code=2).err.splitlines()
    assert line.startswith("crds/istio-1.24.2.yaml: ")
    assert fleet.tree() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "a"),
        ("hydrate", "--cluster", "a", "--branch", "env/a"),
    ],
    ids=["promote", "hydrate"],
)
def test_definitions_that_were_not_rendered_go_into_no_commit_on_the_way(
    fleet: FleetRepo, arguments: tuple[str, ...]
) -> None:
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.com"), ("commit.gpgsign", "false")):
        fleet.git("config", key, value)
    use(fleet, "crds/istio-1.24.2.yaml", vendor(fleet, "crds/istio-1.24.2.yaml", "things", "others", "more"))
    head = fleet.commit("more definitions, not rendered")
    said = fleet.meshrev(*arguments, code=2).err
    assert said.startswith("rendered/shared/crds/1.24.2: is not what the specs at ")
    assert fleet.git("rev-parse", "HEAD").strip() == head
    assert fleet.git("branch", "--list", "env/a") == ""
