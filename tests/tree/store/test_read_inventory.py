from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from render.errors import InputError
from render.plan.inventory import EMPTY, Inventory
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_inventory, read_merged, rendered_clusters
from tests.support.tree_example import NEW, OLD, cluster, namespaces, record, revision, snapshot, tag, write

LISTED = "prod/inventory.jsonl"
OF_REVISION = f"prod/revisions/{OLD}/inventory.jsonl"


@pytest.fixture
def output(tmp_path: Path) -> FleetFolder:
    write(FleetFolder(tmp_path, "rendered"), "prod", cluster())
    return FleetFolder(tmp_path, "rendered")


def test_a_cluster_without_a_tree_has_nothing(tmp_path: Path) -> None:
    assert read_inventory(FleetFolder(tmp_path, "rendered"), "prod") == EMPTY
    assert rendered_clusters(FleetFolder(tmp_path, "rendered")) == []


def test_what_was_written_reads_back(output: FleetFolder) -> None:
    inventory = read_inventory(output, "prod")
    (read,) = inventory.revisions.values()
    files = dict(read.files)
    assert files.keys() == {
        "kustomization.yaml",
        f"configmap-istio-{OLD}.yaml",
        f"deployment-istiod-{OLD}.yaml",
    }
    assert read == record(OLD, replicas=1).__class__(**_fields(record(OLD, replicas=1)), files=files)
    every = {f"revisions/{OLD}/{name}" for name in files} | inventory.files.keys() | {"inventory.jsonl"}
    assert {f"prod/{path}" for path in every} == {path for path, data in snapshot(output).items() if data is not None}
    assert rendered_clusters(output) == ["prod"]


def _fields(it: object) -> dict[str, object]:
    return {name: getattr(it, name) for name in it.__slots__ if name != "files"}  # type: ignore[attr-defined]


def test_an_inventory_is_sorted_lines_that_say_why(output: FleetFolder) -> None:
    lines = (output / LISTED).read_text().splitlines()
    assert lines == sorted(lines)
    assert {line["file"]: line["for"] for line in map(json.loads, lines)} == {
        "kustomization.yaml": "Cluster/prod",
        "namespaces/kustomization.yaml": "Namespace",
        "namespaces/payments.yaml": "Namespace",
        "namespaces/shop.yaml": "Namespace",
        f"revisions/{OLD}/inventory.jsonl": "Istio/default",
        "tags/prod/kustomization.yaml": "IstioRevisionTag/prod",
        "tags/prod/mutatingwebhookconfiguration-istio-revision-tag-prod.yaml": "IstioRevisionTag/prod",
    }
    header, *files = (output / OF_REVISION).read_text().splitlines()
    assert json.loads(header)["revision"]["version"] == "v1.24.2"
    assert files == sorted(files)


def test_a_change_of_one_object_changes_one_line(output: FleetFolder) -> None:
    before = (output / LISTED).read_text().splitlines()
    write(output, "prod", [revision(OLD), tag("prod", "another"), namespaces("payments", "shop")])
    after = (output / LISTED).read_text().splitlines()
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        (LISTED, "not json", "not a line of JSON"),
        (LISTED, "[]", "not a JSON object"),
        (LISTED, '{"file": "a"}', 'expected "file", "for" and "sha256"'),
        (LISTED, {"file": "a", "for": "x", "sha256": "A" * 64}, 'expected "file", "for" and "sha256"'),
        (LISTED, {"file": "../../etc/passwd", "for": "x", "sha256": "0" * 64}, "is no file that meshrev writes"),
        (LISTED, {"file": "/etc/passwd", "for": "x", "sha256": "0" * 64}, "is no file that meshrev writes"),
        (LISTED, {"file": "a//b", "for": "x", "sha256": "0" * 64}, "is no file that meshrev writes"),
        (LISTED, {"file": "x/.git/config", "for": "x", "sha256": "0" * 64}, "is no file that meshrev writes"),
        (LISTED, {"file": "inventory.jsonl", "for": "x", "sha256": "0" * 64}, "is no file that meshrev writes"),
        (LISTED, {"file": "namespaces/shop.yaml", "for": "x", "sha256": "0" * 64}, "with different digests"),
        (OF_REVISION, {"file": "tags/a.yaml", "for": "x", "sha256": "0" * 64}, "is not in this folder"),
        (OF_REVISION, '{"revision": {}}', 'expected "revision" to be an object with "values"'),
        (OF_REVISION, '{"revision": {"values": {}, "name": 1}}', 'expected "revision" to have the text "name"'),
    ],
)
def test_a_broken_line_is_named(output: FleetFolder, file: str, line: str | dict[str, str], message: str) -> None:
    with (output / file).open("a") as inventory:
        inventory.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    with pytest.raises(InputError) as refused:
        read_inventory(output, "prod")
    (finding,) = refused.value.findings
    assert finding.code == "MR091"
    assert finding.file == f"rendered/{file}"
    assert message in finding.text()


