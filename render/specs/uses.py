"""Which files each overlay is built from, without building any: who else is changed by a change to a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from render.errors import InputError
from render.specs.clusters import CLUSTER_FILE
from render.specs.kustomize_file import find, load
from render.specs.kustomize_paths import PathError, file_path, resource_path
from render.specs.kustomize_report import Report
from render.specs.reader import Reader


@dataclass(slots=True)
class Uses:
    """The files that overlays are built from. What cannot be read is left out: building it says what is wrong."""

    reader: Reader
    _below: dict[str, frozenset[str]] = field(default_factory=dict)

    def files(self, folder: str) -> frozenset[str]:
        """All files that the kustomization of a folder leads to, the file `cluster.yaml` beside it included."""
        cluster = f"{folder}/{CLUSTER_FILE}"
        found = self._of(folder, ())
        return found | {cluster} if self.reader.is_file(cluster) else found

    def by_file(self, overlays: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Of each file that any of the overlays reads, all of these overlays that do."""
        users: dict[str, set[str]] = {}
        for overlay in overlays:
            for file in self.files(overlay):
                users.setdefault(file, set()).add(overlay)
        return {file: frozenset(found) for file, found in users.items()}

    def _of(self, folder: str, chain: tuple[str, ...]) -> frozenset[str]:
        known = self._below.get(folder)
        if known is None:
            known = frozenset(self._walk(folder, chain))
            self._below[folder] = known
        return known

    def _walk(self, folder: str, chain: tuple[str, ...]) -> Iterable[str]:
        file, _ = find(folder, self.reader)
        if not file or folder in chain:
            return
        yield file
        try:
            kustomization = load(file, Report(self.reader, folder))
        except InputError:
            return
        for _, path in (*kustomization.resources, *kustomization.components):
            try:
                found, is_folder = resource_path(path, folder, self.reader)
            except PathError:
                continue
            if is_folder:
                yield from self._of(found, (*chain, folder))
            else:
                yield found
        for patch in kustomization.patches:
            if patch.path:
                try:
                    yield file_path(patch.path, folder, self.reader)
                except PathError:
                    continue
