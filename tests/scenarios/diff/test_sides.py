"""What is compared: which sides, folders and files, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.scenarios.diff.upgrades import MESH, WORKLOADS, istio, rendered
from tests.support.builders import fleet_file
from tests.support.fleet_repo import FleetRepo, fleet_repo


def test_nothing_differs_between_a_revision_and_itself(upgrade: FleetRepo) -> None:
    for arguments in (["HEAD", "HEAD"], ["HEAD"], []):
        assert "no object differs in 3 clusters" in upgrade.meshrev("diff", *arguments).out
    found = upgrade.meshrev("diff", "-o", "json").json
    assert found["changes"] == found["moves"] == found["restarts"] == []
    assert "no object differs" in upgrade.meshrev("diff", "-o", "markdown").out


def test_without_a_second_revision_it_is_the_working_tree(upgrade: FleetRepo) -> None:
    upgrade.cluster("one", istio("v1.24.3", minimum=4) + MESH + WORKLOADS)
    upgrade.meshrev("render")
    out = upgrade.meshrev("diff").out
    assert "-> working tree: 1 of 3 clusters differ" in out
    assert "~ spec.minReplicas: 1 -> 4" in out
    assert "Blast radius: no namespace or workload gets another revision or version" in out
    assert "Restart: nothing has to be restarted" in out


def test_a_file_that_no_inventory_lists_is_not_compared_but_told(upgrade: FleetRepo) -> None:
    upgrade.write("rendered/one/extra/stranger.yaml", "kind: Thing\n")
    done = upgrade.meshrev("diff")
    assert "one/extra/stranger.yaml: is in no inventory: not compared" in done.err
    assert "Thing" not in done.out


def test_a_file_that_is_no_object_any_more_is_told(upgrade: FleetRepo) -> None:
    upgrade.write("rendered/one/namespaces/shop.yaml", "<<<<<<< ours\n")
    done = upgrade.meshrev("diff")
    assert "one/namespaces/shop.yaml: is not the YAML of one object" in done.err
    assert "~ File/namespaces/shop.yaml" in done.out


def test_files_that_only_look_different_are_told(upgrade: FleetRepo) -> None:
    path = "rendered/one/namespaces/shop.yaml"
    upgrade.write(path, (upgrade.root / path).read_text() + "# by hand\n")
    out = upgrade.meshrev("diff").out
    assert "no object differs in 3 clusters" in out
    assert "Files differ but no object (inventories, formatting)\n  one\n" in out


def test_each_side_has_the_output_folder_that_its_own_fleet_names(upgrade: FleetRepo) -> None:
    upgrade.write("meshrev.yaml", fleet_file(output="made"))
    upgrade.git("mv", "rendered", "made")
    upgrade.commit("move the output")
    assert "no object differs in 3 clusters" in upgrade.meshrev("diff", "HEAD~1", "HEAD").out
    assert "3 of 3 clusters differ" in upgrade.meshrev("diff", "HEAD~2").out


def test_before_the_fleet_there_was_nothing(repo: FleetRepo) -> None:
    repo.git("rm", "-q", "--cached", "--ignore-unmatch", "meshrev.yaml")
    (repo.root / "README").write_text("x\n")
    repo.git("add", "README")
    repo.git("commit", "-qm", "no fleet yet")
    rendered(repo, "the fleet", one=istio() + MESH)
    assert "1 of 1 cluster differs" in repo.meshrev("diff", "HEAD~1", "HEAD").out
    repo.git("rm", "-q", "-r", "--cached", ".")
    assert "there is no fleet here, in HEAD~1" in repo.meshrev("diff", "HEAD~1", "HEAD~1", code=2).err


def test_a_fleet_in_a_folder_of_its_repository_is_compared_there(tmp_path: Path) -> None:
    outer = fleet_repo(tmp_path)
    inner = FleetRepo(tmp_path / "infra")
    inner.root.mkdir()
    inner.write("meshrev.yaml", fleet_file())
    rendered(inner, "before", one=istio() + MESH)
    inner.cluster("one", istio(minimum=3) + MESH)
    inner.meshrev("render")
    assert "~ spec.minReplicas: 1 -> 3" in inner.meshrev("diff").out
    assert "~ spec.minReplicas: 1 -> 3" in outer.meshrev("-C", "infra", "diff").out


def test_definitions_that_clusters_share_are_compared_with_the_release_before(repo: FleetRepo) -> None:
    def vendored(release: str, description: str) -> None:
        text = f"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things.example.io}}
spec: {{group: example.io, scope: Cluster, versions: [{{name: v1, {description}}}]}}
"""
        path = f"crds/istio-{release}.yaml"
        digest = hashlib.sha256(repo.write(path, text).read_bytes()).hexdigest()
        repo.write("meshrev.yaml", fleet_file(crds=f"{{path: {path}, sha256: {digest}}}"))

    vendored("1.24.2", "served: true")
    rendered(repo, "before", one=istio() + MESH)
    vendored("1.24.3", "served: false")
    rendered(repo, "after", one=istio() + MESH)
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "Changes in one\n  ~ CRDs 1.24.2 -> 1.24.3\n" in out
    shared = out.split("Changes in what clusters share")[1]
    assert "spec.versions[v1].served: true -> false" in shared


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "nope names no commit of this repository"),
        (["mian"], "did you mean main?"),
        (["HEAD", "nope"], "nope names no commit"),
        (["HEAD~1..HEAD"], "`meshrev diff HEAD~1 HEAD`"),
        (["--", "--output=/tmp/x"], "names no commit"),
    ],
)
def test_a_wrong_revision_is_one_clear_line(upgrade: FleetRepo, arguments: list[str], said: str) -> None:
    done = upgrade.meshrev("diff", *arguments, code=2)
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert not done.out


def test_a_shallow_clone_says_how_to_get_the_rest(upgrade: FleetRepo, tmp_path: Path) -> None:
    upgrade.git("clone", "-q", "--depth=1", upgrade.root.as_uri(), str(tmp_path / "shallow"))
    done = FleetRepo(tmp_path / "shallow").meshrev("diff", "HEAD~1", code=2)
    assert "fetch-depth: 0" in done.err
    assert len(done.err.splitlines()) == 1
