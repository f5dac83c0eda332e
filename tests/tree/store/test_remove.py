"""Taking revisions and clusters out of the tree: what the inventory lists, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import InputError
from render.plan.inventory import RevisionRecord
from render.tree.inventory import inventory_text
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.remove import cluster_strangers, remove_cluster, remove_revision

DIGEST = "0" * 64
OLD, NEW = "default-v1-24-2", "default-v1-24-3"


def put(file: Path, data: bytes = b"x: 1\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


@pytest.fixture
def output(tmp_path: Path) -> FleetFolder:
    """A cluster with two revisions and a tag."""
    output = FleetFolder(tmp_path, "rendered")
    lines = [("kustomization.yaml", "Cluster/a", DIGEST), ("tags/prod/x.yaml", "IstioRevisionTag/prod", DIGEST)]
    for name in (OLD, NEW):
        record = RevisionRecord(
            name, "v1.24.2", "v1.24.2", "istio-system", "default", None, None, {}, "builtin", "1", {}
        )
        own = [("deployment-istiod.yaml", "Istio/default", DIGEST), ("kustomization.yaml", "Istio/default", DIGEST)]
        put(output / "a/revisions" / name / "inventory.jsonl", inventory_text(own, record))
        for file, _, _ in own:
            put(output / "a/revisions" / name / file)
        lines.append((f"revisions/{name}/inventory.jsonl", "Istio/default", DIGEST))
    put(output / "a/inventory.jsonl", inventory_text(lines))
    put(output / "a/kustomization.yaml")
    put(output / "a/tags/prod/x.yaml")
    return output


def files(output: FleetFolder) -> dict[str, bytes]:
    folder = output.folder
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_revision_goes_with_its_files_and_its_line_and_nothing_else(output: FleetFolder) -> None:
    before = files(output)
    removed = remove_revision(output, "a", OLD)
    own = [f"a/revisions/{OLD}/{name}" for name in ("deployment-istiod.yaml", "inventory.jsonl", "kustomization.yaml")]
    assert removed == [f"{output.path}/{path}" for path in own]
    lines = before["a/inventory.jsonl"].splitlines(keepends=True)
    kept = b"".join(line for line in lines if OLD.encode() not in line)
    assert len(kept.splitlines()) == len(lines) - 1
    assert files(output) == {path: data for path, data in before.items() if path not in own} | {
        "a/inventory.jsonl": kept
    }
    assert [folder.name for folder in (output / "a/revisions").iterdir()] == [NEW]


def test_the_last_revision_takes_the_folder_of_revisions_with_it(output: FleetFolder) -> None:
    remove_revision(output, "a", OLD)
    remove_revision(output, "a", NEW)
    assert not (output / "a/revisions").exists()
    assert (output / "a/tags/prod/x.yaml").exists()


def test_a_file_that_is_gone_already_is_no_trouble(output: FleetFolder) -> None:
    (output / f"a/revisions/{OLD}/deployment-istiod.yaml").unlink()
    assert len(remove_revision(output, "a", OLD)) == 2


@pytest.mark.parametrize("stranger", ["notes.txt", "mine/x.yaml"])
def test_a_stranger_in_the_folder_keeps_all_of_it(output: FleetFolder, stranger: str) -> None:
    put(output / "a/revisions" / OLD / stranger)
    before = files(output)
    for remove in (lambda: remove_revision(output, "a", OLD), lambda: remove_cluster(output, "a")):
        with pytest.raises(InputError) as caught:
            remove()
        assert f"a/revisions/{OLD}/{stranger.partition('/')[0]}" in str(caught.value)
        assert "is in no inventory" in str(caught.value)
    assert files(output) == before
    assert cluster_strangers(output, "a") == (f"revisions/{OLD}/{stranger}",)


def test_a_link_is_a_stranger(output: FleetFolder, tmp_path: Path) -> None:
    outside = put(tmp_path / "outside.yaml")
    file = output / f"a/revisions/{OLD}/deployment-istiod.yaml"
    file.unlink()
    file.symlink_to(outside)
    with pytest.raises(InputError, match=r"deployment-istiod\.yaml"):
        remove_revision(output, "a", OLD)
    assert outside.exists()


@pytest.mark.parametrize("name", ["default-v1-24-4", "", "..", "../../a", f"{OLD}/"])
def test_a_revision_that_is_not_there_is_refused(output: FleetFolder, name: str) -> None:
    before = files(output)
    with pytest.raises(InputError, match="cluster a has no revision"):
        remove_revision(output, "a", name)
    assert files(output) == before


def test_a_cluster_goes_with_every_file_that_is_listed(output: FleetFolder) -> None:
    put(output / "b/x.yaml")
    put(output / ".meshrev/digests/a")
    whole = sorted(path for path in files(output) if path.startswith("a/"))
    assert sorted(remove_cluster(output, "a")) == [f"{output.path}/{path}" for path in whole]
    assert not (output / "a").exists()
    assert (output / "b/x.yaml").exists()
    assert (output / ".meshrev/digests/a").exists()


@pytest.mark.parametrize(
    ("name", "why"), [("aa", "did you mean a?"), ("zzz", "it has a"), ("..", "cannot be the name")]
)
def test_a_cluster_that_has_no_tree_is_refused(output: FleetFolder, name: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        remove_cluster(output, name)
    assert why in str(caught.value)
