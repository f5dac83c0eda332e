"""What the run before noted of the trees that it left: clusters that are untouched since need no look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from render.manifests.crds import crds_release
from render.operations.render.fleet import OpenFleet
from render.operations.render.input_digest import DigestNote, inputs, note
from render.plan.topology.members import MeshMember
from render.specs.kinds import Crds
from render.tree.layout import FLEET_ARGOCD, FLEET_FOLDERS, SHARED_CRDS
from render.tree.store.fsync import sync_file_system
from render.tree.store.unchanged import remember, still_current

if TYPE_CHECKING:
    from render.operations.render.meshes import MeshFinding
    from render.operations.render.workers import OverlayResult


@dataclass(slots=True)
class PreviousRun:
    """What earlier runs noted, so that clusters whose inputs and tree are untouched need no look."""

    opened: OpenFleet
    known: DigestNote | None
    began: int

    def current(self, overlays: Iterable[str]) -> dict[str, str]:
        """Returns the overlays whose clusters are as they were left, with the clusters' names."""
        if self.known is None:
            return {}
        digests = inputs(self.known.outside, self.opened.output, self.began)
        return {
            overlay: _last(overlay)
            for overlay in overlays
            if (digest := digests.of(overlay)) and still_current(self.opened.output, _last(overlay), digest)
        }

    def crds_to_look_at(self, worked: Iterable[OverlayResult], current: Mapping[str, str]) -> set[Crds]:
        """Returns the vendored definitions whose folder may differ: those of clusters that were worked on, and of the
        others where the folder is not as it was left."""
        used = {one.crds for one in worked if one.crds}
        if self.known and current:
            digests = inputs(self.known.outside, self.opened.output, self.began)
            folder = f"{SHARED_CRDS}/{{}}"
            used |= {
                crds
                for crds in self.known.crds
                if not still_current(self.opened.output, folder.format(crds_release(crds)), digests.of_crds(crds))
            }
        return used

    def members(self, current: Iterable[str]) -> dict[str, MeshMember]:
        """Returns what the clusters of these overlays are to others, as the run noted that left them so."""
        known = self.known.members if self.known else {}
        return {overlay: known[overlay] for overlay in current if overlay in known}

    def delivery_is_current(self) -> bool:
        """Returns whether what the fleet gives its controller once is as it was left, or is nothing and was nothing."""
        there = {folder for folder in FLEET_FOLDERS if (self.opened.output / folder).exists()}
        folders = there | ({FLEET_ARGOCD} if self.opened.fleet.handover.repo_url is not None else set())
        if not folders:
            return True
        if self.known is None:
            return False
        digests = inputs(self.known.outside, self.opened.output, self.began)
        return all(still_current(self.opened.output, folder, digests.of_folder(folder)) for folder in folders)

    def remember(
        self,
        worked: Collection[OverlayResult],
        shared: Collection[OverlayResult],
        current: Mapping[str, str],
        delivery: Collection[OverlayResult],
        meshes: Collection[MeshFinding],
    ) -> None:
        """Note what was worked on now. A cluster with findings is looked at every time, so that it is told of them;
        so is one that is not called like its folder. Nothing is noted that the disk does not have: after a power cut
        the note could be there, and what it says would be no more."""
        if worked or shared or delivery:
            try:
                sync_file_system(self.opened.output.folder)
            except OSError:  # the next command looks again
                return
        known = self.known if self.known and current else DigestNote(frozenset(), frozenset())
        now_known = DigestNote(
            known.outside | self.opened.reader.outside,
            known.crds | {one.crds for one in worked if one.crds},
            self.members(current) | {one.overlay: one.member for one in worked if one.member},
        )
        told = {name for one in meshes for name in (one.cluster, one.other)}
        note(self.opened.output, now_known)
        digests = inputs(now_known.outside, self.opened.output, self.began)
        for one in worked:
            digest = digests.of(one.overlay)
            if (
                digest
                and one.result
                and one.result.name == _last(one.overlay)
                and not (one.result.findings or one.result.name in told)
            ):
                remember(self.opened.output, one.result.name, digest)
        for one in delivery:
            if one.result and not one.result.findings and (digest := digests.of_folder(one.result.name)):
                remember(self.opened.output, one.result.name, digest)
        for crds in now_known.crds:
            if digest := digests.of_crds(crds):
                remember(self.opened.output, f"{SHARED_CRDS}/{crds_release(crds)}", digest)


def _last(overlay: str) -> str:
    return overlay.rpartition("/")[2]
