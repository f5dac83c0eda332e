"""What a cluster's tree is rendered from, as one digest, without reading any of it.

A cluster depends on its overlay's folder, on every file outside of it that any overlay of the fleet read (bases,
components, vendored definitions, `meshrev.yaml`), and on the program. The system's word on those files (size,
times, inode) stands for their contents. Which files outside were read is noted below `.meshrev/`; the note is
untracked, and deleting it changes nothing but time.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from render.kustomize.reader import Reader
from render.plan.topology.members import MeshMember, member_from_json
from render.specs.fleet import FILE
from render.specs.kinds import Crds
from render.tree.store.fleet_folder import FleetFolder
from render.version import VERSION

NOTE = ".meshrev/inputs.json"
PACKAGE = Path(__file__).parents[2]


class Recording:
    """A reader that notes what is read from outside the overlay that is being worked on, where it is for one."""

    def __init__(self, reader: Reader, overlay: str = "", outside: set[str] | None = None) -> None:
        self._reader = reader
        self._own = f"{overlay}/" if overlay else ""
        self.outside: set[str] = {FILE} if outside is None else outside

    def for_overlay(self, overlay: str) -> Recording:
        """Returns a reader that notes in the same place what is read from outside this overlay."""
        return Recording(self._reader, overlay, self.outside)

    def read(self, path: str) -> bytes:
        if not self._own or not path.startswith(self._own):
            self.outside.add(path)
        return self._reader.read(path)

    def is_file(self, path: str) -> bool:
        return self._reader.is_file(path)

    def is_folder(self, path: str) -> bool:
        return self._reader.is_folder(path)

    def entries(self, path: str) -> list[str]:
        return self._reader.entries(path)

    def links(self, path: str) -> tuple[str, ...]:
        return self._reader.links(path)


@dataclass(frozen=True, slots=True)
class DigestNote:
    """What earlier runs read from outside overlays, the vendored definitions that clusters use, and by overlay what
    clusters are to others of their mesh."""

    outside: frozenset[str]
    crds: frozenset[Crds]
    members: Mapping[str, MeshMember] = field(default_factory=dict)


def read_note(output: FleetFolder) -> DigestNote | None:
    """Returns what earlier runs noted; None where there is no note that can be read."""
    try:
        data = json.loads((output / NOTE).read_bytes())
        members = {overlay: member_from_json(one) for overlay, one in data["members"].items()}
        return DigestNote(frozenset(data["outside"]), frozenset(Crds(*crds) for crds in data["crds"]), members)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def note(output: FleetFolder, known: DigestNote) -> None:
    """Write the note. One that cannot be written costs time only."""
    data = {
        "outside": sorted(known.outside),
        "crds": sorted([c.path, c.sha256] for c in known.crds),
        "members": {overlay: one.as_json() for overlay, one in sorted(known.members.items())},
    }
    draft = output / f"{NOTE}.{os.getpid()}"
    with suppress(OSError):
        draft.write_text(json.dumps(data))
        draft.replace(output / NOTE)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The digest of everything that all clusters share, taken when the run began (nanoseconds since 1970). `root` is
    the fleet's."""

    root: Path
    shared: str
    began: int

    def of(self, overlay: str) -> str:
        """Returns the digest of what the tree of an overlay's cluster depends on; empty where it is changing right
        now."""
        signature = _Signature(self.root, self.began)
        signature.add_folder(overlay)
        return _join(self.shared, signature.digest)

    def of_crds(self, crds: Crds) -> str:
        """Returns the digest of what the folder of a vendored file depends on."""
        return _join(self.shared, f"{crds.path} {crds.sha256}")

    def of_folder(self, folder: str) -> str:
        """Returns the digest of what a folder depends on that is made from the fleet's file alone."""
        return _join(self.shared, folder)


def inputs(outside: Collection[str], output: FleetFolder, began: int) -> Inputs:
    """Returns the digest of the program and of the files that clusters read outside their overlays.

    A file that appears beside one of them may be read next time, so their folders count too, but for those that
    the output stands in, which every render may touch.
    """
    signature = _Signature(output.root, began)
    touched = {"", *(parent.as_posix() for parent in PurePosixPath(output.path).parents)}
    for path in sorted({*outside, *(path.rpartition("/")[0] for path in outside)} - touched):
        signature.add(path)
    return Inputs(output.root, f"{_program()} {signature.digest}" if signature.digest else "", began)


def _join(shared: str, own: str) -> str:
    return hashlib.blake2b(f"{shared} {own}".encode(), digest_size=20).hexdigest() if shared and own else ""


def now() -> int:
    """Returns the time to compare file stamps with. It only decides whether something is noted, never what is
    rendered."""
    return time.time_ns()


@cache
def _program() -> str:
    """Returns the version, and how the program's own files lie there: somebody may be working on them."""
    signature = _Signature(PACKAGE, now())
    signature.add_folder("")
    return f"{VERSION} {signature.digest}"


TICK = 20_000_000  # nanoseconds: a file that was changed as late as this before the run may change again unseen


class _Signature:
    """A digest over what the system says of files below a root. Empty once one of them was changed too lately to be
    trusted."""

    def __init__(self, root: Path, began: int) -> None:
        self._root = str(root)
        self._hash = hashlib.blake2b(digest_size=20)
        self._latest = began - TICK
        self._trusted = True

    @property
    def digest(self) -> str:
        return self._hash.hexdigest() if self._trusted else ""

    def add(self, path: str) -> None:
        try:
            about = os.stat(f"{self._root}/{path}")  # noqa: PTH116 - a Path for each of thousands costs more than the look
        except OSError:
            self._hash.update(f"{path}\0absent\n".encode(errors="surrogateescape"))
            return
        self._add(path, about)

    def add_folder(self, folder: str) -> None:
        self.add(folder)
        for path, about in _files(f"{self._root}/{folder}"):
            self._add(path, about)

    def _add(self, path: str, about: os.stat_result) -> None:
        stamp = about.st_ctime_ns
        self._hash.update(
            f"{path}\0{about.st_size} {about.st_mtime_ns} {stamp} {about.st_ino}\n".encode(errors="surrogateescape")
        )
        if stamp > self._latest:
            self._trusted = False


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yields every file and folder below a folder, in order of names; Python's own caches left out."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name == "__pycache__":
            continue
        with suppress(OSError):
            yield entry.path, entry.stat()
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
