"""What people do to the tree between a crash and the next command, or while nobody looks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from render.errors import InputError
from render.tree.store.fleet_folder import FleetFolder
from tests.support.disk.cut_off import recover
from tests.support.fleets.fault_fleet import AFTER, write_before, write_decided, write_fleet
from tests.support.tree_example import OLD, cluster, prepared, snapshot, write


@pytest.fixture
def output(tmp_path: Path) -> FleetFolder:
    """A tree whose change is decided, and none of it done."""
    write_decided(FleetFolder(tmp_path, "rendered"))
    return FleetFolder(tmp_path, "rendered")


@pytest.fixture
def new(tmp_path: Path) -> dict[str, bytes | None]:
    write_before(FleetFolder(tmp_path, "goal"))
    write_fleet(FleetFolder(tmp_path, "goal"), AFTER)
    return snapshot(FleetFolder(tmp_path, "goal"))


def test_a_link_that_leads_outside_is_not_followed(output: FleetFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(output / "prod/tags", elsewhere)
    (output / "prod/tags").symlink_to(elsewhere)
    before = snapshot(FleetFolder(tmp_path, "elsewhere"))
    with pytest.raises(InputError, match="prod/tags: is not a real folder"):
        recover(output)
    assert snapshot(FleetFolder(tmp_path, "elsewhere")) == before


def test_a_folder_that_was_removed_is_made_again(output: FleetFolder, new: dict[str, bytes | None]) -> None:
    shutil.rmtree(output / "prod/tags/prod")
    assert recover(output) == "finished"
    write_fleet(output, AFTER)
    assert snapshot(output) == new


def test_a_folder_that_somebody_made_keeps_what_is_theirs(output: FleetFolder, new: dict[str, bytes | None]) -> None:
    (output / "new").mkdir()
    (output / "new/NOTES.md").write_text("theirs")
    assert recover(output) == "finished"
    assert snapshot(output) == new | {"new/NOTES.md": b"theirs"}


def test_a_file_in_a_folders_place_stops_it_until_it_is_moved(
    output: FleetFolder, new: dict[str, bytes | None]
) -> None:
    (output / "new").write_text("theirs")
    with pytest.raises(InputError, match="new: not a directory: the change is begun, and `meshrev render` finishes it"):
        recover(output)
    assert (output / "new").read_text() == "theirs"
    (output / "new").unlink()
    assert recover(output) == "finished"
    assert snapshot(output) == new


def test_with_the_folder_beside_the_tree_gone_the_tree_is_as_it_was(
    output: FleetFolder, new: dict[str, bytes | None]
) -> None:
    shutil.rmtree(output / ".meshrev")  # what `git clean` does
    assert recover(output) is None
    write_fleet(output, AFTER)
    assert snapshot(output) == new


def test_a_renamed_folder_is_made_again_and_the_renamed_one_reported(tmp_path: Path) -> None:
    output = FleetFolder(tmp_path, "rendered")
    write(output, "prod", cluster())
    before = snapshot(output)
    (output / "prod/tags/prod").rename(output / "prod/tags/production")
    changes = write(output, "prod", cluster())
    assert {path.split("/")[1] for path in changes.added} == {"prod"}
    assert {path.split("/")[1] for path in changes.strangers} == {"production"}
    shutil.rmtree(output / "prod/tags/production")
    assert snapshot(output) == before


def test_a_renamed_frozen_revision_is_an_error_and_stays_where_it_is(tmp_path: Path) -> None:
    output = FleetFolder(tmp_path, "rendered")
    write(output, "prod", cluster())
    (output / f"prod/revisions/{OLD}").rename(output / "prod/revisions/old")
    with pytest.raises(InputError, match="was the folder renamed or copied"):
        prepared(output, "prod", [])
    assert (output / "prod/revisions/old/inventory.jsonl").exists()
