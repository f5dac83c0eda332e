from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from render.manifests.bundle import Bundle
from render.plan.inventory import EMPTY
from render.tree.files import ClusterFiles, cluster_files, shared_files
from render.tree.store.drift import about_strangers, compare, strangers
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import commit
from render.tree.store.lock import lock
from render.tree.store.read_inventory import read_inventory
from render.tree.store.staging import stage
from tests.support.tree_example import (
    NEW,
    OLD,
    cluster,
    manifest,
    namespaces,
    prepared,
    remove,
    revision,
    snapshot,
    tag,
    write,
)

DEPLOYMENT = f"revisions/{OLD}/deployment-istiod-{OLD}.yaml"
REST = [tag("prod"), namespaces("payments", "shop")]


@pytest.fixture
def output(tmp_path: Path) -> FleetFolder:
    write(FleetFolder(tmp_path, "rendered"), "prod", cluster())
    return FleetFolder(tmp_path, "rendered")


def test_everything_of_a_new_cluster_is_added(tmp_path: Path) -> None:
    files, changes = prepared(FleetFolder(tmp_path, "."), "prod", cluster())
    assert changes.added == tuple(sorted(files.files))
    assert not changes.none


def test_the_second_time_nothing_changes(output: FleetFolder) -> None:
    before = written(output)
    assert write(output, "prod", cluster()).none
    assert written(output) == before


def written(output: FleetFolder) -> dict[str, tuple[int, int]]:
    """Each file of the cluster, with what changes when it is written."""
    stats = {path: path.stat() for path in (output / "prod").rglob("*") if path.is_file()}
    return {path.relative_to(output / "prod").as_posix(): (it.st_ctime_ns, it.st_ino) for path, it in stats.items()}


def test_what_differs_is_told_apart(output: FleetFolder) -> None:
    _, changes = prepared(output, "prod", [revision(OLD, replicas=2), tag("canary"), namespaces("payments", "shop")])
    webhook = "mutatingwebhookconfiguration-istio-revision-tag"
    assert changes.added == ("tags/canary/kustomization.yaml", f"tags/canary/{webhook}-canary.yaml")
    assert changes.changed == (
        *("inventory.jsonl", "kustomization.yaml", DEPLOYMENT, f"revisions/{OLD}/inventory.jsonl"),
    )
    assert changes.removed == ("tags/prod/kustomization.yaml", f"tags/prod/{webhook}-prod.yaml")


def test_comparing_writes_nothing(output: FleetFolder) -> None:
    before = snapshot(output)
    prepared(output, "prod", [revision(NEW)])
    prepared(output, "staging", cluster())
    assert snapshot(output) == before
    assert not (output / ".meshrev").exists()


def test_only_files_that_change_are_written(output: FleetFolder) -> None:
    before = written(output)
    write(output, "prod", cluster(replicas=2))
    after = written(output)
    assert {path for path in before if before[path] != after[path]} == {
        *("inventory.jsonl", DEPLOYMENT, f"revisions/{OLD}/inventory.jsonl"),
    }


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_file_of_ours_that_was_touched_by_hand_is_reported_and_made_anew(output: FleetFolder, how: str) -> None:
    before = snapshot(output)
    file = output / "prod/namespaces/shop.yaml"
    if how == "changed":
        file.write_text("kind: Namespace\n")
    else:
        file.unlink()
    _, changes = prepared(output, "prod", cluster())
    assert {"changed": changes.changed, "removed": changes.added}[how] == ("namespaces/shop.yaml",)
    write(output, "prod", cluster())
    assert snapshot(output) == before


def test_a_strangers_files_are_reported_and_left_alone(output: FleetFolder) -> None:
    (output / "prod/NOTES.md").write_text("ours")
    (output / "prod/tags/prod/patch.yaml").write_text("ours")
    (output / "prod/tags/prod/link").symlink_to("/etc")
    (output / "README.md").write_text("ours")
    changes = write(output, "prod", [revision(OLD)])
    assert changes.strangers == ("NOTES.md", "tags/prod/link", "tags/prod/patch.yaml")
    assert {path for path in snapshot(output) if not path.startswith("prod/revisions")} == {
        *("README.md", "prod", "prod/NOTES.md", "prod/inventory.jsonl", "prod/kustomization.yaml"),
        *("prod/tags", "prod/tags/prod", "prod/tags/prod/patch.yaml", "prod/tags/prod/link"),
    }
    assert strangers(output, ["prod"]) == ("README.md",)
    (about,) = about_strangers(output, "prod", ["NOTES.md"])
    assert (about.code, about.severity) == ("MR096", "warning")
    assert about.file == f"{output.path}/prod/NOTES.md"


