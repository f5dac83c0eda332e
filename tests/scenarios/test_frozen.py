"""A frozen revision is what a commit rendered: no inventory that was changed with it passes it off as such."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fleet_repo import Done, FleetRepo
from tests.support.fleets.frozen import MESH, OLD, SPECS, bring, frozen_fleet, tamper

CHECKS: dict[str, Callable[[FleetRepo], Done]] = {
    "check": lambda repo: repo.meshrev("check", code=None),
    "check --staged": lambda repo: repo.meshrev("check", "--staged", code=None),
    "check --base": lambda repo: repo.meshrev("check", "--base", "trusted", code=None),
    "lint --base": lambda repo: repo.meshrev("lint", "--base", "trusted", code=None),
    "cmp generate": lambda repo: repo.meshrev("cmp", "generate", code=None, ARGOCD_ENV_MESHREV_CLUSTER="east"),
}
THAW = """\
---
apiVersion: sailoperator.io/v1
kind: IstioRevision
metadata: {name: default-v1-24-2}
spec:
  version: v1.24.2
  namespace: istio-system
  values:
    revision: default-v1-24-2
    global: {istioNamespace: istio-system}
    pilot: {autoscaleMin: 4}
"""
ALL = pytest.mark.parametrize("how", CHECKS)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """A fleet with a frozen revision; `trusted` is a branch at its last commit. Tests copy it."""
    repo = frozen_fleet(tmp_path_factory.mktemp("origin"))
    repo.git("branch", "trusted")
    return repo


@pytest.fixture
def fleet(origin: FleetRepo, tmp_path: Path) -> FleetRepo:
    shutil.copytree(origin.root, tmp_path / "fleet")
    return FleetRepo(tmp_path / "fleet")


def passes(repo: FleetRepo, *how: str) -> None:
    """Nothing is said of frozen revisions, by those checks or by all."""
    for name in how or CHECKS:
        done = CHECKS[name](repo)
        assert done.code == 0, f"{name}: {done.out}{done.err}"
        assert "frozen" not in done.err, name


@ALL
def test_a_frozen_revision_that_nobody_touched_passes(fleet: FleetRepo, how: str) -> None:
    passes(fleet, how)


@ALL
def test_a_webhook_changed_with_its_inventories_and_committed_is_refused(fleet: FleetRepo, how: str) -> None:
    rendered = fleet.git("rev-parse", "HEAD~2").strip()
    webhook = tamper(fleet)
    by = fleet.commit("harmless")
    done = CHECKS[how](fleet)
    assert done.code == 2
    assert f"{webhook}: was changed by commit {by[:10]}, but its revision is frozen" in done.err
    assert f"git checkout {rendered} -- {OLD}, take the line" in done.err


@ALL
def test_a_webhook_changed_with_its_inventories_and_staged_is_refused(fleet: FleetRepo, how: str) -> None:
    webhook = tamper(fleet)
    fleet.git("add", "-A")
    done = CHECKS[how](fleet)
    assert done.code == 2
    assert f"{webhook}: was changed and that is not committed, but its revision is frozen" in done.err


@ALL
def test_a_webhook_changed_with_its_inventories_on_the_disk_alone_is_refused(fleet: FleetRepo, how: str) -> None:
    tamper(fleet)
    done = CHECKS[how](fleet)
    assert done.code == (0 if "--staged" in how else 2)
    if "--staged" not in how:
        assert "was changed and that is not committed, but its revision is frozen" in done.err


def test_what_is_said_to_do_puts_it_right(fleet: FleetRepo) -> None:
    tamper(fleet)
    fleet.commit("harmless")
    said = fleet.meshrev("check", code=2).err
    command, _, line = said.partition("git ")[2].partition(", take the line of ")
    listed, _, inventory = line.partition(", and")[0].partition(" out of ")
    fleet.git(*command.split())
    kept = [one for one in (fleet.root / inventory).read_text().splitlines(keepends=True) if listed not in one]
    fleet.write(inventory, "".join(kept))
    fleet.meshrev("render")
    fleet.commit("as it was")
    passes(fleet)


@ALL
def test_a_frozen_revision_that_no_commit_rendered_is_refused(fleet: FleetRepo, how: str) -> None:
    bring(fleet, "v1.24.4")
    fleet.git("checkout", "-q", "HEAD~", "--", SPECS)
    fleet.meshrev("render")
    fleet.git("reset", "-q", "--soft", "HEAD~")
    fleet.git("commit", "-qm", "one more revision, that nothing asked for")
    done = CHECKS[how](fleet)
    assert done.code == 2
    assert "default-v1-24-4/inventory.jsonl: is of a frozen revision that was brought in by commit" in done.err


def test_a_change_that_freezes_a_revision_may_not_change_it_too(fleet: FleetRepo) -> None:
    bring(fleet, "v1.24.4")
    tamper(fleet, "rendered/east/revisions/default-v1-24-3")
    fleet.git("add", "-A")
    fleet.git("commit", "-q", "--amend", "--no-edit")
    for how in ("check", "check --base", "lint --base"):
        assert "default-v1-24-3" in CHECKS[how](fleet).err


def test_a_cluster_that_was_taken_away_and_brought_back_changed_is_no_beginning(fleet: FleetRepo) -> None:
    shutil.copytree(fleet.root / "rendered/east", fleet.root.parent / "east")
    shutil.rmtree(fleet.root / "rendered/east")
    fleet.commit("gone")
    shutil.copytree(fleet.root.parent / "east", fleet.root / "rendered/east")
    fleet.commit("back as it was")
    passes(fleet, "check", "check --staged", "cmp generate")
    tamper(fleet)
    fleet.git("add", "-A")
    fleet.git("commit", "-q", "--amend", "-m", "back with a change")
    assert "but its revision is frozen" in fleet.meshrev("check", code=2).err


def test_a_renamed_output_is_the_same_tree(fleet: FleetRepo) -> None:
    fleet.git("mv", "rendered", "trees")
    meshrev = fleet.root / "meshrev.yaml"
    meshrev.write_text(meshrev.read_text().replace("output: rendered", "output: trees"))
    fleet.commit("another folder")
    passes(fleet, "check", "check --staged", "cmp generate")


def test_a_renamed_output_hides_no_change(fleet: FleetRepo) -> None:
    tamper(fleet)
    fleet.git("mv", "rendered", "trees")
    meshrev = fleet.root / "meshrev.yaml"
    meshrev.write_text(meshrev.read_text().replace("output: rendered", "output: trees"))
    fleet.commit("another folder")
    assert "frozen" in fleet.meshrev("check", code=2).err


def test_a_repository_may_begin_with_frozen_revisions(fleet: FleetRepo) -> None:
    shutil.rmtree(fleet.root / ".git")
    fleet.git("init", "-q", "-b", "main")
    fleet.commit("brought from elsewhere")
    fleet.git("branch", "trusted")
    fleet.write("README.md", "more\n")
    fleet.commit("words")
    passes(fleet)
    tamper(fleet)
    fleet.commit("harmless")
    assert "frozen" in fleet.meshrev("check", code=2).err


def test_without_git_a_note_says_what_was_not_compared(fleet: FleetRepo) -> None:
    shutil.rmtree(fleet.root / ".git")
    for how in ("check", "cmp generate"):
        done = CHECKS[how](fleet)
        assert done.code == 0
        assert done.err.count("info: 1 frozen revision is as the inventories say, but not compared") == 1


def test_a_shallow_clone_says_what_it_cannot_compare_and_a_base_needs_no_history(
    fleet: FleetRepo, tmp_path: Path
) -> None:
    fleet.git("clone", "-q", "--depth", "1", "--no-single-branch", fleet.root.as_uri(), str(tmp_path / "shallow"))
    shallow = FleetRepo(tmp_path / "shallow")
    assert "this clone is shallow" in shallow.meshrev("check").err
    assert "frozen" not in shallow.meshrev("check", "--base", "origin/trusted").err
    tamper(shallow)
    assert "frozen" in shallow.meshrev("check", code=2).err


def test_an_older_program_that_was_asked_for_once_is_no_hindrance(fleet: FleetRepo) -> None:
    """The specs of an old commit may say that this program is too new for them."""
    shutil.rmtree(fleet.root / ".git")
    shutil.rmtree(fleet.root / "rendered")
    fleet.git("init", "-q", "-b", "main")
    fleet.write("README.md", "nothing yet\n")
    fleet.commit("nothing yet")
    fleet.write(SPECS, fleet.root.joinpath(SPECS).read_text().replace("v1.24.3", "v1.24.2"))
    fleet.meshrev("render")
    meshrev = fleet.root / "meshrev.yaml"
    now = meshrev.read_text()
    meshrev.write_text(now.replace("spec: {", 'spec: {requiredVersion: "<0.1", '))
    fleet.commit("rendered by an old program")
    meshrev.write_text(now)
    fleet.commit("any program")
    bring(fleet, "v1.24.3")
    fleet.git("branch", "trusted")
    passes(fleet)


def thawed(repo: FleetRepo) -> None:
    """Two commits: one names the frozen revision in a spec of its own and changes it, one takes the spec back."""
    before = (repo.root / SPECS).read_text()
    repo.write(SPECS, before + THAW)
    repo.meshrev("render")
    repo.commit("thawed")
    repo.write(SPECS, before)
    repo.meshrev("render")
    repo.commit("frozen again")


def test_a_request_that_thaws_and_freezes_again_is_believed_by_its_own_history_alone(fleet: FleetRepo) -> None:
    thawed(fleet)
    passes(fleet, "check", "check --staged", "cmp generate")
    for how in ("check --base", "lint --base"):
        assert "but its revision is frozen" in CHECKS[how](fleet).err


def test_what_commits_after_the_base_rendered_before_they_froze_it_is_believed_where_it_renders_again(
    fleet: FleetRepo,
) -> None:
    specs = (fleet.root / SPECS).read_text()
    fleet.write(SPECS, specs.replace("  namespace: istio", "  values: {pilot: {autoscaleMin: 3}}\n  namespace: istio"))
    fleet.meshrev("render")
    fleet.commit("values")
    bring(fleet, "v1.24.4")
    bring(fleet, "v1.24.5")
    passes(fleet)
    tamper(fleet, "rendered/east/revisions/default-v1-24-3")
    fleet.commit("harmless")
    for how in CHECKS:
        assert "default-v1-24-3" in CHECKS[how](fleet).err


def test_a_commit_after_the_base_cannot_pass_off_what_its_specs_do_not_render(fleet: FleetRepo) -> None:
    bring(fleet, "v1.24.4")
    tamper(fleet, "rendered/east/revisions/default-v1-24-4")
    fleet.commit("changed while it is active, which only a check of this commit would see")
    bring_without_rendering(fleet)
    for how in ("check --base", "lint --base"):
        assert "default-v1-24-4" in CHECKS[how](fleet).err


def bring_without_rendering(repo: FleetRepo) -> None:
    """The next version, with a tree in which the changed revision was left as it is: it is frozen from now on."""
    specs = (repo.root / SPECS).read_text()
    repo.write(SPECS, specs.replace("v1.24.4", "v1.24.5"))
    repo.meshrev("render")
    repo.commit("Istio v1.24.5")


def test_a_base_that_is_no_commit_is_an_error_also_where_nothing_is_frozen(fleet: FleetRepo) -> None:
    fleet.git("checkout", "-q", "HEAD~2")
    assert "nowhere names no commit" in fleet.meshrev("check", "--base", "nowhere", code=2).err


def test_a_cluster_that_asks_for_another_version_cannot_keep_its_changed_tree_from_the_check(fleet: FleetRepo) -> None:
    fleet.cluster("east", MESH.format(version="v1.24.3"), requiredVersion='"<0.1"')
    fleet.commit("left to another version")
    assert fleet.meshrev("check", "--base", "trusted").code == 0  # its tree is as it was
    tamper(fleet)
    fleet.commit("harmless")
    done = fleet.meshrev("check", "--base", "trusted", code=None)
    assert done.code == 2
    assert "is not as in trusted, and its cluster asks for another version" in done.err
    assert done.err.startswith("rendered/east/")
