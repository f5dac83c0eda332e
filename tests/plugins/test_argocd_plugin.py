"""The Argo CD plugin as Argo CD runs it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import cluster_file, fleet_file
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.programs.argocd_repo_server import RepoServer
from tests.support.programs.kustomize import built, comparable, needs_kustomize

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.istio.io}
spec:
  group: example.istio.io
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
SPECS = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {{name: default}}
spec:
  version: {version}
  updateStrategy: {{type: {strategy}}}
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {{name: prod}}
spec: {{targetRef: {{kind: Istio, name: default}}}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{istio.io/rev: prod}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: last, namespace: shop}}
data: {{text: "on\\nand off\\n"}}
"""
OLD, NEW = "v1.24.2", "v1.24.3"


def specs(version: str = NEW, strategy: str = "RevisionBased") -> str:
    return SPECS.format(version=version, strategy=strategy)


def make(root: Path) -> FleetRepo:
    """Two clusters: `a` has a frozen revision and shares a definition, `b` is updated in place and has no tree."""
    repo = fleet_repo(root)
    digest = hashlib.sha256(repo.write("crds/istio-1.24.3.yaml", CRD).read_bytes()).hexdigest()
    crds = f"{{path: crds/istio-1.24.3.yaml, sha256: {digest}}}"
    repo.write("meshrev.yaml", fleet_file(delivery="{type: argocd}", crds=crds))
    repo.cluster("b", specs(strategy="InPlace"))
    for version in (OLD, NEW):
        repo.cluster("a", specs(version))
        repo.meshrev("render", "--cluster", "a")
    repo.commit("Both revisions")
    return repo


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """Not to be changed by a test."""
    return make(tmp_path_factory.mktemp("committed"))


@pytest.fixture
def fleet(committed: FleetRepo, tmp_path: Path) -> FleetRepo:
    """A copy, to be changed."""
    return FleetRepo(shutil.copytree(committed.root, tmp_path / "repo", symlinks=True))


@pytest.fixture
def argocd(committed: FleetRepo, tmp_path: Path) -> RepoServer:
    return RepoServer(committed.root, tmp_path)


def names(objects: list[Any]) -> list[str]:
    return [f"{item['kind']}/{item['metadata']['name']}" for item in objects]


@needs_kustomize
def test_the_output_is_what_kustomize_makes_of_the_committed_tree(argocd: RepoServer, tmp_path: Path) -> None:
    objects = argocd.generate("rendered/a").objects
    (expected,) = built([argocd.repo / "rendered/a"], tmp_path)
    assert comparable(objects) == comparable(expected)


def test_definitions_come_first_frozen_revisions_are_there_and_text_keeps_its_end(argocd: RepoServer) -> None:
    answer = argocd.generate("rendered/a")
    objects = answer.objects
    found = names(objects)
    assert found[0] == "CustomResourceDefinition/things.example.istio.io"
    assert {"Deployment/istiod-default-v1-24-2", "Deployment/istiod-default-v1-24-3"} <= set(found)
    assert objects[-1]["data"] == {"text": "on\nand off\n"}
    assert answer.err == ""


def test_the_cluster_is_named_by_parameter_then_environment_then_path(argocd: RepoServer) -> None:
    from_tree = argocd.generate("rendered/a")
    cluster_a, cluster_b = [{"name": "cluster", "string": "a"}], [{"name": "cluster", "string": "b"}]
    assert argocd.generate("overlays/a") == Same(from_tree)
    assert argocd.generate(".", parameters=cluster_a) == Same(from_tree)
    assert argocd.generate("crds", env={"MESHREV_CLUSTER": "a"}) == Same(from_tree)
    assert argocd.generate("overlays/b", parameters=cluster_a) == Same(from_tree)
    assert argocd.generate("rendered/a", env={"MESHREV_CLUSTER": "b"}) == Same(argocd.generate("overlays/b"))
    assert argocd.generate("rendered/a", parameters=cluster_b, env={"MESHREV_CLUSTER": "a"}) != Same(from_tree)


