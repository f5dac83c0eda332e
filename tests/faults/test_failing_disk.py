"""A disk that is full, can only be read, or fails: one clear line, and nothing has changed."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from render.errors import InputError
from render.manifests.bundle import Bundle
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.lock import hold_off_writers
from tests.support.disk.cut_off import at_call, in_child, recover
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.fault_fleet import AFTER, BEFORE, write_before, write_fleet
from tests.support.fleets.served import CART
from tests.support.tree_example import cluster, manifest, prepared, snapshot, write

FULL = "no room is left on the disk"
UNCHANGED = "nothing was changed; set that right and run the same command again"


@pytest.fixture
def output(tmp_path: Path) -> FleetFolder:
    write_before(FleetFolder(tmp_path, "rendered"))
    return FleetFolder(tmp_path, "rendered")


def refusal(work: Callable[[], object]) -> str:
    """The error's text, which is one line; empty where there is none."""
    try:
        work()
    except InputError as error:
        assert "\n" not in str(error)
        return str(error)
    return ""


@pytest.mark.parametrize(("number", "why"), [(errno.ENOSPC, FULL), (errno.EIO, "input/output error")])
def test_failing_at_any_step_the_tree_is_the_old_one_or_will_be_the_new_one(
    tmp_path: Path, output: FleetFolder, number: int, why: str
) -> None:
    def fail(name: str, arguments: tuple[Any, ...]) -> None:
        raise OSError(number, os.strerror(number), arguments[0] if isinstance(arguments[0], str) else None)

    old = snapshot(output)
    shutil.copytree(output.folder, tmp_path / "goal")
    write_fleet(FleetFolder(tmp_path, "goal"), AFTER)
    new = snapshot(FleetFolder(tmp_path, "goal"))
    outcomes = []
    for step in range(10_000):
        copy = FleetFolder(tmp_path, "copy")
        shutil.copytree(output.folder, copy.folder)
        with at_call(step, fail) as calls:
            text = refusal(lambda copy=copy: write_fleet(copy, AFTER))
        if len(calls) <= step:
            break
        if UNCHANGED in text or "make it readable" in text:
            assert text.startswith("copy")
            assert UNCHANGED not in text or why in text
            assert snapshot(copy) == old
            assert not (copy / ".meshrev").exists() or calls[step] == "unlink"
        elif text:
            assert "the change is begun, and `meshrev render` finishes it" in text
            assert recover(copy) == "finished"
            assert snapshot(copy) == new
        else:
            assert snapshot(copy) == new
        outcomes.append(text)
        shutil.rmtree(copy.folder)
    assert sum(UNCHANGED in text for text in outcomes) > 20
    assert sum("is begun" in text for text in outcomes) > 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 400 kB; skipped where this process may not mount one."""
    with mounted(tmp_path / "small", "400k"):
        yield tmp_path / "small"


@contextmanager
def mounted(place: Path, size: str) -> Iterator[None]:
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], capture_output=True)
    if done.returncode:
        pytest.skip("no right to mount a small file system here")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def test_on_a_full_disk_nothing_changes(small_disk: Path) -> None:
    output = FleetFolder(small_disk, "rendered")
    write_before(output)
    old = snapshot(output)
    texts = []
    for pages in range(0, 80, 2):
        ballast = fill(small_disk, leaving=pages * 4096)
        texts.append(refusal(lambda: write_fleet(output, AFTER)))
        ballast.unlink()
        if not texts[-1]:
            break
        assert texts[-1].startswith(f"{output.title()}: {FULL}: {UNCHANGED}")
        assert snapshot(output) == old
        assert not (output / ".meshrev").exists()
    assert len(texts) > 10
    assert texts[-1] == ""


def test_the_room_that_moving_files_needs_is_taken_before_the_change(tmp_path: Path) -> None:
    # Each name needs room in its folder too: on ext4 with small blocks that is another block every 20 names or so.
    output = FleetFolder(small_ext4(tmp_path), "rendered")
    try:
        for names in range(10, 26):
            write(output, "prod", [extra(names)])
            texts = []
            for kilobytes in range(4, 60):
                ballast = fill(output.folder.parent, leaving=kilobytes * 1024)
                texts.append(refusal(lambda names=names: write(output, "prod", [extra(names + 6)])))
                ballast.unlink()
                if not texts[-1]:
                    break
            assert texts[-1] == ""
            assert all(UNCHANGED in text for text in texts[:-1])
            shutil.rmtree(output.folder)
    finally:
        subprocess.run(["umount", output.folder.parent], check=True)


def extra(count: int) -> Bundle:
    return Bundle(
        "extra", "", "Namespace", tuple(manifest("ConfigMap", f"with-a-long-name-{n:04}") for n in range(count))
    )


def small_ext4(tmp_path: Path) -> Path:
    image, place = tmp_path / "image", tmp_path / "ext4"
    place.mkdir()
    image.write_bytes(b"")
    os.truncate(image, 3 << 20)
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("no mkfs.ext4 here")
    subprocess.run(["mkfs.ext4", "-q", "-b", "1024", "-O", "^has_journal", "-m", "0", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, place], capture_output=True).returncode:
        pytest.skip("no right to mount a file here")
    return place


def fill(place: Path, leaving: int) -> Path:
    """A file that takes all room of a file system but so many bytes."""
    disk = os.statvfs(place)
    with (place / "ballast").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(disk.f_bavail * disk.f_frsize - leaving, 1))
    return place / "ballast"


def test_on_a_disk_that_can_only_be_read_nothing_changes(small_disk: Path) -> None:
    output = FleetFolder(small_disk, "rendered")
    write_before(output)
    old = snapshot(output)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert refusal(lambda: write_fleet(output, AFTER)).startswith(
        f"{output.title()}: the file system can only be read: {UNCHANGED}"
    )
    assert refusal(lambda: write_before(FleetFolder(small_disk, "other"))).startswith("other: the file system can only")
    with hold_off_writers(output):
        assert snapshot(output) == old


def test_a_file_over_the_limit_of_the_process_changes_nothing(output: FleetFolder) -> None:
    def limited() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
        return refusal(lambda: write_fleet(output, AFTER))

    old = snapshot(output)
    assert in_child(limited).startswith(
        f"{output.title()}: the file is larger than this process may write: {UNCHANGED}"
    )
    assert snapshot(output) == old


@pytest.fixture
def open_to_all() -> Iterator[FleetFolder]:
    """As `output`, where other users can come to it."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        output = FleetFolder(Path(place), "rendered")
        write_before(output)
        yield output