def test_a_stranger_where_a_file_must_go_is_an_error(output: FleetFolder) -> None:
    (output / "prod/tags/canary").mkdir()
    (output / "prod/tags/canary/kustomization.yaml").write_text("resources: []\n")
    _, changes = prepared(output, "prod", [*cluster(), tag("canary")])
    assert [finding.code for finding in changes.blocked] == ["MR095"]
    assert changes.blocked[0].file == f"{output.path}/prod/tags/canary/kustomization.yaml"


def test_a_stranger_with_the_same_bytes_is_taken_for_ours(output: FleetFolder) -> None:
    before = snapshot(output)
    (output / "prod/inventory.jsonl").unlink()
    assert read_inventory(output, "prod").files.keys() == {f"revisions/{OLD}/inventory.jsonl"}
    write(output, "prod", cluster())
    assert snapshot(output) == before


@pytest.mark.parametrize("place", ["prod", "prod/tags", "prod/tags/prod", "prod/tags/prod/kustomization.yaml"])
def test_a_symbolic_link_on_the_way_is_refused(output: FleetFolder, tmp_path: Path, place: str) -> None:
    shutil.move(output / place, tmp_path / "elsewhere")
    (output / place).symlink_to(tmp_path / "elsewhere")
    files = cluster_files("prod", [revision(OLD), tag("prod", "another"), namespaces("shop")], EMPTY)
    changes = compare(output, "prod", files, EMPTY)
    assert ("MR094", f"{output.path}/{place}") in [(found.code, found.file) for found in changes.blocked]


@pytest.mark.parametrize("place", ["prod/tags/canary", "prod/tags/canary/kustomization.yaml"])
def test_a_file_for_a_folder_and_a_folder_for_a_file_are_refused(output: FleetFolder, place: str) -> None:
    (output / "prod/tags/canary").mkdir()
    if place.endswith(".yaml"):
        (output / place).mkdir()
    else:
        (output / place).rmdir()
        (output / place).write_text("")
    _, changes = prepared(output, "prod", [*cluster(), tag("canary")])
    assert [(found.code, found.file) for found in changes.blocked] == [("MR094", f"{output.path}/{place}")]


def test_a_pipe_is_neither_read_nor_replaced(output: FleetFolder) -> None:
    (output / "prod/namespaces/shop.yaml").unlink()
    os.mkfifo(output / "prod/namespaces/shop.yaml")
    _, changes = prepared(output, "prod", cluster())
    assert [found.code for found in changes.blocked] == ["MR094"]


def test_a_frozen_revision_is_kept_byte_for_byte(output: FleetFolder) -> None:
    before = {path: data for path, data in snapshot(output).items() if OLD in path}
    changes = write(output, "prod", [revision(NEW), tag("prod", NEW), namespaces("shop")], frozen=[OLD])
    assert changes.damaged == ()
    assert {path: data for path, data in snapshot(output).items() if OLD in path} == before
    assert read_inventory(output, "prod").revisions.keys() == {OLD, NEW}
    assert write(output, "prod", [revision(NEW), tag("prod", NEW), namespaces("shop")], frozen=[OLD]).none


FROZEN = [*("inventory.jsonl", "kustomization.yaml", f"configmap-istio-{OLD}.yaml", f"deployment-istiod-{OLD}.yaml")]


