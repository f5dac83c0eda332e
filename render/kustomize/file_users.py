"""Which files each overlay is built from, without building any: who else is changed by a change to a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from render.errors import InputError
from render.kustomize.file import find, load
from render.kustomize.paths import PathError, file_path, resource_path
from render.kustomize.reader import Reader
from render.kustomize.report import Report


@dataclass(frozen=True, slots=True)
class _Leads:
    """The paths that a kustomization names, as they are written in it."""

    resources: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()
    is_broken: bool = False


@dataclass(slots=True)
class Uses:
    """The files that overlays are built from. What cannot be read is left out: building it says what is wrong.
    `companion` is the name of a file beside a kustomization that is read with it."""

    reader: Reader
    companion: str
    _below: dict[str, frozenset[str]] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)
    _known: dict[bytes, _Leads] = field(default_factory=dict)

    def files(self, folder: str) -> frozenset[str]:
        """Returns all files that the kustomization of a folder leads to, the companion beside it included. Where
        symbolic links lead to one, these and what they lead to as well."""
        companion = f"{folder}/{self.companion}"
        found = self._of(folder, ())
        with suppress(InputError):  # a link that leads out of the root, here and below
            found = found | {companion} if self.reader.is_file(companion) else found
        return found.union(*map(self._links, found))

    def _links(self, file: str) -> tuple[str, ...]:
        try:
            return self.reader.links(file)
        except InputError:
            return ()

    def by_file(self, overlays: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Of each file that any of the overlays reads, all of these overlays that do. One that leads to something that
        cannot be read may read any file that is no overlay's own, once somebody mends it, and so counts for these."""
        overlays = list(overlays)
        users: dict[str, set[str]] = {}
        unsure = set()
        for overlay in overlays:
            files = self.files(overlay)
            for file in files:
                users.setdefault(file, set()).add(overlay)
            if not self._broken.isdisjoint({overlay, *files}):
                unsure.add(overlay)
        own = tuple(f"{overlay}/" for overlay in overlays)
        return {file: frozenset(found if file.startswith(own) else found | unsure) for file, found in users.items()}

    def _of(self, folder: str, chain: tuple[str, ...]) -> frozenset[str]:
        known = self._below.get(folder)
        if known is None:
            known = frozenset(self._walk(folder, chain))
            self._below[folder] = known
        return known

    def _walk(self, folder: str, chain: tuple[str, ...]) -> Iterable[str]:
        file, _ = find(folder, self.reader)
        if not file or folder in chain:
            self._broken.add(folder)
            return
        yield file
        leads = self._leads(file, folder)
        if leads.is_broken:
            self._broken.add(file)
        for path in leads.resources:
            try:
                found, is_folder = resource_path(path, folder, self.reader)
            except PathError:
                self._broken.add(file)
                continue
            if is_folder:
                yield from self._of(found, (*chain, folder))
                if found in self._broken:
                    self._broken.add(file)
            else:
                yield found
        for path in leads.patches:
            try:
                yield file_path(path, folder, self.reader)
            except PathError:
                self._broken.add(file)

    def _leads(self, file: str, folder: str) -> _Leads:
        """Returns what a kustomization leads to; equal texts, as overlays often have, are looked at once."""
        try:
            text = self.reader.read(file)
        except InputError:
            return _Leads(is_broken=True)
        if text not in self._known:
            report = Report(self.reader, folder)
            try:
                found = load(file, report)
            except InputError:
                self._known[text] = _Leads(is_broken=True)
            else:
                self._known[text] = _Leads(
                    tuple(path for _, path in (*found.resources, *found.components)),
                    tuple(patch.path for patch in found.patches if patch.path),
                    bool(report.errors),  # what is wrong may be a path that it reads
                )
        return self._known[text]