def as_nobody(work: Callable[[], object]) -> str:
    """The refusal of `work`, run by a user who has no rights beyond the files' own."""

    def run() -> str:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        try:
            work()
        except InputError as error:
            return str(error)
        return ""

    return in_child(run)


def test_a_folder_that_may_not_be_written_is_named(open_to_all: FleetFolder) -> None:
    open_to_all.folder.chmod(0o555)
    old = snapshot(open_to_all)
    text = as_nobody(lambda: write_fleet(open_to_all, AFTER))
    assert text == f"rendered: no permission to write here: {UNCHANGED}"
    assert snapshot(open_to_all) == old
    open_to_all.folder.chmod(0o755)


def test_every_folder_inside_that_may_not_be_written_is_named_before_anything_changes(open_to_all: FleetFolder) -> None:
    locked = [open_to_all / "prod/namespaces", open_to_all / "prod/tags/prod"]
    for folder in (path for path in (open_to_all.folder, *open_to_all.folder.rglob("*")) if path.is_dir()):
        folder.chmod(0o555 if folder in locked else 0o777)
    old = snapshot(open_to_all)
    lines = as_nobody(lambda: write_fleet(open_to_all, AFTER)).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["rendered/prod/namespaces", "rendered/prod/tags/prod"]
    assert all("this folder cannot be written: nothing was changed" in line for line in lines)
    assert snapshot(open_to_all) == old
    for folder in locked:
        folder.chmod(0o755)


