"""A writer that is killed leaves the tree as it was or, after the next command, as it was to be; never a mixture."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import is_unfinished
from tests.support.disk.cut_off import calls_of, killed, recover
from tests.support.fleets.fault_fleet import AFTER, Fleet, write_before, write_decided, write_fleet
from tests.support.tree_example import OLD, namespaces, revision, snapshot, tag

Tree = dict[str, bytes | None]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> FleetFolder:
    output = FleetFolder(tmp_path_factory.mktemp("origin"), "rendered")
    write_before(output)
    return output


@pytest.fixture(scope="module")
def old(origin: FleetFolder) -> Tree:
    return snapshot(origin)


@pytest.fixture(scope="module")
def new(origin: FleetFolder, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    output = FleetFolder(tmp_path_factory.mktemp("goal"), "rendered")
    shutil.copytree(origin.folder, output.folder)
    write_fleet(output, AFTER)
    return snapshot(output)


def copies(origin: FleetFolder, place: Path) -> Iterator[tuple[int, FleetFolder]]:
    """A fresh copy of a tree for each number."""
    for number in range(10_000):
        copy = FleetFolder(place, str(number))
        shutil.copytree(origin.folder, copy.folder)
        yield number, copy
        shutil.rmtree(copy.folder)


def test_killed_between_any_two_steps_the_tree_is_the_old_or_the_new_one(
    tmp_path: Path, origin: FleetFolder, old: Tree, new: Tree
) -> None:
    decided = []
    for number, output in copies(origin, tmp_path):
        if not killed(number, lambda output=output: write_fleet(output, AFTER)):
            break
        decided.append(settled(output, old, new))
        write_fleet(output, AFTER)
        assert snapshot(output) == new
        assert not (output / ".meshrev").exists()
    # Once it is decided it stays so, and both sides of the decision were seen, with many steps each.
    assert decided == sorted(decided)
    assert decided.count(False) > 20
    assert decided.count(True) > 20


def test_killed_inside_any_write_the_tree_is_the_old_one(
    tmp_path: Path, origin: FleetFolder, old: Tree, new: Tree
) -> None:
    shutil.copytree(origin.folder, tmp_path / "rehearsal")
    calls = calls_of(lambda: write_fleet(FleetFolder(tmp_path, "rehearsal"), AFTER))
    writes = [number for number, name in enumerate(calls) if name == "write"]
    assert len(writes) > 10
    for number, output in zip(writes, (copy for _, copy in copies(origin, tmp_path)), strict=False):
        assert killed(number, lambda output=output: write_fleet(output, AFTER), torn=True)
        assert not settled(output, old, new)


def settled(output: FleetFolder, old: Tree, new: Tree) -> bool:
    """Whether the next command finds the new tree and not the old one; nothing else is right."""
    if not (output / ".meshrev/journal").exists():
        assert snapshot(output) in (old, new)
    recovery = recover(output)
    found = snapshot(output)
    assert not is_unfinished(output)
    assert found in {"finished": [new], "undone": [old], None: [old, new]}[recovery]
    return found == new


def test_a_killed_recovery_is_finished_by_the_next(tmp_path: Path, old: Tree, new: Tree) -> None:
    write_decided(FleetFolder(tmp_path, "rendered"))
    assert snapshot(FleetFolder(tmp_path, "rendered")) == old
    for number, output in copies(FleetFolder(tmp_path, "rendered"), tmp_path):
        if not killed(number, lambda output=output: recover(output)):
            break
        recover(output)
        assert snapshot(output) == new
    assert number > 20


def test_a_killed_first_render_leaves_nothing_behind_but_what_the_next_command_clears(
    tmp_path: Path, new: Tree
) -> None:
    goal = FleetFolder(tmp_path, "goal")
    write_fleet(goal, {"new": AFTER["new"]})
    for number in range(10_000):
        output = FleetFolder(tmp_path / str(number), "rendered")
        if not killed(number, lambda output=output: write_fleet(output, {"new": AFTER["new"]})):
            break
        recover(output)
        assert snapshot(output) in ({}, snapshot(goal))
    assert snapshot(output) == snapshot(goal)


def test_killed_at_a_random_moment_the_tree_is_the_one_or_the_other(tmp_path: Path) -> None:
    one: Fleet = {"prod": ([revision(OLD, 1), tag("a"), namespaces("shop")], []), "new": None}
    two: Fleet = {"prod": ([revision(OLD, 2), tag("b"), namespaces("shop")], []), "new": ([tag("a")], [])}
    output = FleetFolder(tmp_path, "rendered")
    trees = []
    for fleet in (one, two):
        write_fleet(output, fleet)
        trees.append(snapshot(output))
    seen = []
    for microseconds in random.Random(7).sample(range(50_000), 30):
        pid = os.fork()
        if pid == 0:
            try:
                while True:
                    write_fleet(output, one)
                    write_fleet(output, two)
            finally:
                os._exit(1)
        time.sleep(microseconds / 1_000_000)
        os.kill(pid, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        seen.append(recover(output))
        assert snapshot(output) in trees
    assert any(seen)
