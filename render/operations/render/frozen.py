"""The proof that frozen revisions are what a commit rendered, whatever the inventories say of them.

A frozen revision is never rendered again, so nothing in the tree itself can prove it: who changes a file can change its
digest too. The history can. A frozen folder is accounted for where it is what it was in a commit whose specs render
the revision. That folders have the same inventory is enough: it lists the digests of all the other files, and these are
compared with it elsewhere. What a commit brought in together with the cluster's whole tree, such as the first commit of
a repository, is where trust begins.

Whose commits are believed: of the branch that is checked out all of them, each of which was checked as it came; with a
base, those that the base has. A commit between the base and what is looked at counts only where this program renders
its specs to just these files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from render.errors import InputError
from render.finding import Finding
from render.git.log import (
    FileVersion,
    file_versions,
    first_parents,
    folders_ever,
    has_commits,
    parents,
    shallow_commits,
)
from render.git.process import Foreign
from render.git.trees import FOLDER, REGULAR, SHALLOW, Repository, Side
from render.messages import count
from render.operations.render.commit_specs import CommitSpecs
from render.operations.render.fleet import OpenFleet
from render.tree.layout import INVENTORY, revision_folder
from render.tree.store.disk import read_bytes, reading_errors, walk

CHANGED = "MR093"
NOT_COMPARED = "MR177"


@dataclass(frozen=True, slots=True, order=True)
class Frozen:
    """A frozen revision of a cluster's tree."""

    cluster: str
    revision: str

    @property
    def folder(self) -> str:
        """Its folder below the output."""
        return f"{self.cluster}/{revision_folder(self.revision)}"

    @property
    def inventory(self) -> str:
        """Its inventory's path below the output."""
        return f"{self.folder}/{INVENTORY}"


_LAST = Frozen("-", "-").inventory.count("/")  # the depth of the file; above it are folders


def frozen_findings(opened: OpenFleet, frozen: Iterable[Frozen], base: str | Side | None = None) -> list[Finding]:
    """Returns an error (MR093) for each frozen revision that is not as a commit rendered it, and one note (MR177) on
    those of which that could not be told.

    The trees are those of `opened` as they lie there, each file already found to be as its inventory says. They are
    compared with HEAD and its history, or with those of `base`. `InputError` where there is no such base.
    """
    wanted = sorted(frozen)
    if not wanted and base is None:
        return []
    try:
        repository = Repository(opened.root)
    except Foreign:
        raise
    except InputError as error:
        if base is not None:
            raise
        return [_not_compared(wanted, error.findings[0].message)]
    with repository:
        if base is None and not has_commits(opened.root):
            return []
        trusted = base if isinstance(base, Side) else repository.side(base or "HEAD")
        specs = CommitSpecs(opened.root, repository, frozenset(one.cluster for one in wanted))
        return _Proof(repository, opened, trusted, base is not None, wanted, specs).findings()


def _not_compared(frozen: Collection[Frozen], why: str) -> Finding:
    few = count(len(frozen), "frozen revision is", "frozen revisions are")
    return Finding(NOT_COMPARED, f"{few} as the inventories say, but not compared with the commits before: {why}")


@dataclass(frozen=True, slots=True)
class _Search:
    """Whether a content was accounted for, and if not, the newest commit that has another one which is."""

    accounted: bool
    take: str = ""


