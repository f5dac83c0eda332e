"""Which overlays a file is used by."""

from __future__ import annotations

from pathlib import Path

from render.kustomize.file_users import Uses
from render.kustomize.reader import WorkingTree


def users(root: Path, *names: str) -> dict[str, set[str]]:
    """Of each file the names of the overlays that use it."""
    found = Uses(WorkingTree(root), "cluster.yaml").by_file([f"overlays/{name}" for name in names])
    return {path: {overlay.rpartition("/")[2] for overlay in overlays} for path, overlays in found.items()}


def write(root: Path, **folders: str) -> None:
    for name, text in folders.items():
        folder = root / name.replace("_", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kustomization.yaml").write_text(text)


def test_files_are_found_through_bases_components_and_patches(tmp_path: Path) -> None:
    write(
        tmp_path,
        base="resources: [all.yaml]\n",
        part="kind: Component\npatches: [{path: part.yaml}]\n",
        overlays_a="resources: [../../base]\ncomponents: [../../part]\npatches: [{path: ./own.yaml}]\n",
        overlays_b="resources: [../a]\n",
    )
    for file in ("base/all.yaml", "part/part.yaml", "overlays/a/own.yaml", "overlays/a/cluster.yaml"):
        (tmp_path / file).write_text("")
    assert users(tmp_path, "a", "b") == {
        "base/kustomization.yaml": {"a", "b"},
        "base/all.yaml": {"a", "b"},
        "part/kustomization.yaml": {"a", "b"},
        "part/part.yaml": {"a", "b"},
        "overlays/a/kustomization.yaml": {"a", "b"},
        "overlays/a/own.yaml": {"a", "b"},
        "overlays/a/cluster.yaml": {"a"},
        "overlays/b/kustomization.yaml": {"b"},
    }


def test_one_that_cannot_be_read_counts_for_all_that_is_shared_and_for_no_overlay_of_others(tmp_path: Path) -> None:
    write(tmp_path, base="{}\n", middle="resources: [../gone]\n", overlays_a="resources: [../../base]\n")
    for text in (
        "resources: [",
        "bases: [../../base]\n",
        "resources: [../../middle]\n",
        "patches: [{path: no.yaml}]\n",
    ):
        write(tmp_path, overlays_b=text)
        found = users(tmp_path, "a", "b")
        assert found["base/kustomization.yaml"] == {"a", "b"}, text
        assert found["overlays/a/kustomization.yaml"] == {"a"}, text
