"""`rollback` as an operation: specs as they were before other operations, and the tree that follows from them.

The specs come back file by file, with what others changed since kept; the tree is rendered from them, so that what
an operation brought in stays as a frozen revision until it is retired, and pods go back to the revision that they had.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from render.areas import REVISIONS
from render.errors import InputError, wrong
from render.finding import Finding
from render.git.branches import is_ancestor
from render.git.log import is_shallow
from render.git.three_way_merge import changed_files, undo
from render.git.trees import SHALLOW, Repository, Side
from render.kustomize.file_users import Uses
from render.messages import few
from render.operations.change.host_steps import host_steps
from render.operations.change.operation import Base, OperationEdits, Workspace
from render.operations.change.trailers import LoggedOperation, find_operation, operations
from render.operations.diff.model import Diff
from render.plan.config_objects import config_references
from render.plan.inventory import RevisionRecord
from render.plan.usage import namespace_reference, pod_reference
from render.specs import releases
from render.specs.clusters import CLUSTER_FILE, load_cluster
from render.specs.fleet import overlay_folders
from render.specs.kinds import ClusterSpecs
from render.tree.layout import INVENTORY, revision_folder
from render.tree.served import fact, serving, tells

CODE = "MR204"
RETIRE = "retire"
TIDY = "tidy"


@dataclass(frozen=True, slots=True)
class Rollback:
    """Take back the operation of this id, or all since the commit `to`, or (neither) the last one, with tidying that
    came after it.

    `restore` brings revisions that were retired since back from history. `operations` are ids of several, taken back
    together.
    """

    operation: str | None = None
    to: str | None = None
    restore: bool = False
    operations: tuple[str, ...] = ()

    verb = "rollback"
    folders = ()
    touches_tree = True

    @property
    def words(self) -> str:
        if self.to:
            return f"rollback to {self.to}"
        if self.operation:
            return f"rollback of {self.operation}"
        return "the last operation is taken back, or takes one back: --operation ID names an earlier one"

    def clusters(self, base: Base) -> list[ClusterSpecs]:
        """Returns those whose trees or specs the operations changed, and that are still described."""
        opened = base.opened
        _refuse_without_a_parent(base, self._meant(base))
        uses = Uses(opened.reader, CLUSTER_FILE).by_file(overlay_folders(opened.reader, opened.fleet))
        changed = [
            file.path
            for one in self._meant(base)
            for file in changed_files(base.repository.root, one.commit, one.parent)
        ]
        output = f"{opened.fleet.output}/"
        names = {path.removeprefix(output).partition("/")[0] for path in changed if path.startswith(output)}
        folders = {overlay for path in changed for overlay in uses.get(path, ())}
        chosen, errors = list[ClusterSpecs](), list[Finding]()
        for overlay in overlay_folders(opened.reader, opened.fleet) if names or folders else ():
            try:
                specs = load_cluster(opened.reader, opened.fleet, overlay, opened.cache).specs
            except InputError as error:  # what is wrong in other clusters must not keep these from going back
                errors += error.findings if overlay in folders or posixpath.basename(overlay) in names else ()
                continue
            if specs.cluster.name in names or overlay in folders:
                chosen.append(specs)
        if errors:
            raise InputError(errors)
        return chosen

    def edit(self, work: Workspace) -> OperationEdits | None:
        meant = self._meant(work.base)
        if not meant:
            return None
        for one in meant:
            if any(name.startswith(f"{RETIRE}-") for name in one.undoes):
                message = f"{one.id} brought back what was retired: `meshrev retire` takes it out, once it may go"
                raise wrong(CODE, message)
        texts = _before(work, meant)
        restored = _restore(work, meant, restore=self.restore)
        subjects = few([one.subject for one in meant], 1)
        return OperationEdits(
            subject=f"Roll back: {subjects}",
            texts=texts,
            clusters=tuple(specs.cluster.name for specs in work.specs),
            from_=meant[0].to,
            to=meant[-1].from_,
            notes=tuple(f"takes back {one.id}: {one.subject}" for one in meant),
            tree=restored,
            undoes=tuple(one.id for one in meant),
            words=f"to {work.base.repository.side(self.to).commit}" if self.to else f"of {meant[0].id}",
            steps=host_steps(work.base.opened.fleet, work.specs),
        )

    def restarts(self, _work: Workspace, _found: Diff) -> dict[str, bytes]:
        """Returns the annotations that restarted workloads go back with the specs."""
        return {}

    def _meant(self, base: Base) -> list[LoggedOperation]:
        """Returns the operations to take back, the newest first; none where that was done already. Those that one
        squashed commit made go together."""
        known = operations(base.repository.root, base.commit)
        taken_back = _taken_back(known)
        if self.operations:
            return [one for one in known if one.id in self.operations and one.id not in taken_back]
        if self.to:
            since = base.repository.side(self.to).commit or ""
            if not is_ancestor(base.repository.root, since, base.commit):
                message = f"{self.to} is not in the history of this branch: name a commit from before the operations"
                raise wrong(CODE, message, file="--to")
            until = {one.id for one in operations(base.repository.root, since)}
            return [one for one in known if one.id not in {*until, *taken_back} and one.verb != self.verb]
        if self.operation:
            meant, after = find_operation(base.repository.root, self.operation, base.commit), []
        elif known:
            # A tidy changes no cluster: whoever wants the last change taken back means the one before it, on whose
            # edits the tidy built.
            meant = next((one for one in known if one.verb != TIDY), known[0])
            after = known[: known.index(meant)]
        else:
            raise wrong(CODE, "nothing was done with meshrev on this branch, so there is nothing to take back")
        if meant.id in taken_back or (meant.verb == self.verb and not self.operation):
            return []
        together = [*after, *(one for one in known if one.commit == meant.commit)]
        return [one for one in together if one.id not in taken_back]


def _refuse_without_a_parent(base: Base, meant: Iterable[LoggedOperation]) -> None:
    """Refuses where a shallow clone begins: all files look as if the commit had brought them in, and would go."""
    first = next((one for one in meant if one.parent is None), None)
    if first and is_shallow(base.repository.root):
        raise wrong(CODE, f"what {first.id} changed cannot be told: {SHALLOW}")


def _taken_back(newest_first: Iterable[LoggedOperation]) -> frozenset[str]:
    """Returns the ids that later operations took back, but for those operations that were taken back themselves."""
    found: set[str] = set()
    for one in newest_first:
        if one.id not in found:
            found.update(one.undoes)
    return frozenset(found)


def _before(work: Workspace, meant: Iterable[LoggedOperation]) -> dict[str, bytes | None]:
    """Returns the specs that the operations changed, as they were before them."""
    fleet, reader = work.base.opened.fleet, work.base.opened.reader
    rendered = (f"{fleet.output}/", f"{fleet.observation.path}/")
    now: dict[str, bytes | None] = {}
    texts: dict[str, bytes | None] = {}
    for one in meant:
        for file in changed_files(work.base.repository.root, one.commit, one.parent):
            if file.path.startswith(rendered) or not reader.is_folder(posixpath.dirname(file.path) or "."):
                continue  # the tree follows; a folder that is gone is a cluster that was given up since
            if file.path not in now:
                now[file.path] = reader.read(file.path) if reader.is_file(file.path) else None
            texts[file.path] = undo(work.base.repository, file, texts.get(file.path, now[file.path]))
    return {path: content for path, content in texts.items() if content != now[path]}


def _restore(work: Workspace, meant: Sequence[LoggedOperation], *, restore: bool) -> tuple[str, ...]:
    """Returns the files, from history, of revisions that served pods before the operations and were retired since; and
    of those revisions and clusters that the operations retired themselves.

    `InputError` where the first are not to be restored. Files are written below the output of the checkout.
    """
    first = meant[-1]
    if first.parent is None:
        return ()
    output, repository = work.base.opened.fleet.output, work.base.repository
    before = Side(first.parent, first.parent)
    retired = _retired_revisions(repository.root, meant, output)
    described = {specs.cluster.name for specs in work.specs}
    given_up = {path.split("/")[-2] for path in retired if path.count("/") == output.count("/") + 2} - described
    written = []
    for name in sorted(one for one in given_up if f"{output}/{one}/{INVENTORY}" in retired):
        written += _put_back(work, repository.files(before, [f"{output}/{name}"]))
    for specs in work.specs:
        folder = f"{output}/{specs.cluster.name}"
        then, now = _files(repository, before, folder), _files(repository, work.base.side, folder)
        gone = _revisions(then) - _revisions(now)
        own = {name for name in gone if f"{folder}/{revision_folder(name)}/{INVENTORY}" in retired}
        needed = (gone & _serving(repository, then) if gone else gone) - own
        if needed and not restore:
            message = (
                f"revision {min(needed)} was retired since, and pods would go back to it: with --restore it comes "
                f"back from {first.parent[:10]}, its files as they were"
            )
            raise wrong(CODE, message, file=folder)
        for name in sorted(own | needed):
            inside = f"{revision_folder(name)}/"
            ids = {f"{folder}/{path}": oid for path, oid in then.items() if path.startswith(inside)}
            written += _put_back(work, ids)
    return tuple(written)


def _put_back(work: Workspace, ids: Mapping[str, str]) -> list[str]:
    """Write these files into the checkout, each with its blob's content; their paths."""
    for path, content in zip(ids, work.base.repository.read(ids.values()), strict=True):
        file = work.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return list(ids)


