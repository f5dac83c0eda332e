"""One operation from its edit of specs to its commit, on the newest commit of a branch and safe with others at work.

The branch is fetched, the clusters that are meant are taken from it into a checkout of their own, specs are edited,
rendered, proved, linted and compared there, and one commit of it all is brought to the branch with the expected old
value. Where somebody else was faster, the operation itself is done again on what they made, not its patch. Nothing
that a person has checked out is touched before that, and a command that is killed leaves nothing half done.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from render.areas import RESERVED
from render.charts.chart_folder import lock_file
from render.errors import InputError, wrong
from render.finding import Finding
from render.git.commit import commit_tree, tree_with
from render.git.commit_reader import CommitReader
from render.git.trees import Entry, Repository, Side
from render.git.worktree import Checkout, checkout
from render.kustomize.file import NAMES
from render.kustomize.file_users import Uses
from render.kustomize.reader import TextReader
from render.lint.waivers import ClusterFinding
from render.manifests.argocd import CLUSTER_FILE as READ_BY_ARGO_CD
from render.operations.change.commit_message import message
from render.operations.change.operation import Base, How, NewCommit, Operation, OperationEdits, Workspace
from render.operations.diff.model import Diff
from render.operations.diff.run import compare_sides
from render.operations.lint.run import lint
from render.operations.render.fleet import OpenFleet, open_fleet, refuse_committed_state
from render.operations.render.input_digest import Recording
from render.operations.render.result import ClusterResult
from render.operations.render.run import check, render, render_delivery
from render.specs.clusters import CLUSTER_FILE, SpecsCache, peer_folders
from render.specs.fleet import FILE, overlay_folders
from render.specs.kinds import ClusterSpecs
from render.specs.releases import FLEET_FILE
from render.tree.layout import FLEET_ARGOCD, FLEET_ARTIFACTS, SHARED_CRDS
from render.tree.store.disk import unwritable
from render.tree.store.drift import TURNED
from render.tree.store.fleet_folder import FleetFolder

CODE = "MR202"


def make_commit(root: Path, operation: Operation, base: str, how: How) -> NewCommit | None:
    """Returns the commit of an operation on the commit `base` of the fleet in `root`; None where there is nothing to
    do.

    Raises `InputError` for what keeps the operation from being done. Nothing but objects of git is left behind.
    """
    with Repository(root) as repository:
        side = repository.side(base)
        reader = CommitReader(repository, side)
        opened = open_fleet(root, reader, allow_unknown_values=how.allow_unknown_values)
        refuse_committed_state(opened)
        on = Base(repository, side, opened)
        specs = operation.clusters(on)
        overlays = overlay_folders(reader, opened.fleet)
        reader.read_ahead(overlays, NAMES)
        users = Uses(reader, CLUSTER_FILE).by_file(overlays)
        wanted = needed_paths(opened, specs, operation.folders)
        observed = how.observed or _observations(opened)
        said = how.doing("checking out") or (lambda *_: None)
        said(0, len(specs))
        with checkout(repository, side, wanted) as at:
            said(len(specs), len(specs))
            there = replace(on, opened=replace(opened, root=at.root / repository.prefix))
            work = Workspace(there, specs, users, str(root / observed) if observed else None)
            return _carried_out(operation, work, at, how)


def _observations(opened: OpenFleet) -> str | None:
    """Returns the observations that lie in the working tree: newer than those that are committed, maybe."""
    path = opened.fleet.observation.path
    return path if (opened.root / path).is_dir() else None


def needed_paths(opened: OpenFleet, specs: Iterable[ClusterSpecs], folders: Iterable[str]) -> list[str]:
    """Returns the files and folders that are needed to render these clusters; `folders` are others of the output."""
    fleet, uses = opened.fleet, Uses(opened.reader, CLUSTER_FILE)
    wanted = {FILE, *opened.reader.links(FILE), fleet.observation.path}
    wanted |= {f"{fleet.output}/{name}" for name in (SHARED_CRDS, *folders)}
    if fleet.handover.render_project:  # it is put together from what each cluster's file says
        noted = (f"{fleet.output}/{name}/{READ_BY_ARGO_CD}" for name in opened.reader.entries(fleet.output))
        wanted |= {f"{fleet.output}/{FLEET_ARGOCD}", *(file for file in noted if opened.reader.is_file(file))}
    if fleet.handover.artifacts:
        wanted |= {f"{fleet.output}/{FLEET_ARTIFACTS}"}
    for one in specs:
        wanted |= uses.files(one.folder)
        wanted |= {f"{fleet.output}/{one.cluster.name}", one.folder}
        if one.charts:
            folder = one.charts.folder
            wanted |= {
                FLEET_FILE,
                folder,
                lock_file(folder),
                *opened.reader.links(folder),
                *opened.reader.links(lock_file(folder)),
            }
        for folder in peer_folders(opened.reader, fleet, one.cluster, opened.cache):
            wanted |= {folder, *uses.files(folder)}
        if crds := one.settings.crds:
            wanted |= {crds.path, *opened.reader.links(crds.path)}
    return sorted(wanted)


def _carried_out(operation: Operation, work: Workspace, at: Checkout, how: How) -> NewCommit | None:
    base, repository = work.base.commit, work.base.repository
    if operation.touches_tree:
        _refuse_a_stale_tree(work, [specs.cluster.name for specs in work.specs], how)
    edited = operation.edit(work)
    if edited is None:
        return None
    names = edited.clusters
    if not operation.touches_tree:
        _refuse_a_stale_tree(work, names, how)
    results, changes = _render(edited, work, at, how)
    tree = tree_with(repository, repository.tree(base), changes)
    found = _compare(work, tree, names, how)
    if more := operation.restarts(_after(work, edited), found):
        edited = replace(edited, texts={**edited.texts, **more})
        results, changes = _render(edited, work, at, how)
        tree = tree_with(repository, repository.tree(base), changes)
        found = _compare(work, tree, names, how)
    if tree == repository.tree(base):
        return None
    findings = _new_findings(work, names, how)
    said = message(repository.root, operation.verb, edited, found, _specs_digest(work, changes), base)
    commit = commit_tree(repository.root, tree, base, said.text)
    return NewCommit(commit, base, edited, said, found, work.base.opened.fleet.forge, results, findings)


def _compare(work: Workspace, tree: str, names: Sequence[str], how: How) -> Diff:
    """Returns what changes in these clusters, told as a part of the whole fleet."""
    sides = work.base.side, Side("draft", tree)
    found = compare_sides(work.root, work.base.repository, sides, names, work.observed, hazards=how.hazards)
    reader, output = work.base.opened.reader, work.base.opened.fleet.output
    rendered = {name for name in reader.entries(output) if reader.is_folder(f"{output}/{name}")}
    return replace(found, names=tuple(sorted({*found.names, *rendered.difference(RESERVED)})))


def _after(work: Workspace, edited: OperationEdits) -> Workspace:
    """Returns the same work once the edits are made."""
    texts = {file: content for file, content in edited.texts.items() if content is not None}
    before = work.base.opened
    cache = SpecsCache(allow_unknown_values=before.cache.allow_unknown_values)
    opened = OpenFleet(before.root, before.fleet, Recording(TextReader(before.reader, texts)), cache)
    specs, _ = opened.specs(edited.clusters) if edited.clusters else ([], [])
    users = {**work.users, **{file: frozenset([file.rpartition("/")[0]]) for file in texts if file not in work.users}}
    return replace(work, base=replace(work.base, opened=opened), specs=specs, users=users)


def _refuse_a_stale_tree(work: Workspace, names: Sequence[str], how: How) -> None:
    """Refuses what others have not rendered yet: it would go into this commit too."""
    said = how.doing("checking")
    before = check(work.root, names, said, allow_unknown_values=how.allow_unknown_values) if names else None
    for folder in (*before.shared, *before.clusters) if before else ():
        turned = [replace(one, severity="error") for one in folder.findings if one.code == TURNED]
        if turned:  # and rendering would not mend it
            raise InputError(turned)
        if folder.differs:
            paths = [*folder.added, *folder.changed, *folder.removed]
            message = (
                f"is not what the specs at {work.base.commit[:10]} say "
                f"({paths[0]}{', ...' if len(paths) > 1 else ''}), "
                "and this commit would carry what nobody asked it to: run `meshrev render` there and commit that first"
            )
            raise wrong(CODE, message, file=folder.folder)


def _render(
    edited: OperationEdits, work: Workspace, at: Checkout, how: How
) -> tuple[tuple[ClusterResult, ...], dict[str, Entry | None]]:
    """Write the specs and render; what came of each cluster, and which files of the repository are not as before."""
    for path, content in edited.texts.items():
        file = work.root / path
        try:
            if content is None:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        except OSError as error:
            raise unwritable(FleetFolder(work.root, path), error) from None
    results: tuple[ClusterResult, ...] = ()
    if edited.clusters:
        said = how.doing("rendering")
        done = render(work.root, edited.clusters, progress=said, allow_unknown_values=how.allow_unknown_values)
        results = (*done.clusters, *done.shared)
    elif work.base.opened.fleet.handover.follows_trees:  # of a cluster that goes
        results = render_delivery(work.root)
    changed = [f"{one.folder}/{path}" for one in results for path in (*one.added, *one.changed, *one.removed)]
    prefix = work.base.repository.prefix
    return results, at.stage(f"{prefix}{path}" for path in (*edited.texts, *edited.tree, *changed))


def _new_findings(work: Workspace, names: Sequence[str], how: How) -> tuple[Finding, ...]:
    """Returns what lint says of the clusters as they are now. `InputError` with the errors that they did not have
    before."""
    if not names:
        return ()
    found = _lint(work.root, names, work, how)
    errors = [said for said in found if said.finding.severity == "error"]
    if errors and how.blocking:
        before = _errors_before(work, names, how)
        new = [said.finding for said in errors if not _by_cluster(said) <= before]
        if new:
            raise InputError(new)
    return tuple(said.finding for said in found)


def _lint(root: Path, names: Sequence[str], work: Workspace, how: How) -> Sequence[ClusterFinding]:
    base = work.base.repository, work.base.side
    said = how.doing("linting")
    allowed = how.allow_unknown_values
    return lint(root, names, base=base, observed=work.observed, allow_unknown_values=allowed, progress=said).said


def _errors_before(work: Workspace, names: Sequence[str], how: How) -> frozenset[_Error]:
    base = work.base
    wanted = needed_paths(base.opened, work.specs, ())
    with checkout(base.repository, base.side, wanted) as at:
        found = (
            _by_cluster(said)
            for said in _lint(at.root / base.repository.prefix, names, work, how)
            if said.finding.severity == "error"
        )
        return frozenset().union(*found)


_Error = tuple[str, str | None, str | None, str]  # code, object, field, cluster


def _by_cluster(said: ClusterFinding) -> frozenset[_Error]:
    one = said.finding
    return frozenset((one.code, one.object, one.field, cluster) for cluster in said.clusters or ("",))


def _specs_digest(work: Workspace, changes: Mapping[str, Entry | None]) -> str:
    """Returns a digest of all that people wrote in the fleet: the id of every file that is not rendered or observed."""
    repository, fleet = work.base.repository, work.base.opened.fleet
    not_ours = {fleet.output, fleet.observation.path}
    specs = repository.entries(work.base.side, ["."], without=not_ours)
    listed: dict[str, Entry | None] = {f"{repository.prefix}{path}": entry for path, entry in specs.items()}
    ours = tuple(f"{repository.prefix}{folder}/" for folder in not_ours)
    listed |= {path: entry for path, entry in changes.items() if path.startswith(repository.prefix)}
    lines = [
        f"{entry[0]} {entry[1]} 0\t{path}\0".encode(errors="surrogateescape")
        for path, entry in sorted(listed.items(), key=lambda item: os.fsencode(item[0]))
        if entry and not path.startswith(ours)
    ]
    return hashlib.sha256(b"".join(lines)).hexdigest()