def test_all_broken_lines_are_reported_together(output: FleetFolder) -> None:
    (output / LISTED).write_text("{\n}\n")
    (output / OF_REVISION).write_bytes(b"\xff\n")
    with pytest.raises(InputError) as refused:
        read_inventory(output, "prod")
    assert [finding.line for finding in refused.value.findings] == [1, 2, None]


def test_a_renamed_revision_folder_is_explained(output: FleetFolder) -> None:
    (output / f"prod/revisions/{OLD}").rename(output / "prod/revisions/other")
    with pytest.raises(InputError, match=f"is of revision {OLD}, which does not belong in revisions/other"):
        read_inventory(output, "prod")


def test_a_revision_that_a_merge_left_out_of_the_list_is_not_forgotten(output: FleetFolder) -> None:
    lines = (output / LISTED).read_text().splitlines(keepends=True)
    (output / LISTED).write_text("".join(line for line in lines if "revisions/" not in line))
    inventory = read_inventory(output, "prod")
    assert inventory.revisions.keys() == {OLD}
    assert f"revisions/{OLD}/inventory.jsonl" in inventory.files


def test_an_inventory_that_is_a_link_is_not_followed(output: FleetFolder, tmp_path: Path) -> None:
    shutil.move(output / LISTED, tmp_path / "elsewhere")
    (output / LISTED).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="expected a file here, not a folder or a symbolic link"):
        read_inventory(output, "prod")


def conflicted(ours: str, theirs: str, base: str | None = None) -> str:
    origin = f"||||||| 1234567\n{base}" if base is not None else ""
    return f"<<<<<<< HEAD\n{ours}{origin}=======\n{theirs}>>>>>>> branch\n"


def in_conflict(file: Path, theirs: Path) -> None:
    file.write_text(conflicted(file.read_text(), theirs.read_text(), base='{"file": "gone.yaml"}\n'))


def test_a_merge_conflict_is_an_error_that_says_what_to_do(output: FleetFolder) -> None:
    in_conflict(output / LISTED, output / LISTED)
    with pytest.raises(InputError) as refused:
        read_inventory(output, "prod")
    (finding,) = refused.value.findings
    assert (finding.code, finding.severity, finding.line) == ("MR092", "error", 1)
    assert finding.text().endswith(f"{LISTED}:1: holds a merge conflict: `meshrev render` makes it anew")


def test_both_sides_of_a_conflict_are_known_when_asked(output: FleetFolder, tmp_path: Path) -> None:
    theirs = FleetFolder(tmp_path, "theirs")
    write(theirs, "prod", [revision(OLD, replicas=2), revision(NEW), tag("canary"), namespaces("shop")])
    before, after = read_inventory(output, "prod"), read_inventory(theirs, "prod")
    for file in (LISTED, OF_REVISION):
        in_conflict(output / file, theirs / file)
    shutil.copytree(theirs / f"prod/revisions/{NEW}", output / f"prod/revisions/{NEW}")

    merged, explained = read_merged(output, "prod")
    assert merged.files.keys() == before.files.keys() | after.files.keys()
    assert merged.revisions.keys() == {OLD, NEW}
    assert merged.revisions[OLD].values == {"replicas": 1}
    assert [(finding.code, finding.severity) for finding in explained] == [("MR092", "info")] * 2


def test_after_a_conflict_the_digest_that_the_file_agrees_with_counts(output: FleetFolder, tmp_path: Path) -> None:
    theirs = FleetFolder(tmp_path, "theirs")
    write(theirs, "prod", cluster(replicas=2))
    name = f"deployment-istiod-{OLD}.yaml"
    in_conflict(output / OF_REVISION, theirs / OF_REVISION)
    for side in (theirs, output):
        shutil.copyfile(theirs / f"prod/revisions/{OLD}/{name}", output / f"prod/revisions/{OLD}/{name}")
        merged, _ = read_merged(output, "prod")
        assert merged.revisions[OLD].files[name] == _digest(theirs, name)
        theirs = side


def _digest(output: FleetFolder, name: str) -> str:
    inventory: Inventory = read_inventory(output, "prod")
    return inventory.revisions[OLD].files[name]
