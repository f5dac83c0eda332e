from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.unchanged import remember, still_current
from tests.support.tree_example import cluster, write

SHOP = "prod/namespaces/shop.yaml"


@pytest.fixture
def output(tmp_path: Path) -> FleetFolder:
    """A tree that was written and remembered a moment ago."""
    output = FleetFolder(tmp_path, "rendered")
    write(output, "prod", cluster())
    remembered(output, "inputs")
    return output


def remembered(output: FleetFolder, digest: str) -> None:
    (output / ".meshrev").mkdir(exist_ok=True)
    remember(output, "prod", digest)


def test_a_tree_is_current_right_after_it_was_written(output: FleetFolder) -> None:
    assert still_current(output, "prod", "inputs")


def test_other_inputs_are_not_current(output: FleetFolder) -> None:
    assert not still_current(output, "prod", "other")
    assert not still_current(output, "staging", "inputs")


def same_size_same_time(output: FleetFolder) -> None:
    """The hardest to see: as many bytes as before, and the time of the last change set back."""
    stat = (output / SHOP).stat()
    (output / SHOP).write_bytes((output / SHOP).read_bytes()[::-1])
    os.utime(output / SHOP, ns=(stat.st_atime_ns, stat.st_mtime_ns))


CHANGES: dict[str, Callable[[FleetFolder], object]] = {
    "a file changed": lambda output: (output / SHOP).write_text("x"),
    "same size, same time": same_size_same_time,
    "a file removed": lambda output: (output / SHOP).unlink(),
    "a file added": lambda output: (output / "prod/NOTES.md").write_text(""),
    "a folder added": lambda output: (output / "prod/tags/x").mkdir(),
    "a file renamed": lambda output: (output / SHOP).rename(output / "prod/namespaces/x.yaml"),
    "a folder renamed": lambda output: (output / "prod/tags").rename(output / "prod/tugs"),
    "a file for a link": lambda output: ((output / SHOP).unlink(), (output / SHOP).symlink_to("payments.yaml")),
    "the cluster gone": lambda output: shutil.rmtree(output / "prod"),
    "the cache gone": lambda output: shutil.rmtree(output / ".meshrev"),
    "the cache broken": lambda output: (output / ".meshrev/digests/prod").write_bytes(b"\xff\xfe"),
    "the cache empty": lambda output: (output / ".meshrev/digests/prod").write_bytes(b""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_any_change_is_seen(output: FleetFolder, change: Callable[[FleetFolder], object]) -> None:
    change(output)
    assert not still_current(output, "prod", "inputs")


def test_a_change_in_the_very_moment_of_remembering_is_seen(output: FleetFolder) -> None:
    for _ in range(50):
        remembered(output, "inputs")
        same_size_same_time(output)
        assert not still_current(output, "prod", "inputs")


def test_a_link_in_the_caches_place_is_replaced_and_not_followed(output: FleetFolder, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (output / ".meshrev/digests/prod").unlink()
    (output / ".meshrev/digests/prod").symlink_to(tmp_path / "precious")
    remembered(output, "inputs")
    assert (tmp_path / "precious").read_text() == "precious"
    assert still_current(output, "prod", "inputs")


def test_a_cache_that_cannot_be_written_is_no_trouble(output: FleetFolder) -> None:
    shutil.rmtree(output / ".meshrev/digests")
    (output / ".meshrev/digests").write_text("")
    remembered(output, "inputs")
    assert not still_current(output, "prod", "inputs")
