"""A power cut at any moment, of which the disk keeps what it likes of all that was not synced: the next command finds
the old tree or the new one, complete."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from render.errors import InputError
from render.operations.render.run import render
from render.tree.store import fsync
from render.tree.store.fleet_folder import FleetFolder
from tests.support.disk.cut_off import recover
from tests.support.disk.power_cut import Tree, build, record
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.fault_fleet import AFTER, write_before, write_decided, write_fleet
from tests.support.tree_example import snapshot


@pytest.fixture
def disk(tmp_path: Path) -> FleetFolder:
    """The tree as it was, on a disk of its own."""
    (tmp_path / "disk").mkdir()
    output = FleetFolder(tmp_path / "disk", "rendered")
    write_before(output)
    return output


@pytest.fixture
def new(disk: FleetFolder, tmp_path: Path) -> Tree:
    shutil.copytree(disk.root, tmp_path / "goal")
    goal = FleetFolder(tmp_path / "goal", "rendered")
    write_fleet(goal, AFTER)
    return snapshot(goal)


JOURNAL, STAGED = "rendered/.meshrev/journal", "rendered/.meshrev/staging/"


def found_after(state: Tree, place: Path) -> Tree:
    """The tree that the next writer finds."""
    build(state, place)
    output = FleetFolder(place, "rendered")
    try:
        recover(output)
        return snapshot(output)
    finally:
        shutil.rmtree(place)


def different(states: Iterable[Tree]) -> list[Tree]:
    """One of those states in which nothing differs but what is staged, where no journal says that it counts."""
    found: dict[frozenset[tuple[str, bytes | None]], Tree] = {}
    for state in states:
        counts = JOURNAL in state
        key = frozenset(item for item in state.items() if counts or not item[0].startswith(STAGED))
        found.setdefault(key, state)
    return list(found.values())


def test_from_whatever_the_disk_has_the_next_command_finds_the_old_tree_or_the_new_one(
    disk: FleetFolder, new: Tree, tmp_path: Path
) -> None:
    old = snapshot(disk)
    seen = []
    for state in different(record(disk.root, lambda: write_fleet(disk, AFTER)).states()):
        seen.append(found_after(state, tmp_path / "cut"))
        assert seen[-1] in (old, new)
    assert seen.count(old) > 5
    assert seen.count(new) > 50


def test_from_whatever_the_disk_has_the_same_command_makes_the_new_tree(
    disk: FleetFolder, new: Tree, tmp_path: Path
) -> None:
    states = list(record(disk.root, lambda: write_fleet(disk, AFTER)).states())
    for state in states[:: max(1, len(states) // 40)]:
        build(state, tmp_path / "cut")
        output = FleetFolder(tmp_path / "cut", "rendered")
        write_fleet(output, AFTER)
        assert snapshot(output) == new
        assert not (output / ".meshrev").exists()
        shutil.rmtree(tmp_path / "cut")


def test_a_power_cut_while_a_killed_command_is_finished_keeps_its_change(new: Tree, tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    output = FleetFolder(tmp_path / "killed", "rendered")
    write_decided(output)
    states = list(record(output.root, lambda: recover(output)).states())
    assert len(states) > 50
    for state in states[::3]:
        assert found_after(state, tmp_path / "cut") == new


def test_without_the_syncs_a_disk_has_what_is_neither(disk: FleetFolder, new: Tree, tmp_path: Path) -> None:
    """That is, the disks of these tests do lose what was not synced."""
    old = snapshot(disk)
    states = different(record(disk.root, lambda: write_fleet(disk, AFTER), synced=False).states())

    def is_broken(state: Tree) -> bool:
        try:
            return found_after(state, tmp_path / "cut") not in (old, new)
        except InputError:
            return True

    assert any(is_broken(state) for state in states)


# A journal that a system did not bring to the disk


@pytest.mark.parametrize(
    "cut",
    [lambda text: b"", lambda text: bytes(len(text)), lambda text: text[:50], lambda text: text[:50] + bytes(100)],
    ids=["empty", "zeros", "half", "half and zeros"],
)
def test_a_journal_that_is_cut_short_was_never_decided(
    tmp_path: Path, new: Tree, cut: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "cut").mkdir()
    output = FleetFolder(tmp_path / "cut", "rendered")
    write_decided(output)
    old = snapshot(output)
    journal = output / ".meshrev/journal"
    journal.write_bytes(cut(journal.read_bytes()))
    assert recover(output) == "undone"
    assert snapshot(output) == old
    assert not (output / ".meshrev").exists()
    write_fleet(output, AFTER)
    assert snapshot(output) == new


# What is noted beside the tree


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    """A fleet of one cluster, not rendered yet."""
    (tmp_path / "fleet").mkdir()
    repo = fleet_repo(tmp_path / "fleet")
    repo.cluster("one", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map, namespace: default}\n")
    time.sleep(0.1)  # what was changed a moment ago is not noted
    return repo


class _FailingDisk:
    """Of libc what `fsync` asks for: a file system that cannot be synced."""

    def syncfs(self, descriptor: int) -> int:
        return -1


def test_nothing_is_noted_of_a_tree_that_is_not_known_to_be_on_the_disk(
    fleet: FleetRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = fleet.root / "rendered/.meshrev"
    render(fleet.root)
    assert (notes / "digests/one").exists()
    shutil.rmtree(notes)
    monkeypatch.setattr(fsync, "_libc", _FailingDisk)
    render(fleet.root)
    assert not notes.exists()


@pytest.mark.parametrize("content", [b"", bytes(300), b'{"outside": [', b"[]", b"1"])
def test_a_broken_note_is_as_none(fleet: FleetRepo, content: bytes) -> None:
    render(fleet.root)
    for note in ("inputs.json", "digests/one"):
        (fleet.root / "rendered/.meshrev" / note).write_bytes(content)
    (file,) = (fleet.root / "rendered/one").rglob("configmap-map*")
    file.write_text("changed")
    assert render(fleet.root).clusters[0].changed == (file.relative_to(fleet.root / "rendered/one").as_posix(),)