@pytest.mark.parametrize(
    "place", ["", "prod", "prod/tags", "prod/inventory.jsonl", "prod/tags/prod/kustomization.yaml"]
)
def test_what_may_not_be_read_is_named(open_to_all: FleetFolder, place: str) -> None:
    open_to_all.folder.chmod(0o777)
    (open_to_all / place).chmod(0)
    text = as_nobody(lambda: prepared(open_to_all, "prod", *BEFORE["prod"]))  # type: ignore[misc]
    (open_to_all / place).chmod(0o755)
    assert text.startswith(f"rendered/{place}".rstrip("/"))
    assert text.endswith("no permission to read this: make it readable and run the same command again")


def test_an_immutable_folder_changes_nothing_even_for_root(output: FleetFolder) -> None:
    locked = output / "prod/tags/prod"
    if subprocess.run(["chattr", "+i", locked], capture_output=True).returncode:
        pytest.skip("no right to make a folder immutable here")
    try:
        old = snapshot(output)
        text = refusal(lambda: write_fleet(output, AFTER))
        assert text.startswith(f"{output.from_root(locked)}: this folder cannot be written: nothing was changed")
        assert snapshot(output) == old
    finally:
        subprocess.run(["chattr", "-i", locked], check=True)


def test_another_file_system_inside_the_tree_is_refused(output: FleetFolder, small_disk: Path) -> None:
    place = output / "prod/namespaces"
    if subprocess.run(["mount", "-t", "tmpfs", "none", place], capture_output=True).returncode:
        pytest.skip("no right to mount here")
    try:
        old = snapshot(output)
        text = refusal(lambda: write_fleet(output, AFTER))
        assert text.startswith(f"{output.from_root(place)}: is on another file system than the output")
        assert snapshot(output) == old
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_first_render_that_cannot_be_written_leaves_no_folder(small_disk: Path) -> None:
    output = FleetFolder(small_disk, "a/rendered")
    fill(small_disk, leaving=20 * 1024)
    assert refusal(lambda: write(output, "prod", cluster())).startswith(f"{output.title()}: {FULL}: {UNCHANGED}")
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


# Which disk it is


def test_a_full_disk_of_the_output_is_named(small_disk: Path) -> None:
    output = FleetFolder(small_disk, "rendered")
    fill(small_disk, leaving=20 * 1024)
    text = refusal(lambda: write(output, "prod", cluster()))
    assert text == f"rendered: {FULL}: {UNCHANGED} (the full disk: {small_disk})"


def test_a_full_disk_of_the_repository_is_named_and_nothing_is_changed(fleet: FleetRepo, tmp_path: Path) -> None:
    head, disk = fleet.git("rev-parse", "HEAD"), tmp_path / "disk"
    with mounted(disk, "8m"):
        shutil.move(fleet.root / ".git", disk / "git")
        (fleet.root / ".git").write_text(f"gitdir: {disk}/git\n")
        for pages in (0, 1, 4, 16, 64):
            ballast = fill(disk, leaving=pages * 4096)
            assert f"(the full disk: {disk})" in fleet.meshrev(*CART, code=None).err
            ballast.unlink()
            assert fleet.git("rev-parse", "HEAD") == head
        fleet.meshrev(*CART)
        assert fleet.git("rev-parse", "HEAD^") == head


def test_a_full_disk_of_temporary_files_is_named(fleet: FleetRepo, small_disk: Path) -> None:
    fleet.write("base/istio.yaml", (fleet.root / "base/istio.yaml").read_text() + "# changed\n")
    fill(small_disk, leaving=16 * 1024)
    done = fleet.meshrev("check", "--staged", code=4, TMPDIR=str(small_disk))
    assert f"(the full disk: {small_disk})" in done.err
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