def _retired_revisions(root: Path, meant: Iterable[LoggedOperation], output: str) -> frozenset[str]:
    """Returns the files below the output that those of the operations which retired something removed."""
    changed = (file for one in meant if one.verb == RETIRE for file in changed_files(root, one.commit, one.parent))
    return frozenset(file.path for file in changed if file.after is None and file.path.startswith(f"{output}/"))


def _files(repository: Repository, side: Side, folder: str) -> dict[str, str]:
    """Returns the files of a cluster's tree by their path in it, each with its blob's id."""
    return {path.removeprefix(f"{folder}/"): oid for path, oid in repository.files(side, [folder]).items()}


def _revisions(files: Iterable[str]) -> frozenset[str]:
    """Returns the revisions of a cluster's tree, by the names of their folders, which are theirs."""
    parts = (path.split("/") for path in files)
    return frozenset(part[1] for part in parts if part[0] == REVISIONS and len(part) == 3 and part[2] == INVENTORY)


def _serving(repository: Repository, files: Mapping[str, str]) -> frozenset[str]:
    """Returns the revisions of a cluster's tree that pods could get: those that tags, namespaces and workloads name,
    and the newest of each Istio, which its specs rendered."""
    telling = [path for path in files if tells(path)]
    texts = repository.read(files[path] for path in telling)
    found = serving(fact(path, content) for path, content in zip(telling, texts, strict=True))
    named = {namespace_reference(labels) for labels in found.namespaces.values()}
    named |= {pod_reference(pod.labels) for pod in found.workloads}
    named |= {one.wanted for one in config_references(found.gateways, found.namespaces)}
    newest: dict[str, RevisionRecord] = {}
    for record in found.revisions.values():
        owner = record.istio or record.name
        if owner not in newest or releases.parse(record.version) > releases.parse(newest[owner].version):
            newest[owner] = record
    of_names = {found.tags.get(name, name) for name in named if name}
    return frozenset({*found.tags.values(), *of_names, *(record.name for record in newest.values())})
