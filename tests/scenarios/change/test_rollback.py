"""Taking operations back from the outside: specs, tree and who serves whom, whatever happened since."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import changed, promotable, served, trailers
from tests.support.git.history import ODD_TIMES, at_time, give_time

OLD, NEW = "default-v1-24-2", "default-v1-24-3"


@pytest.fixture(scope="module")
def template(template: FleetRepo, tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """A version came in to all clusters, then tag prod moved to it in eu."""
    fleet = FleetRepo(shutil.copytree(template.root, tmp_path_factory.mktemp("fleet") / "fleet"))
    fleet.git("tag", "start")
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    fleet.git("tag", "came-in")
    fleet.meshrev("promote", "--tag", "prod", "--to", NEW, "--cluster", "eu")
    fleet.git("tag", "moved")
    return fleet


def operation(fleet: FleetRepo, commit: str = "HEAD") -> str:
    return trailers(fleet, commit)["Meshrev-Operation"]


def retired(fleet: FleetRepo) -> None:
    """Nobody uses the old revision any more, and it is gone."""
    fleet.meshrev("promote", "--tag", "prod", "--to", NEW)
    fleet.meshrev("promote", "--tag", "default", "--to", NEW)
    fleet.meshrev("retire", OLD, "--without-observation")


def same(fleet: FleetRepo, one: str, other: str, *paths: str) -> bool:
    return not fleet.git("diff", "--name-only", one, other, "--", *paths)


def test_the_last_one_goes_back_byte_for_byte_and_twice_is_nothing(fleet: FleetRepo) -> None:
    done = fleet.meshrev("rollback")
    assert "1 namespace gets another proxy" in done.out
    step = "kubectl --context eu apply --server-side --force-conflicts -k rendered/eu"
    assert done.out.endswith(f"once the branch has it, in the clusters:\n  {step}\n")
    assert same(fleet, "came-in", "HEAD")
    assert served(fleet, "eu")["cart"] == OLD
    assert trailers(fleet)["Meshrev-Undoes"] == operation(fleet, "moved")
    again = fleet.meshrev("rollback").out
    assert again.startswith("nothing to do") and "--operation ID names an earlier one" in again
    assert fleet.meshrev("rollback", "--operation", operation(fleet, "moved")).out.startswith("nothing to do")


def test_an_older_one_goes_back_with_what_others_did_since_kept_and_its_revision_stays(fleet: FleetRepo) -> None:
    base = fleet.root / "base/istio.yaml"
    base.write_text(base.read_text().replace("# what all clusters share", "# what all of our clusters share"))
    fleet.write("README.md", "ours\n")
    fleet.commit("others at work")
    fleet.meshrev("rollback", "--operation", operation(fleet, "came-in"))
    assert fleet.git("diff", "start", "HEAD", "--stat", "--", "base", "README.md").count("|") == 2
    assert "version: v1.24.2 " in base.read_text()
    assert "of our clusters" in base.read_text()
    assert same(fleet, "moved", "HEAD", "overlays", "rendered/eu/revisions")
    assert served(fleet, "eu") == {"cart": NEW, "catalog": OLD, "etl": None}
    fleet.meshrev("check")


def test_all_since_a_commit_goes_back_at_once(fleet: FleetRepo) -> None:
    fleet.meshrev("rollback", "--to", "start")
    assert same(fleet, "start", "HEAD", "base", "overlays")
    assert fleet.git("show", "-s", "--format=%B").count("Meshrev-Undoes: ") == 2
    assert {name: served(fleet, name)["cart"] for name in ("eu", "us")} == {"eu": OLD, "us": OLD}
    assert fleet.meshrev("rollback", "--to", "start").out.startswith("nothing to do")
    fleet.git("branch", "other", "start")
    fleet.git("checkout", "-q", "other")
    fleet.git("commit", "-q", "--allow-empty", "-m", "elsewhere")
    fleet.git("checkout", "-q", "main")
    assert "other is not in the history of this branch" in fleet.meshrev("rollback", "--to", "other", code=2).err


def test_lines_that_somebody_else_changed_since_are_not_taken_back(fleet: FleetRepo) -> None:
    base = fleet.root / "base/istio.yaml"
    base.write_text(base.read_text().replace("version: v1.24.3 ", "version: v1.24.4 "))
    fleet.meshrev("render")
    fleet.commit("by hand")
    done = fleet.meshrev("rollback", "--operation", operation(fleet, "came-in"), code=2)
    assert done.err.startswith("base/istio.yaml: the lines that are to be taken back were changed since: ")
    assert done.err.count("\n") == 1


def test_one_on_which_a_later_one_builds_is_not_taken_back_before_that(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "-n", "cart", "--to", OLD, "--cluster", "eu")
    done = fleet.meshrev("rollback", "--operation", operation(fleet, "moved"), code=2)
    assert done.err.startswith("overlays/eu/promotions.yaml: was changed since: take back what came after it first")
    fleet.meshrev("rollback")
    fleet.meshrev("rollback", "--operation", operation(fleet, "moved"))
    assert same(fleet, "came-in", "HEAD")


def test_what_was_taken_back_can_be_done_again_and_taken_back_again(fleet: FleetRepo) -> None:
    moved = operation(fleet, "moved")
    fleet.meshrev("rollback")
    fleet.meshrev("rollback", "--operation", operation(fleet))
    assert same(fleet, "moved", "HEAD")
    fleet.meshrev("rollback", "--operation", moved)
    assert same(fleet, "came-in", "HEAD")


def test_a_revision_that_was_retired_since_comes_back_only_where_that_is_asked_for(fleet: FleetRepo) -> None:
    retired(fleet)
    done = fleet.meshrev("rollback", "--operation", operation(fleet, "moved"), code=2)
    assert done.err.startswith(f"rendered/eu: revision {OLD} was retired since, and pods would go back to it")
    assert "--restore" in done.err
    fleet.meshrev("rollback", "--to", "came-in", "--restore")
    assert same(fleet, "came-in", "HEAD")
    assert served(fleet, "eu")["cart"] == OLD
    fleet.meshrev("check")


def test_what_was_retired_comes_back_as_it_was_and_nothing_else_does(fleet: FleetRepo) -> None:
    retired(fleet)
    first = operation(fleet)
    assert not (fleet.root / f"rendered/us/revisions/{OLD}").exists()
    fleet.meshrev("rollback")
    assert same(fleet, "HEAD~2", "HEAD")
    again = fleet.meshrev("rollback", "--operation", operation(fleet), code=2)
    assert "brought back what was retired: `meshrev retire` takes it out, once it may go" in again.err
    fleet.meshrev("retire", OLD, "--without-observation", "--cluster", "eu")
    fleet.meshrev("retire", OLD, "--without-observation", "--cluster", "us")
    fleet.meshrev("rollback", "--operation", operation(fleet, "HEAD~1"))
    assert (fleet.root / f"rendered/eu/revisions/{OLD}").exists()
    assert not (fleet.root / f"rendered/us/revisions/{OLD}").exists()
    assert fleet.meshrev("rollback", "--operation", first).out.startswith("nothing to do")


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_what_a_pull_request_brought_goes_back_whether_it_was_merged_or_squashed(fleet: FleetRepo, how: str) -> None:
    fleet.git("branch", "pr")
    fleet.git("reset", "-q", "--hard", "start")
    fleet.write("README.md", "ours\n")
    fleet.commit("others at work")
    if how == "merge":
        fleet.git("merge", "-q", "--no-ff", "-m", "Merge", "pr")
        fleet.meshrev("rollback")
        assert same(fleet, "came-in", "HEAD", "base", "overlays", "rendered")
        return
    text = fleet.git("log", "--format=* %B", "start..pr")
    fleet.git("merge", "-q", "--squash", "pr")
    fleet.git("commit", "-qm", f"Squashed\n\n{text}")
    done = fleet.meshrev("rollback", "--operation", operation(fleet, "moved"))
    assert done.out.count("takes back promote-") == 2  # one commit made both
    assert same(fleet, "start", "HEAD", "base", "overlays")


def test_a_cluster_that_was_given_up_since_stays_so_unless_that_is_taken_back(fleet: FleetRepo) -> None:
    shutil.rmtree(fleet.root / "overlays/eu")
    fleet.commit("eu is no more")
    fleet.meshrev("retire", "--cluster", "eu")
    assert not (fleet.root / "rendered/eu").exists()
    fleet.meshrev("rollback", "--operation", operation(fleet, "came-in"))
    assert same(fleet, "start", "HEAD", "base", "overlays/us")
    assert not (fleet.root / "overlays/eu").exists()
    assert not (fleet.root / "rendered/eu").exists()
    fleet.meshrev("rollback", "--operation", operation(fleet, "HEAD~1"))
    assert same(fleet, "moved", "HEAD", "rendered/eu")


def test_a_cluster_that_is_broken_keeps_no_other_from_going_back(fleet: FleetRepo) -> None:
    fleet.write("overlays/lab/kustomization.yaml", "resources: [../../base, gone.yaml]\n")
    fleet.commit("half done")
    fleet.meshrev("rollback", "--operation", operation(fleet, "moved"))
    assert same(fleet, "came-in", "HEAD", "overlays/eu", "rendered")
    done = fleet.meshrev("rollback", "--operation", operation(fleet, "came-in"), code=2)
    assert "gone.yaml does not exist" in done.err


def test_annotations_that_restarted_workloads_go_back_too(repo: FleetRepo) -> None:
    fleet = promotable(repo, restart="annotate")
    fleet.write(
        "base/namespaces.yaml",
        (fleet.root / "base/namespaces.yaml").read_text()
        + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: cart}\nspec:\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n"
        "    spec: {containers: [{name: web, image: web:1}]}\n",
    )
    fleet.meshrev("render")
    fleet.commit("a workload")
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    fleet.meshrev("promote", "--tag", "prod", "--to", NEW, "--cluster", "eu")
    assert "restarted-for" in (fleet.root / "rendered/eu/extra/deployment-web_cart.yaml").read_text()
    fleet.meshrev("rollback")
    assert same(fleet, "HEAD~2", "HEAD")


def test_what_cannot_be_taken_back_is_one_line(fleet: FleetRepo) -> None:
    head = fleet.git("rev-parse", "HEAD")
    assert (
        "there is no operation promote-0000000000"
        in fleet.meshrev("rollback", "--operation", "promote-0000000000", code=2).err
    )
    assert (
        "strat names no commit of this repository (did you mean start?)"
        in fleet.meshrev("rollback", "--to", "strat", code=2).err
    )
    assert fleet.git("rev-parse", "HEAD") == head
    assert changed(fleet)
    fleet.git("reset", "-q", "--hard", "start")
    assert "nothing was done with meshrev on this branch" in fleet.meshrev("rollback", code=2).err


def test_the_last_operation_is_the_one_before_tidying_and_both_go_back(fleet: FleetRepo) -> None:
    before = fleet.git("rev-parse", "HEAD").strip()
    fleet.meshrev("promote", "-n", "cart", "--to", OLD, "--cluster", "eu", "--cluster", "us")
    halfway = fleet.git("rev-parse", "HEAD").strip()
    fleet.meshrev("promote", "-n", "cart", "--to", OLD, "--cluster", "lab")
    fleet.meshrev("tidy")
    told = fleet.meshrev("rollback").out
    assert told.index("note: takes back tidy-") < told.index("note: takes back promote-")
    assert same(fleet, halfway, "HEAD")
    assert fleet.meshrev("rollback").out.startswith("nothing to do")
    fleet.meshrev("rollback", "--to", before)
    assert same(fleet, before, "HEAD")


def test_an_operation_at_which_a_shallow_clone_begins_is_not_taken_back(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    fleet.git("clone", "-q", "--depth=1", fleet.root.as_uri(), str(tmp_path / "shallow"))
    said = FleetRepo(tmp_path / "shallow").meshrev("rollback", code=2).err
    assert "cannot be told: this clone is shallow" in said
    assert "git fetch --unshallow" in said


@pytest.mark.parametrize("stamp", ODD_TIMES)
def test_an_operation_is_taken_back_whatever_times_commits_have(fleet: FleetRepo, stamp: str) -> None:
    give_time(fleet, stamp)
    at_time(fleet, stamp, "by another program\n")
    fleet.meshrev("rollback")
    assert same(fleet, "came-in", "HEAD", "base", "overlays", "rendered")
    fleet.meshrev("rollback", "--to", "start")
    assert same(fleet, "start", "HEAD", "base", "overlays")
    fleet.meshrev("check")
