"""When clusters stopped using a revision, by what the branch's own commits changed in their trees.

One walk through the history serves all clusters and ends where the last of them is answered. It starts from the
committed trees and takes back commit by commit what each changed, so that no tree but the first is ever listed, and
only files that a commit changed are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from render.areas import REVISIONS, ZTUNNEL, area_of
from render.errors import InputError
from render.git.log import CommitChange, changes
from render.git.trees import Repository
from render.kustomize.read import parse
from render.plan.config_objects import config_references
from render.plan.inventory import RevisionRecord
from render.plan.labels import REVISION_LABEL
from render.plan.revision_facts import injects_by_default
from render.plan.usage import references, revision_usage
from render.tree.layout import INVENTORY, revision_folder
from render.tree.served import Fact, agent_of, fact, serving, tells

_MANY = 100  # clusters by name on git's command line; above that the whole output is asked for
_What = TypeVar("_What")


@dataclass(frozen=True, slots=True)
class LastUse:
    """The commit of the branch that stopped using a revision, the committer's time of it in UTC, and who used it until
    then (`Namespace/shop`); nobody where it only ceased to be its Istio's active one. `at` is None for a time that
    cannot be."""

    commit: str
    at: datetime | None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LastUses:
    """Each cluster is in one of them. `still`: who refers to the revision in the committed tree. `unknown`: the clone
    is shallow, and does not reach back far enough. `uncommitted`: the commit has no such revision."""

    stopped: Mapping[str, LastUse]
    still: Mapping[str, tuple[str, ...]]
    unknown: frozenset[str]
    uncommitted: frozenset[str]


def last_uses(root: Path, output: str, clusters: Collection[str], revision: str) -> LastUses:
    """Returns when each of the clusters, whose trees are in the folder `output`, stopped using the revision.

    That is the newest first-parent commit of HEAD of these: one before which a tag, a namespace, a workload or a
    ZTunnel of the tree referred to the revision; the one that brought in the revision that followed it as its Istio's
    active one; the last one that rendered it, because only what is active is ever rendered. An Istio that returns to a
    revision which is still there changes no file by that alone; nobody loses a proxy by it either.

    Paths are relative to the fleet's `root`. `InputError` where that is in no repository.
    """
    with Repository(root) as repository:
        walk = _Walk(repository, revision, "" if output == "." else f"{output}/")
        paths = [f"{output}/{name}" for name in clusters] if len(clusters) <= _MANY else [output]
        walk.begin(clusters, paths)
        if walk.ahead:
            for change in changes(root, paths):
                walk.take_back(change)
                if not walk.ahead:
                    break
        for name, cluster in [*walk.ahead.items()]:
            walk.finish(name, cluster.followed)
        return LastUses(walk.stopped, walk.still, frozenset(walk.unknown), frozenset(walk.uncommitted))


@dataclass(slots=True)
class _Cluster:
    """One tree as it was before the commits that were taken back. `files` are those that say who serves whom, by path
    to blob id; `naming` those that hold the revision's name. `followed` is the oldest commit so far that brought in
    another revision of the same Istio, `used` the newest before which something referred to the revision."""

    record: RevisionRecord
    files: dict[str, str]
    naming: set[str]
    followed: LastUse | None = None
    used: LastUse | None = None


@dataclass(slots=True)
class _Walk:
    repository: Repository
    revision: str
    prefix: str
    ahead: dict[str, _Cluster] = field(default_factory=dict)
    stopped: dict[str, LastUse] = field(default_factory=dict)
    still: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    uncommitted: set[str] = field(default_factory=set)
    facts: dict[tuple[str, str], _Said] = field(default_factory=dict)
    names: dict[str, bool] = field(default_factory=dict)

    @property
    def own(self) -> str:
        """The file that is changed whenever the revision is rendered anew."""
        return f"{revision_folder(self.revision)}/{INVENTORY}"

    def begin(self, clusters: Collection[str], paths: list[str]) -> None:
        """The trees as they are committed."""
        trees: dict[str, dict[str, str]] = {name: {} for name in clusters}
        try:
            listed = self.repository.files(self.repository.side("HEAD"), paths)
        except InputError:  # nothing is committed
            listed = {}
        for name, path, oid in self._ours(listed.items()):
            if name in trees and _counts(path):
                trees[name][path] = oid
        self._look_for_name(oid for files in trees.values() for oid in files.values())
        for name, files in trees.items():
            record = self._fact(self.own, files[self.own]) if self.own in files else None
            if not isinstance(record, RevisionRecord):
                self.uncommitted.add(name)
                continue
            cluster = _Cluster(record, {}, set())
            for path, oid in files.items():
                _put(cluster, path, oid, named=self.names[oid])
            if users := self._users(cluster):
                self.still[name] = users
            else:
                self.ahead[name] = cluster

    def take_back(self, change: CommitChange) -> None:
        """From the trees after a commit to those before it."""
        changed: dict[str, dict[str, tuple[str, str]]] = {}
        for name, path, ids in self._ours(change.paths.items()):
            if name in self.ahead and _counts(path):
                changed.setdefault(name, {})[path] = ids
        self._look_for_name(before for paths in changed.values() for before, _ in paths.values())
        for name, paths in changed.items():
            cluster = self.ahead[name]
            if not change.reached:
                # A shallow clone begins here: what it was like before is not known. What followed the revision did so
                # later than that, or later still than what followed it first.
                self.finish(name, cluster.followed)
                continue
            here = LastUse(change.commit, change.at)
            if any(not before and self._follows(cluster, path, after) for path, (before, after) in paths.items()):
                if cluster.used:  # what followed it did so before that, and so its last user counts
                    self.finish(name, cluster.used)
                    continue
                cluster.followed = here
            for path, (before, _) in paths.items():
                _put(cluster, path, before, named=self.names.get(before, False))
            users = () if cluster.used else self._users(cluster)
            if users:
                cluster.used = LastUse(change.commit, change.at, users)
            if users and cluster.followed in (None, here):
                self.finish(name, cluster.used)
            elif self.own in paths:
                self.finish(name, cluster.followed or here)

    def finish(self, name: str, answer: LastUse | None) -> None:
        if answer:
            self.stopped[name] = answer
        else:
            self.unknown.add(name)
        del self.ahead[name]

    def _ours(self, paths: Iterable[tuple[str, _What]]) -> Iterator[tuple[str, str, _What]]:
        """Cluster, path in its folder, and what belongs to it."""
        for path, what in paths:
            cluster, _, inner = path.removeprefix(self.prefix).partition("/")
            yield cluster, inner, what

    def _follows(self, cluster: _Cluster, path: str, oid: str) -> bool:
        """Returns whether this is the record of another revision of the same Istio: it comes in as the active one."""
        if not path.startswith(f"{REVISIONS}/") or path == self.own or cluster.record.istio is None:
            return False
        record = self._fact(path, oid)
        return isinstance(record, RevisionRecord) and record.istio == cluster.record.istio

    def _users(self, cluster: _Cluster) -> tuple[str, ...]:
        """Returns who refers to the revision in a tree, by Sail's rules (`plan.usage`)."""
        if not cluster.naming:
            return ()
        wanted = {(_area(path), oid): path for path, oid in cluster.files.items()}
        missing = {key: path for key, path in wanted.items() if key not in self.facts}
        texts = self.repository.read(oid for _, oid in missing)
        for (key, path), text in zip(missing.items(), texts, strict=True):
            self.facts[key] = _parse(path, text)
        facts = [self.facts[_area(path), oid] for path, oid in cluster.files.items()]
        said = serving(one for one in facts if not isinstance(one, _Target))
        tags = [tag for tag, target in said.tags.items() if target == self.revision]
        found = references(said.namespaces, said.workloads, config_references(said.gateways, said.namespaces))
        agents = tuple(one.agent for one in facts if isinstance(one, _Target) and one.revision == self.revision)
        return (
            revision_usage(
                self.revision,
                found,
                tags,
                injects_by_default=injects_by_default(cluster.record),
                replaced=self.revision in said.tags,
            ).by
            + agents
        )

    def _fact(self, path: str, oid: str) -> _Said:
        key = _area(path), oid
        if key not in self.facts:
            self.facts[key] = _parse(path, next(self.repository.read([oid])))
        return self.facts[key]

    def _look_for_name(self, ids: Iterable[str]) -> None:
        """Notes which files hold the revision's name. None can refer to it without, but to the one of `default`."""
        missing = [oid for oid in dict.fromkeys(ids) if oid and oid not in self.names]
        if self.revision == "default":
            self.names |= dict.fromkeys(missing, True)
            return
        name = self.revision.encode()
        for oid, text in zip(missing, self.repository.read(missing), strict=True):
            self.names[oid] = name in text


@dataclass(frozen=True, slots=True)
class _Target:
    """A node agent and the revision that it follows."""

    agent: str
    revision: str


_Said = Fact | _Target | None


def _parse(path: str, text: bytes) -> _Said:
    if agent_of(path) != ZTUNNEL:  # it says which revision a ZTunnel's targetRef means
        return fact(path, text)
    try:
        obj = parse(text, path)[0].data
        return _Target(f"ZTunnel/{obj['metadata']['name']}", obj["metadata"]["annotations"][REVISION_LABEL])
    except (InputError, IndexError, KeyError, TypeError):
        return None


def _put(cluster: _Cluster, path: str, oid: str, *, named: bool) -> None:
    if path.startswith(f"{REVISIONS}/"):
        return  # revisions do not refer to each other
    if oid:
        cluster.files[path] = oid
    else:
        cluster.files.pop(path, None)
    if named:
        cluster.naming.add(path)
    else:
        cluster.naming.discard(path)


def _counts(path: str) -> bool:
    return tells(path) or agent_of(path) == ZTUNNEL


def _area(path: str) -> str:
    return area_of(path)
