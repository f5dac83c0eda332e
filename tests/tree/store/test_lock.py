from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from render.errors import InputError, OutsideError
from render.plan.inventory import EMPTY
from render.tree.files import cluster_files
from render.tree.store.drift import compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import commit
from render.tree.store.lock import hold_off_writers, lock
from render.tree.store.staging import StagedFolder, stage
from tests.support.disk.cut_off import recover
from tests.support.disk.lock_holder import another_process
from tests.support.tree_example import cluster, prepared, snapshot, write

ROOT = Path(__file__).parents[3]


def test_a_second_writer_waits_shortly_and_then_says_who_holds_the_tree(tmp_path: Path) -> None:
    with (
        another_process(FleetFolder(tmp_path, "rendered"), "lock") as pid,
        pytest.raises(OutsideError, match=f"^rendered is in use by process {pid} on .*: wait for it to end"),
        lock(FleetFolder(tmp_path, "rendered"), patience=0.1),
    ):
        pass


def test_a_reader_and_a_writer_keep_each_other_out(tmp_path: Path) -> None:
    write(FleetFolder(tmp_path, "."), "prod", cluster())
    with (
        another_process(FleetFolder(tmp_path, "."), "lock"),
        pytest.raises(OutsideError),
        hold_off_writers(FleetFolder(tmp_path, "."), patience=0.1),
    ):
        pass


def test_the_lock_ends_with_a_killed_process(tmp_path: Path) -> None:
    with another_process(FleetFolder(tmp_path, "."), "lock"):
        pass
    with lock(FleetFolder(tmp_path, "."), patience=5):
        pass


def test_nothing_is_left_where_nothing_was_written(tmp_path: Path) -> None:
    with lock(FleetFolder(tmp_path, "a/rendered")):
        pass
    assert list(tmp_path.iterdir()) == []
    write(FleetFolder(tmp_path, "rendered"), "prod", cluster())
    assert [path.name for path in (tmp_path / "rendered").iterdir()] == ["prod"]


def test_what_an_error_leaves_staged_is_forgotten(tmp_path: Path) -> None:
    output = FleetFolder(tmp_path, "rendered")
    with pytest.raises(RuntimeError), lock(output):
        files, changes = prepared(output, "prod", cluster())
        stage(output, "main", files, changes)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_beside_the_tree_is_out_of_git(tmp_path: Path) -> None:
    with lock(FleetFolder(tmp_path, ".")):
        assert (tmp_path / ".meshrev/.gitignore").read_text() == "*\n"


def test_reading_writes_nothing(tmp_path: Path) -> None:
    write(FleetFolder(tmp_path, "."), "prod", cluster())
    before = snapshot(FleetFolder(tmp_path, "."))
    with hold_off_writers(FleetFolder(tmp_path, ".")):
        assert not (tmp_path / ".meshrev").exists()
    with hold_off_writers(FleetFolder(tmp_path, "missing")):
        pass
    assert snapshot(FleetFolder(tmp_path, ".")) == before


@pytest.mark.parametrize("left", ["journal", "staging/p1/file"])
def test_a_reader_leaves_what_was_cut_off_and_names_who_settles_it(tmp_path: Path, left: str) -> None:
    output = FleetFolder(tmp_path, ".")
    (output / f".meshrev/{left}").parent.mkdir(parents=True)
    (output / f".meshrev/{left}").write_text('{"format": 1, "steps": []}')
    with (
        pytest.raises(InputError, match=r"cut off .*: `meshrev render` finishes or undoes that first"),
        hold_off_writers(output),
    ):
        pass
    assert (output / f".meshrev/{left}").exists()


def test_no_change_needs_no_journal(tmp_path: Path) -> None:
    with lock(FleetFolder(tmp_path, ".")):
        commit(FleetFolder(tmp_path, "."), [StagedFolder("prod", ())])
        assert not (tmp_path / ".meshrev/journal").exists()
    assert recover(FleetFolder(tmp_path, ".")) is None


def _stage(output: FleetFolder, name: str, clusters: list[str]) -> list[StagedFolder]:
    made = []
    for each in clusters:
        files = cluster_files(each, cluster(), EMPTY)
        made.append(stage(output, name, files, compare(output, each, files, EMPTY)))
    return made


def test_several_processes_stage_what_one_commits(tmp_path: Path) -> None:
    output = FleetFolder(tmp_path, "rendered")
    names = [f"cluster-{number}" for number in range(6)]
    with lock(output), multiprocessing.get_context("spawn").Pool(2) as pool:
        shares = [(output, f"worker{at}", names[at::2]) for at in range(2)]
        commit(output, [staged for share in pool.starmap(_stage, shares) for staged in share])
    alone = FleetFolder(tmp_path, "alone")
    for each in names:
        write(alone, each, cluster())
    assert snapshot(output) == snapshot(alone)


@pytest.mark.parametrize("place", ["", ".meshrev", ".meshrev/staging", ".meshrev/digests", ".meshrev/lock"])
def test_a_link_in_the_place_of_our_own_folder_is_refused(tmp_path: Path, place: str) -> None:
    output, elsewhere = FleetFolder(tmp_path, "rendered"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (output / place).parent.mkdir(parents=True, exist_ok=True)
    (output / place).symlink_to(elsewhere)
    with pytest.raises(InputError), lock(output):
        pass
    assert list(elsewhere.iterdir()) == []


def test_a_journal_that_leads_outside_is_refused(tmp_path: Path) -> None:
    output = FleetFolder(tmp_path, "rendered")
    (output / ".meshrev").mkdir(parents=True)
    (tmp_path / "precious").write_text("")
    for steps in (
        '[["remove", "../precious", ""]]',
        '[["remove", "/etc", ""]]',
        '[["put", "a", "../../b"]]',
        "[[]]",
        "1",
    ):
        (output / ".meshrev/journal").write_text(f'{{"format": 1, "steps": {steps}}}')
        with pytest.raises(InputError, match="another version of meshrev began a change here, or this file was edited"):
            recover(output)
    assert (tmp_path / "precious").exists()