@pytest.mark.parametrize("name", FROZEN)
@pytest.mark.parametrize("how", ["removed", "changed", "in conflict"])
def test_damage_to_a_frozen_file_is_an_error_of_its_own(output: FleetFolder, name: str, how: str) -> None:
    inventory = read_inventory(output, "prod")
    digest = {**inventory.revisions[OLD].files, "inventory.jsonl": inventory.files[f"revisions/{OLD}/inventory.jsonl"]}
    place = f"prod/revisions/{OLD}/{name}"
    file = output / place
    conflict = f"<<<<<<< HEAD\n{file.read_text()}=======\n{file.read_text()}>>>>>>> branch\n"
    match how:
        case "removed":
            file.unlink()
        case "changed":
            file.write_text(file.read_text().replace("istio", "other") + "\n")
        case _:
            file.write_text(conflict)
    if name == "inventory.jsonl" and how == "changed":
        file.write_text(conflict.splitlines()[1].replace('"v1.24.2"', '"v1.24.9"') + "\n")

    _, changes = prepared(output, "prod", REST, frozen=read_frozen(output))
    (damaged,) = changes.damaged
    assert (damaged.file, damaged.sha256, damaged.how) == (f"rendered/{place}", digest[name], how)
    finding = damaged.finding("abc1234")
    assert (finding.code, finding.severity, finding.file) == ("MR093", "error", f"rendered/{place}")
    assert digest[name] in finding.message
    assert f"git checkout abc1234 -- rendered/{place}" in finding.message
    assert changes.conflicted == ()


def read_frozen(output: FleetFolder) -> list[str]:
    """What a command would freeze: every revision that it can still read."""
    return [path.parent.name for path in output.folder.glob("prod/revisions/*/inventory.jsonl")]


def test_a_frozen_revision_that_is_gone_altogether_is_not_forgotten(output: FleetFolder) -> None:
    shutil.rmtree(output / f"prod/revisions/{OLD}")
    _, changes = prepared(output, "prod", REST)
    assert [(damaged.how, Path(damaged.file).name) for damaged in changes.damaged] == [("removed", "inventory.jsonl")]


def test_a_revision_that_is_gone_and_rendered_again_is_just_written(output: FleetFolder) -> None:
    before = snapshot(output)
    shutil.rmtree(output / f"prod/revisions/{OLD}")
    write(output, "prod", cluster())
    assert snapshot(output) == before


def test_a_spec_thaws_a_revision(output: FleetFolder) -> None:
    (output / "prod" / DEPLOYMENT).write_text("changed by hand\n")
    assert DEPLOYMENT in write(output, "prod", cluster(replicas=3)).changed


def test_a_retired_revision_goes_with_its_folder(output: FleetFolder) -> None:
    write(output, "prod", REST)
    assert not (output / "prod/revisions").exists()
    assert read_inventory(output, "prod").revisions == {}


def test_conflict_markers_in_our_files_are_named_and_made_anew(output: FleetFolder) -> None:
    before = snapshot(output)
    for name in ("namespaces/shop.yaml", "inventory.jsonl", DEPLOYMENT):
        text = (output / "prod" / name).read_text()
        (output / "prod" / name).write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> branch\n")
    _, changes = prepared(output, "prod", cluster())
    assert changes.conflicted == ("inventory.jsonl", "namespaces/shop.yaml", DEPLOYMENT)
    write(output, "prod", cluster())
    assert snapshot(output) == before


def test_a_whole_cluster_goes_but_what_is_not_ours(output: FleetFolder) -> None:
    write(output, "staging", cluster())
    (output / "prod/extra").mkdir()
    (output / "prod/extra/NOTES.md").write_text("ours")
    remove(output, "prod")
    remove(output, "staging")
    assert set(snapshot(output)) == {"prod", "prod/extra", "prod/extra/NOTES.md"}


def test_a_folder_that_clusters_share_is_written_like_a_cluster(tmp_path: Path) -> None:
    definition = manifest("CustomResourceDefinition", "gateways.networking.istio.io", group="apiextensions.k8s.io")
    files = shared_files("1.24.3", Bundle("crds", "", "crds", (definition,)))
    for expected in (False, True):
        with lock(FleetFolder(tmp_path, ".")):
            inventory = read_inventory(FleetFolder(tmp_path, "."), "shared/crds/1.24.3")
            changes = compare(FleetFolder(tmp_path, "."), "shared/crds/1.24.3", files, inventory)
            assert changes.none is expected
            commit(FleetFolder(tmp_path, "."), [stage(FleetFolder(tmp_path, "."), "main", files, changes)])
    assert {path for path, data in snapshot(FleetFolder(tmp_path, ".")).items() if data is not None} == {
        f"shared/crds/1.24.3/{name}" for name in files.files
    }


def test_no_tree_and_none_wanted_is_no_change(tmp_path: Path) -> None:
    assert compare(FleetFolder(tmp_path, "."), "prod", ClusterFiles("prod"), EMPTY).none