def test_an_overlay_means_its_cluster_also_where_that_is_called_otherwise(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.write("overlays/b/cluster.yaml", cluster_file("prod-b"))
    cluster, _ = json.loads(RepoServer(fleet.root, tmp_path).parameters("overlays/b").out)
    assert cluster["string"] == "prod-b"


class Same:
    """Equal to a successful answer with the same output."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def __eq__(self, other: object) -> bool:
        assert getattr(other, "code", None) == 0, getattr(other, "err", other)
        return bool(getattr(other, "out", None) == self._answer.out)


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (".", ". is no cluster's folder: let spec.source.path be rendered/CLUSTER"),
        ("rendered/a/tags", "rendered/a/tags is no cluster's folder"),
        ("rendered/shared", "there is no cluster shared (known: a, b)"),
    ],
)
def test_a_path_that_is_no_clusters_is_refused(argocd: RepoServer, app: str, message: str) -> None:
    answer = argocd.generate(app)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(message)


def test_an_unknown_cluster_is_refused(argocd: RepoServer) -> None:
    answer = argocd.generate("rendered/a", parameters=[{"name": "cluster", "string": "prod"}])
    assert (answer.code, answer.out, answer.err) == (2, "", "there is no cluster prod (known: a, b)")


def test_a_stale_tree_is_refused_with_what_differs(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.cluster("a", specs().replace("name: prod}", "name: stable}").replace("rev: prod", "rev: stable"))
    (fleet.root / "rendered/shared/crds/1.24.3/customresourcedefinition-things.example.istio.io.yaml").unlink()
    answer = RepoServer(fleet.root, tmp_path).generate("rendered/a")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines() == [
        "rendered/a: is not what the specs say (missing: tags/stable/kustomization.yaml, "
        "tags/stable/mutatingwebhookconfiguration-istio-revision-tag-stable.yaml; differs: inventory.jsonl, "
        "kustomization.yaml, namespaces/shop.yaml; extra: tags/prod/kustomization.yaml, "
        "tags/prod/mutatingwebhookconfiguration-istio-revision-tag-prod.yaml): "
        "run `meshrev render` and commit what it writes",
        "rendered/shared/crds/1.24.3: is not what the specs say (missing: "
        "customresourcedefinition-things.example.istio.io.yaml): run `meshrev render` and commit what it writes",
    ]


@pytest.mark.parametrize("excluded", [[], [".git"], [".git/*"]])
def test_a_changed_frozen_file_is_refused_with_or_without_history(
    fleet: FleetRepo, tmp_path: Path, excluded: list[str]
) -> None:
    file = "rendered/a/revisions/default-v1-24-2/service-istiod-default-v1-24-2.yaml"
    rendered = fleet.git("rev-parse", "HEAD").strip()
    fleet.write(file, "kind: Service\n")
    answer = RepoServer(fleet.root, tmp_path, excluded).generate("rendered/a")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"{file}: was changed since it was rendered, but its revision is frozen")
    assert (f"git checkout {rendered} -- {file}" in answer.err) is not excluded


def test_a_cluster_without_a_tree_is_rendered(fleet: FleetRepo, tmp_path: Path) -> None:
    in_memory = RepoServer(fleet.root, tmp_path).generate("overlays/b")
    assert "Deployment/istiod" in names(in_memory.objects)
    fleet.meshrev("render")
    assert RepoServer(fleet.root, tmp_path).generate("rendered/b") == Same(in_memory)


def test_an_alias_without_a_tree_is_told_of(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.cluster("b", specs("v1.24-latest", "InPlace"))
    answer = RepoServer(fleet.root, tmp_path).generate("overlays/b")
    assert "Deployment/istiod" in names(answer.objects)
    assert answer.err.startswith(
        "warning: overlays/b/specs.yaml:5:3: Istio/default: spec.version: v1.24-latest is an alias"
    )


def test_a_revision_based_istio_without_a_tree_is_refused(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.cluster("b", specs())
    answer = RepoServer(fleet.root, tmp_path).generate("overlays/b")
    assert (answer.code, answer.out) == (2, "")
    where, message = answer.err.split("is RevisionBased, ")
    assert where == "overlays/b/specs.yaml:6:20: Istio/default: spec.updateStrategy.type: "
    assert message.startswith("and rendered/b is not here")
    assert answer.err.endswith("would be forgotten; run `meshrev render` and commit what it writes")


@pytest.mark.parametrize("git", [True, False])
def test_a_tree_that_the_copy_leaves_out_is_refused(argocd: RepoServer, git: bool) -> None:
    argocd.excluded = ["rendered/a"] if git else ["rendered/a", ".git"]
    answer = argocd.generate("overlays/a")
    assert (answer.code, answer.out) == (2, "")
    assert (
        "is in the last commit but not here" if git else "is RevisionBased, and rendered/a is not here"
    ) in answer.err


def test_an_inventory_that_the_copy_leaves_out_is_refused(argocd: RepoServer) -> None:
    argocd.excluded = ["rendered/*/inventory.jsonl", "rendered/*/revisions/*/inventory.jsonl"]
    answer = argocd.generate("rendered/a")
    assert answer.code in (1, 2)
    assert answer.out == ""
    assert "inventory" in answer.err


@pytest.mark.parametrize("excluded", [[".git"], [".git/*"]])
def test_neither_history_nor_git_nor_a_writable_copy_is_needed(argocd: RepoServer, excluded: list[str]) -> None:
    usual = argocd.generate("rendered/a")
    argocd.excluded, argocd.path = excluded, ""
    assert argocd.generate("rendered/a", read_only=True) == Same(usual)


def test_what_an_earlier_command_left_beside_the_tree_is_not_looked_at(fleet: FleetRepo, tmp_path: Path) -> None:
    usual = RepoServer(fleet.root, tmp_path).generate("rendered/a")
    for name in ("lock", "inputs.json"):
        fleet.write(f"rendered/.meshrev/{name}", "not ours\n")
    assert RepoServer(fleet.root, tmp_path).generate("rendered/a") == Same(usual)


@pytest.mark.parametrize("name", ["journal", "staging/p1/a/kustomization.yaml"])
def test_a_change_that_was_cut_off_is_refused(fleet: FleetRepo, tmp_path: Path, name: str) -> None:
    fleet.write(f"rendered/.meshrev/{name}", "not ours\n")
    answer = RepoServer(fleet.root, tmp_path).generate("rendered/a")
    assert (answer.code, answer.out) == (2, "")
    assert "`meshrev render` finishes or undoes that" in answer.err


def test_two_runs_print_the_same_bytes_whatever_the_environment(argocd: RepoServer) -> None:
    usual = argocd.generate("rendered/a")
    argocd.system = {"PYTHONHASHSEED": "7", "LC_ALL": "POSIX", "TZ": "Asia/Tokyo", "FORCE_COLOR": "1"}
    assert argocd.generate("rendered/a") == Same(usual)


def test_at_the_deadline_it_ends_at_once_and_prints_nothing(fleet: FleetRepo, tmp_path: Path) -> None:
    object_ = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{}, namespace: x}}\ndata: {{k: v}}\n"
    many = "".join(object_.format(number) for number in range(20_000))
    fleet.cluster("b", specs(strategy="InPlace") + many)
    answer = RepoServer(fleet.root, tmp_path).generate("overlays/b", deadline=0.8)
    assert (answer.code, answer.out, answer.err) == (-15, "", "")
    assert answer.seconds < 0.8 + 1


def test_a_fleet_for_another_version_of_the_program_is_refused(fleet: FleetRepo, tmp_path: Path) -> None:
    text = (fleet.root / "meshrev.yaml").read_text()
    fleet.write("meshrev.yaml", text.replace("spec: {", 'spec: {requiredVersion: ">=99", '))
    answer = RepoServer(fleet.root, tmp_path).generate("rendered/a")
    assert (answer.code, answer.out) == (2, "")
    assert ">=99" in answer.err


def test_only_the_parts_that_were_asked_for_are_printed(argocd: RepoServer) -> None:
    everything = argocd.generate("rendered/a").objects
    crds, rest = (
        argocd.generate("rendered/a", parameters=[{"name": "parts", "array": parts}]).objects
        for parts in (["crds"], ["revisions", "extra", "mesh", "namespaces", "tags"])
    )
    assert crds + rest == everything
    assert names(crds) == ["CustomResourceDefinition/things.example.istio.io"]


def test_printing_nothing_is_refused_since_argo_cd_would_prune(argocd: RepoServer) -> None:
    answer = argocd.generate("rendered/a", parameters=[{"name": "parts", "array": ["cni", "ztunnel"]}])
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("cluster a has no object in the parts cni, ztunnel (it has crds, ")


def test_a_fleet_below_the_repositorys_root_is_found(committed: FleetRepo, tmp_path: Path) -> None:
    outer = tmp_path / "monorepo"
    outer.mkdir()
    for name in ("meshrev.yaml", "crds", "overlays", "rendered"):
        target = outer / "platform/mesh" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (committed.root / name).is_dir() else shutil.copy
        copy(committed.root / name, target)
    whole = RepoServer(outer, tmp_path)
    part = RepoServer(outer, tmp_path, below="platform/mesh")
    assert whole.generate("platform/mesh/rendered/a") == Same(part.generate("platform/mesh/rendered/a"))


def test_a_copy_without_the_whole_fleet_is_refused_and_nothing_above_it_is_read(argocd: RepoServer) -> None:
    argocd.below = "rendered"
    above = argocd.scratch / "tmp/_cmp_server/meshrev.yaml"
    above.parent.mkdir(parents=True)
    above.write_text(fleet_file())
    answer = argocd.generate("rendered/a")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("meshrev.yaml: there is no fleet in the Application's folder or above it")


def test_parameters_announces_the_cluster_that_the_path_means(argocd: RepoServer) -> None:
    for app in ("rendered/a", "overlays/a"):
        cluster, parts = json.loads(argocd.parameters(app).out)
        assert (cluster["name"], cluster["string"], cluster["required"]) == ("cluster", "a", False)
        assert (parts["name"], parts["collectionType"]) == ("parts", "array")
        announced = [{"name": parts["name"], "array": parts["array"]}]
        assert argocd.generate(app, parameters=announced) == Same(argocd.generate(app))


def test_parameters_asks_for_a_cluster_where_none_is_meant(argocd: RepoServer) -> None:
    cluster, _ = json.loads(argocd.parameters(".").out)
    assert cluster["required"]
    assert "string" not in cluster


def test_parameters_are_announced_of_a_broken_fleet_too(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.write("meshrev.yaml", "kind: [\n")
    answer = RepoServer(fleet.root, tmp_path).parameters("rendered/a")
    assert [item["name"] for item in json.loads(answer.out)] == ["cluster", "parts"]
    assert "meshrev.yaml" in answer.err
