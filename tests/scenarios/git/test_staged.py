"""What a commit would hold: `check --staged` and `render --exit-code`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.builders import istio, namespace
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.one_cluster import CART, MESH, NAMESPACE, SPECS, committed_fleet


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return committed_fleet(tmp_path_factory.mktemp("committed"))


@pytest.fixture
def fleet(committed: FleetRepo, tmp_path: Path) -> FleetRepo:
    shutil.copytree(committed.root, tmp_path / "fleet")
    return FleetRepo(tmp_path / "fleet")


def test_what_is_committed_passes(fleet: FleetRepo) -> None:
    assert fleet.meshrev("check", "--staged").out == "1 cluster is staged as the specs say\n"


def test_an_output_that_is_not_added_is_missing_from_what_is_staged(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "-u")
    fleet.meshrev("check")
    done = fleet.meshrev("check", "--staged", code=1)
    assert f"missing {CART}" in done.out
    assert "git add" in done.out


def test_a_spec_that_is_not_added_is_missing_from_what_is_staged(fleet: FleetRepo) -> None:
    fleet.write("overlays/east/more.yaml", NAMESPACE)
    fleet.write("overlays/east/kustomization.yaml", "resources: [specs.yaml, more.yaml]\n")
    fleet.meshrev("render")
    fleet.git("add", "overlays/east/kustomization.yaml", "rendered")
    fleet.meshrev("check")
    assert "more.yaml does not exist" in fleet.meshrev("check", "--staged", code=2).err


def test_a_spec_that_is_only_announced_is_not_staged(fleet: FleetRepo) -> None:
    fleet.write("overlays/east/more.yaml", NAMESPACE)
    fleet.write("overlays/east/kustomization.yaml", "resources: [specs.yaml, more.yaml]\n")
    fleet.meshrev("render")
    fleet.git("add", "overlays/east/kustomization.yaml", "rendered")
    fleet.git("add", "-N", "overlays/east/more.yaml")
    assert "more.yaml does not exist" in fleet.meshrev("check", "--staged", code=2).err


def test_an_edit_that_is_not_staged_changes_nothing(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("check", code=1)
    fleet.meshrev("check", "--staged")


def test_a_staged_spec_without_its_tree_fails(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.git("add", SPECS)
    fleet.meshrev("render")
    assert f"missing {CART}" in fleet.meshrev("check", "--staged", code=1).out


def test_a_removed_frozen_file_still_names_the_commit_to_take_it_from(repo: FleetRepo) -> None:
    shop = namespace("shop", "istio.io/rev: mesh-v1-24-2")
    repo.cluster("east", istio(name="mesh") + shop)
    repo.meshrev("render")
    repo.write(SPECS, istio("v1.24.3", "mesh") + shop)
    repo.meshrev("render")
    commit = repo.commit("both revisions")
    file = "rendered/east/revisions/mesh-v1-24-2/configmap-istio-mesh-v1-24-2.yaml"
    repo.git("rm", "-q", file)
    assert f"git checkout {commit} -- {file}" in repo.meshrev("check", "--staged", GIT_DIR="/nowhere", code=2).err


def test_the_index_of_the_commit_that_is_being_made_counts(fleet: FleetRepo) -> None:
    """`git commit FILE` makes an index of its own, and names it to the hook."""
    fleet.write(SPECS, MESH + NAMESPACE)
    other = fleet.root / ".git" / "next-index-1.lock"
    shutil.copy(fleet.root / ".git" / "index", other)
    fleet.meshrev("check", "--staged", GIT_INDEX_FILE=str(other))
    os.environ["GIT_INDEX_FILE"] = str(other)
    try:
        fleet.git("add", SPECS)
    finally:
        del os.environ["GIT_INDEX_FILE"]
    fleet.meshrev("check", "--staged")
    fleet.meshrev("check", "--staged", GIT_INDEX_FILE=str(other), code=1)
    fleet.meshrev("check", "--staged", GIT_INDEX_FILE=".git/next-index-1.lock", code=1)


def test_another_repositorys_variables_lead_nowhere(fleet: FleetRepo, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = FleetRepo(tmp_path_factory.mktemp("other"))
    other.git("init", "-q")
    hook = {"GIT_DIR": f"{other.root}/.git", "GIT_WORK_TREE": str(other.root), "GIT_PREFIX": "x/"}
    hook["GIT_INDEX_FILE"] = f"{other.root}/.git/index"
    assert "1 cluster is staged" in fleet.meshrev("check", "--staged", **hook).out
    fleet.meshrev("render", "--exit-code", **hook)


def test_what_a_sparse_checkout_leaves_out_is_checked_too(fleet: FleetRepo) -> None:
    fleet.cluster("west", MESH)
    fleet.meshrev("render")
    fleet.commit("second")
    fleet.git("sparse-checkout", "set", "overlays/east", "rendered/east")
    assert not (fleet.root / "overlays/west").exists()
    assert fleet.meshrev("check", "--staged").out == "2 clusters are staged as the specs say\n"
    fleet.meshrev("render", "--exit-code")


def test_a_fleet_below_the_top_of_its_repository_is_found(repo: FleetRepo) -> None:
    inner = FleetRepo(repo.root / "mesh")
    inner.write("meshrev.yaml", (repo.root / "meshrev.yaml").read_text())
    inner.cluster("east", MESH)
    inner.meshrev("render")
    repo.git("add", "mesh")
    inner.meshrev("check", "--staged")
    inner.meshrev("render", "--exit-code")
    (inner.root / CART.replace("cart", "shop")).unlink()
    assert "rendered/east/namespaces/shop.yaml" in inner.meshrev("check", code=1).out
    inner.meshrev("check", "--staged")


def test_an_unresolved_merge_is_told(fleet: FleetRepo) -> None:
    fleet.git("checkout", "-qb", "side")
    fleet.write(SPECS, MESH.replace("shop", "left"))
    fleet.commit("left")
    fleet.git("checkout", "-q", "main")
    fleet.write(SPECS, MESH.replace("shop", "right"))
    fleet.commit("right")
    with pytest.raises(Exception, match="merge"):
        fleet.git("merge", "side")
    assert fleet.meshrev("check", "--staged", code=2).err.startswith(f"{SPECS}: is in a merge conflict")


def test_without_a_repository_nothing_is_staged(repo: FleetRepo) -> None:
    shutil.rmtree(repo.root / ".git")
    repo.cluster("east", MESH)
    assert "is in no git repository" in repo.meshrev("check", "--staged", code=2).err
    repo.meshrev("render", "--exit-code", code=1)
    repo.meshrev("render", "--exit-code")


def test_without_git_a_render_still_says_whether_it_wrote(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.meshrev("render", "--exit-code", PATH=str(tmp_path / "nothing"))
    done = fleet.meshrev("check", "--staged", PATH=str(tmp_path / "nothing"), code=2)
    assert "git is not installed" in done.err


def test_a_render_that_writes_fails_and_names_what_to_add(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH + NAMESPACE)
    done = fleet.meshrev("render", "--exit-code", code=1)
    assert done.out == "east: 1 added, 2 changed\n"
    assert f"  {CART}\n" in done.err
    assert done.err.endswith("stage what was rendered: git add -A -- rendered/east\n")


def test_a_render_fails_until_everything_is_added(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "-u")
    done = fleet.meshrev("render", "--exit-code", code=1)
    assert done.out == "1 cluster unchanged\n"
    assert f"  {CART}\n" in done.err
    fleet.git("add", "-A", "--", "rendered/east")
    assert fleet.meshrev("render", "--exit-code").err == ""


def test_a_removed_output_is_to_be_staged_too(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.commit("two namespaces")
    (fleet.root / "overlays/east/specs.yaml").write_text(MESH)
    assert f"  {CART}\n" in fleet.meshrev("render", "--exit-code", code=1).err
    assert f"  {CART}\n" in fleet.meshrev("render", "--exit-code", code=1).err
    fleet.git("add", "-A")
    fleet.meshrev("render", "--exit-code")


def test_an_ignored_output_is_told_as_such(fleet: FleetRepo) -> None:
    fleet.write(".gitignore", "cart*\n")
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "-A")
    assert f"  {CART}  (ignored: see .gitignore)\n" in fleet.meshrev("render", "--exit-code", code=1).err


def test_other_peoples_files_hold_nobody_up(fleet: FleetRepo) -> None:
    fleet.write("rendered/east/namespaces/notes.txt", "mine\n")
    fleet.write("rendered/README.txt", "mine\n")
    fleet.write("notes.txt", "mine\n")
    fleet.meshrev("render", "--exit-code")
    fleet.meshrev("check", "--staged")


def test_without_the_option_a_render_that_writes_is_done(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH + NAMESPACE)
    assert "git add" not in fleet.meshrev("render").err


def test_files_that_no_spec_reads_may_lie_around_untracked(fleet: FleetRepo) -> None:
    fleet.write("notes/more.yaml", "not: a spec\n")
    assert fleet.meshrev("check", "--staged").out == "1 cluster is staged as the specs say\n"


def test_an_untracked_file_that_a_spec_reads_from_elsewhere_is_missing(fleet: FleetRepo) -> None:
    fleet.write("shared/kustomization.yaml", "resources: [cart.yaml]\n")
    fleet.write("overlays/east/kustomization.yaml", "resources: [specs.yaml, ../../shared]\n")
    fleet.write("shared/cart.yaml", NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "-A")
    fleet.git("reset", "-q", "--", "shared/cart.yaml")
    fleet.meshrev("check")
    assert "cart.yaml does not exist" in fleet.meshrev("check", "--staged", code=2).err
    fleet.git("reset", "-q", "--", "shared")
    assert "does not exist" in fleet.meshrev("check", "--staged", code=2).err


def test_an_ignored_spec_is_missing(fleet: FleetRepo) -> None:
    fleet.write("overlays/east/kustomization.yaml", "resources: [specs.yaml, cart.yaml]\n")
    fleet.write("overlays/east/cart.yaml", NAMESPACE)
    fleet.meshrev("render")
    fleet.write(".gitignore", "/overlays/**/cart.yaml\n")
    fleet.git("add", "-A")
    fleet.meshrev("check")
    assert "cart.yaml does not exist" in fleet.meshrev("check", "--staged", code=2).err


def test_a_cluster_that_is_not_added_is_not_there_yet(fleet: FleetRepo) -> None:
    fleet.cluster("west", MESH)
    fleet.meshrev("render")
    assert fleet.meshrev("check", "--staged").out == "1 cluster is staged as the specs say\n"
    fleet.git("add", "overlays")
    assert "missing rendered/west/" in fleet.meshrev("check", "--staged", code=1).out


def test_a_change_that_git_was_told_not_to_look_at_is_not_staged(fleet: FleetRepo) -> None:
    fleet.git("update-index", "--assume-unchanged", SPECS)
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("check", code=1)
    fleet.meshrev("check", "--staged")


def test_wrong_specs_are_told_whatever_lies_around(fleet: FleetRepo) -> None:
    fleet.write(SPECS, MESH.replace("v1.24.2", "v9.9.9"))
    fleet.git("add", SPECS)
    assert "v9.9.9" in fleet.meshrev("check", "--staged", code=2).err
    fleet.write("notes.txt", "mine\n")
    assert "v9.9.9" in fleet.meshrev("check", "--staged", code=2).err
