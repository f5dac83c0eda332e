"""What changes in the clusters between two revisions of a fleet's repository, or up to the working tree.

Compared are the committed trees, object by object: what is added, removed and changed, which namespaces and
workloads get another proxy, and what has to be restarted for it. Nothing is checked out, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from render.finding import in_order
from render.git.trees import Repository, Side
from render.operations.diff.cluster_diff import cluster_diff
from render.operations.diff.compared_files import Folder, folder, match_moved_objects
from render.operations.diff.counterparts import Pair
from render.operations.diff.hazards import with_hazards
from render.operations.diff.model import Diff
from render.operations.diff.objects import BlobDiff, Job, compare_jobs
from render.operations.diff.observed import with_observations
from render.operations.diff.sides import Files, FolderDifferences, differing
from render.plan.injection.proxy_moves import InjectorMap
from render.tree.served import Fact, fact, serving, tells


def diff(
    root: Path,
    before: str | None = "HEAD",
    after: str | None = None,
    clusters: Collection[str] = (),
    observations: str | None = None,
    *,
    hazards: bool = True,
) -> Diff:
    """Compare two git revisions of the fleet in `root` by name; None is the working tree. `clusters` names those to
    look at, else all; `observations` is the folder of observations, the fleet's own without it. Catalog
    hazards are left out without `hazards`, which is faster: they are found in specs of both sides.

    Raises `InputError` for a revision or a cluster that is not there, with what to do, and for a broken observation.
    """
    with Repository(root) as repository:
        sides = repository.side(before), repository.side(after)
        return compare_sides(root, repository, sides, clusters, observations, hazards=hazards)


def compare_sides(
    root: Path,
    repository: Repository,
    sides: tuple[Side, Side],
    clusters: Collection[str],
    observations: str | None,
    *,
    hazards: bool,
) -> Diff:
    """As `diff`, of two sides of a repository that is open. `root` is that of the fleet whose observations count."""
    found = differing(repository, *sides, clusters)
    return compare_folders(root, repository, sides, found, observations, hazards=hazards)


def compare_folders(
    root: Path,
    repository: Repository,
    sides: tuple[Side, Side],
    found: FolderDifferences,
    observations: str | None,
    *,
    hazards: bool = False,
) -> Diff:
    """As `diff`, of folders whose files the repository can read. `hazards` needs sides that have specs."""
    folders = _folders(repository, found)
    done = _compare_all(repository, {}, (pair for each in folders for pair in each.pairs))
    folders = [match_moved_objects(each, done) for each in folders]
    done = _compare_all(repository, done, (pair for each in folders for pair in each.pairs))
    diffs = [cluster_diff(each, done) for each in folders]
    if hazards:
        diffs = with_hazards(repository, sides[1], diffs, folders)
    diffs = with_observations(root, diffs, observations)
    findings = [finding for each in folders for finding in each.findings(done)]
    return Diff(
        *sides,
        names=found.clusters,
        clusters=tuple(made for made in diffs if made.parts and made.name in found.clusters),
        shared=tuple(made for made in diffs if made.parts and made.name not in found.clusters),
        silent=tuple(made.name for made in diffs if not made.parts),
        findings=tuple(in_order(findings)),
    )


def _folders(repository: Repository, found: FolderDifferences) -> list[Folder]:
    """Returns each folder that differs, with who serves whom in it on both sides, and the files to compare."""
    sides = [_servings(repository, [files[side] for files in found.folders.values()]) for side in (0, 1)]
    return [
        folder(repository, name, files, (before, after), found.based_on.get(name, ""))
        for (name, files), before, after in zip(found.folders.items(), *sides, strict=True)
    ]


def _servings(repository: Repository, trees: Sequence[Files]) -> list[InjectorMap]:
    """Returns who serves whom in each of these trees of a cluster. Files that clusters share are read once."""
    wanted: dict[tuple[str, str], str] = {}
    for files in trees:
        for path, oid in files.items():
            if tells(path):
                wanted.setdefault((path.partition("/")[0], oid), path)
    texts = repository.read(oid for _, oid in wanted)
    facts: dict[tuple[str, str], Fact | None] = {
        key: fact(path, text) for (key, path), text in zip(wanted.items(), texts, strict=True)
    }
    return [serving(facts.get((path.partition("/")[0], oid)) for path, oid in files.items()) for files in trees]


def _compare_all(repository: Repository, done: dict[Job, BlobDiff], pairs: Iterable[Pair]) -> dict[Job, BlobDiff]:
    """Returns what is done, and what has to be done yet for these pairs."""
    jobs = [job for job in dict.fromkeys(pair.ids for pair in pairs) if job not in done]
    return done | dict(zip(jobs, compare_jobs(repository, jobs), strict=True))