@dataclass(frozen=True, slots=True)
class _Proof:
    """The trees of a fleet beside the commits that are believed: those that `trusted` reaches."""

    repository: Repository
    opened: OpenFleet
    trusted: Side
    by_base: bool
    wanted: Collection[Frozen]
    specs: CommitSpecs
    _changes: dict[tuple[str, str], Mapping[str, list[FileVersion]]] = field(default_factory=dict)
    _parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _ever: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @property
    def _output(self) -> str:
        return self.opened.output.title()

    def findings(self) -> list[Finding]:
        here = {one: self._id_here(one) for one in self.wanted}
        there = self._ids(self.trusted, self._output, self.wanted)
        open_ = [one for one in self.wanted if there.get(one) != here[one]]
        unknown: list[Frozen] = []
        if not self.by_base:
            same = {one: oid for one, oid in here.items() if there.get(one) == oid}
            open_ += self._not_rendered(same, unknown)
        found = [finding for one in sorted(open_) for finding in self._judge(one, here[one], one in there)]
        return [*found, *([_not_compared(unknown, SHALLOW)] if unknown else [])]

    def _id_here(self, one: Frozen) -> str:
        output = self.opened.output
        with reading_errors(output):
            return self.repository.blob_id(read_bytes(output / one.inventory))

    def _ids(self, side: Side, output: str, wanted: Iterable[Frozen]) -> dict[Frozen, str]:
        """Returns the blob ids of the inventories that a commit has. Level by level: few questions, each for many
        folders."""
        top = self.repository.entry(side, output)
        found = dict.fromkeys(wanted, top[1]) if top and top[0] == FOLDER else {}
        parts = {one: one.inventory.split("/") for one in found}
        for depth in range(_LAST + 1):
            self.repository.read_folders(found.values())
            entries = {one: self.repository.folder(oid).get(parts[one][depth]) for one, oid in found.items()}
            modes = REGULAR if depth == _LAST else (FOLDER,)
            found = {one: entry[1] for one, entry in entries.items() if entry and entry[0] in modes}
        return found

    def _not_rendered(self, same: Mapping[Frozen, str], unknown: list[Frozen]) -> list[Frozen]:
        """Returns those that are as in HEAD, where the commit that made them so does not account for them; `unknown`
        gets those that are older than what a shallow clone has."""
        if not same:
            return []
        assert self.trusted.commit
        branch = first_parents(self.opened.root, self.trusted.commit)
        found: list[Frozen] = []
        for one, commit in self._beginnings(branch, same).items():
            if not self._accounts(commit, self._output, one, same[one]):
                (unknown if self._is_cut_off(commit) else found).append(one)
        return found

    def _beginnings(self, branch: Sequence[str], same: Mapping[Frozen, str]) -> dict[Frozen, str]:
        """For each the commit of the branch from which on it is as at the tip, found by halving: a walk would compare
        every commit's thousand folders. What went and came again meanwhile may begin at either, and either will do:
        the commit is a witness, which is heard afterwards."""
        found: dict[Frozen, str] = {}
        ranges = [(0, len(branch), list(same))]  # those are as at the tip in the first commit, and not in the last
        while ranges:
            first, last, those = ranges.pop()
            if last - first == 1:
                found.update(dict.fromkeys(those, branch[first]))
                continue
            middle = (first + last) // 2
            there = self._ids(Side(branch[middle], branch[middle]), self._output, those)
            for begin, end, equal in ((middle, last, True), (first, middle, False)):
                if some := [one for one in those if (there.get(one) == same[one]) is equal]:
                    ranges.append((begin, end, some))
        return found

    def _is_cut_off(self, commit: str) -> bool:
        """Returns whether a shallow clone begins at a commit: everything looks new there."""
        return self.repository.is_shallow and commit in shallow_commits(self.opened.root)

    def _accounts(self, commit: str, output: str, one: Frozen, oid: str) -> bool:
        """Returns whether a commit that changed a revision's folder to what it is says why: its specs render the
        revision, or it brought in the cluster's whole tree."""
        return self.specs.specify(commit, one.cluster, one.revision) or self._begins(commit, output, one, oid)

    def _begins(self, commit: str, output: str, one: Frozen, oid: str) -> bool:
        """Returns whether no commit before had a tree of the cluster; one in another output, before the fleet's was
        renamed, has to account for it in its place."""
        if commit not in self._parents:
            self._parents[commit] = parents(self.opened.root, commit)
        above = self._parents[commit]
        if not above:
            return not self._is_cut_off(commit)
        parent = Side(above[0], above[0])
        before = self.specs.fleet(above[0])
        if before and before.fleet.output != output and self._has_cluster(parent, before.fleet.output, one):
            old = self._ids(parent, before.fleet.output, [one]).get(one)
            return old == oid and self._search(above[0], before.fleet.output, one, oid).accounted
        if self._has_cluster(parent, output, one):
            return False
        key = above[0], output
        if key not in self._ever:
            self._ever[key] = folders_ever(self.opened.root, output, above[0])
        return one.cluster not in self._ever[key]

    def _has_cluster(self, side: Side, output: str, one: Frozen) -> bool:
        return self.repository.entry(side, f"{output}/{one.cluster}") is not None

    def _search(self, rev: str, output: str, one: Frozen, oid: str) -> _Search:
        """Looks for a content in all commits that `rev` reaches, merged branches included."""
        take = ""
        for commit, after in self._versions(rev, output, one):
            if after and (after == oid or not take) and self._accounts(commit, output, one, after):
                if after == oid:
                    return _Search(True)
                take = commit
        return _Search(False, take)

    def _versions(self, rev: str, output: str, one: Frozen) -> list[FileVersion]:
        """Returns the commits that changed a revision's inventory, with its blob id; one walk for all that are looked
        for."""
        key = rev, output
        if key not in self._changes:
            paths = {f"{output}/{other.inventory}" for other in self.wanted}
            self._changes[key] = file_versions(self.opened.root, output, paths, rev)
        return self._changes[key][f"{output}/{one.inventory}"]

    def _judge(self, one: Frozen, oid: str, in_base: bool) -> list[Finding]:
        assert self.trusted.commit
        found = self._search(self.trusted.commit, self._output, one, oid)
        if found.accounted:
            return []
        bringing = [commit for commit, after in self._versions("HEAD", self._output, one) if after == oid]
        may_change = not in_base or self.specs.specify(self.trusted.commit, one.cluster, one.revision)
        if self.by_base and may_change and any(self._renders(commit, one, oid) for commit in bringing):
            return []
        return [self._finding(one, found.take, bringing[0] if bringing else "")]

    def _finding(self, one: Frozen, take: str, commit: str) -> Finding:
        folder = f"{self._output}/{one.folder}"
        by = f"by commit {commit[:10]}" if commit else "and that is not committed"
        hint = f" ({SHALLOW})" if self.repository.is_shallow else ""
        if take:
            message = (
                f"was changed {by}, but its revision is frozen since commit {take[:10]} rendered it, whatever its "
                f"inventory says: git checkout {take} -- {folder}, take the line of "
                f"{revision_folder(one.revision)}/{INVENTORY} out of {self._output}/{one.cluster}/{INVENTORY}, and run "
                "`meshrev render`"
            )
            return Finding(CHANGED, f"{message}{hint}", file=f"{folder}/{self._first_change(one, take)}")
        unread = commit and self.specs.of_cluster(commit, one.cluster) is None
        why = "whose specs this program cannot read" if unread else "and no commit rendered it"
        message = (
            f"is of a frozen revision that was brought in {by}, {why}: take {folder} out of the tree, or name the "
            "revision in an IstioRevision, so that it is rendered"
        )
        return Finding(CHANGED, f"{message}{hint}", file=f"{self._output}/{one.inventory}")

    def _first_change(self, one: Frozen, commit: str) -> str:
        """Returns the first file in the revision's folder that is not as in a commit, the inventory last."""
        folder = f"{self._output}/{one.folder}"
        before = self.repository.files(Side(commit, commit), [folder])
        here = walk(self.opened.root / folder).files
        names = {*here, *(path.removeprefix(f"{folder}/") for path in before)} - {INVENTORY}
        for name in sorted(names):
            there = before.get(f"{folder}/{name}")
            if name not in here or self.repository.blob_id(read_bytes(self.opened.root / folder / name)) != there:
                return name
        return INVENTORY

    def _renders(self, commit: str, one: Frozen, oid: str) -> bool:
        """Returns whether this program renders the specs of a commit to just this folder."""
        text = self.specs.rendered_inventory(commit, one.cluster, one.revision)
        return text is not None and self.repository.blob_id(text) == oid
