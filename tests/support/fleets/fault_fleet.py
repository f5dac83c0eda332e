"""A fleet before and after a change that does everything a change can do."""

from __future__ import annotations

import shutil

from render.manifests.bundle import Bundle
from render.tree.files import ClusterFiles
from render.tree.store.drift import compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import commit
from render.tree.store.lock import lock
from render.tree.store.read_inventory import read_merged
from render.tree.store.staging import stage
from tests.support.disk.cut_off import calls_of, killed
from tests.support.tree_example import NEW, OLD, namespaces, prepared, revision, tag

# Each cluster: its bundles, and the revisions that are frozen; None where it has no tree (any more).
Fleet = dict[str, tuple[list[Bundle], list[str]] | None]

BEFORE: Fleet = {
    "prod": ([revision(OLD), tag("prod"), tag("leaving"), namespaces("payments", "shop")], []),
    "retired": ([revision(OLD), namespaces("shop")], []),
}
AFTER: Fleet = {
    # a revision is frozen and a new one comes, a tag moves, one comes and one goes, a namespace goes
    "prod": ([revision(NEW), tag("prod", NEW), tag("coming"), namespaces("shop")], [OLD]),
    "retired": None,
    "new": ([revision(NEW), tag("prod", NEW)], []),
}


def write_fleet(output: FleetFolder, fleet: Fleet) -> None:
    """Writes all clusters in one change."""
    with lock(output):
        staged = []
        for number, (name, wanted) in enumerate(fleet.items()):
            if wanted is None:
                files = ClusterFiles(name)
                changes = compare(output, name, files, read_merged(output, name)[0])
            else:
                files, changes = prepared(output, name, *wanted)
            staged.append(stage(output, f"worker{number % 2}", files, changes))
        commit(output, staged)


def write_before(output: FleetFolder) -> None:
    """The tree as it was, with a file in it that is not ours."""
    write_fleet(output, BEFORE)
    (output / "prod/tags/leaving/NOTES.md").write_text("not meshrev's")


def write_decided(output: FleetFolder) -> None:
    """The tree as it was, and a change that is decided, of which nothing is done: its writer was killed there."""
    write_before(output)
    rehearsal = FleetFolder(output.root, "rehearsal")
    shutil.copytree(output.folder, rehearsal.folder)
    decision = calls_of(lambda: write_fleet(rehearsal, AFTER)).index("rename")
    shutil.rmtree(rehearsal.folder)
    assert killed(decision + 1, lambda: write_fleet(output, AFTER))
    assert (output / ".meshrev/journal").exists()
