"""Clusters that a revision of another cluster serves: they have its injection and no istiod of their own.

A remote cluster's webhooks and proxies go to the istiod of that revision in a primary of its mesh, so the primary's may
not go while a remote still has it (https://istio.io/v1.24/docs/setup/install/multicluster/primary-remote/).
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from render.finding import Finding
from render.operations.fleet import OpenFleet
from render.specs.clusters import load_cluster
from render.specs.fleet import overlay_folders
from render.specs.kinds import ClusterSpecs
from render.tree.layout import INVENTORY, revision_folder

CODE = "MR173"
REMOTE = "remote"


def still_served(opened: OpenFleet, revision: str, going: Collection[ClusterSpecs]) -> Iterator[Finding]:
    """Why the revision may not go from these clusters: remotes of their meshes that have it and do not lose it as well.

    Reads the committed trees by the fleet's reader. `InputError` for broken specs of a cluster that may be such a one.
    """
    serving = [specs for specs in going if not is_remote(specs)]
    leaving = {specs.cluster.name for specs in going}
    output, inside = opened.fleet.output, f"{revision_folder(revision)}/{INVENTORY}"
    rendered = set(opened.reader.entries(output))
    having = {name for name in rendered if opened.reader.is_file(f"{output}/{name}/{inside}")}
    if not serving or having <= leaving:
        return
    without = leaving | (rendered - having)
    for folder in overlay_folders(opened.reader, opened.fleet):
        if posixpath.basename(folder) in without:  # a folder is usually called like its cluster
            continue
        specs, _ = load_cluster(opened.reader, opened.fleet, folder, opened.cache)
        if specs.cluster.name not in having - leaving or not is_remote(specs):
            continue
        for primary in serving:
            if primary.cluster.mesh_id == specs.cluster.mesh_id:
                message = (
                    f"{specs.cluster.name} is a remote of the same mesh and still has {revision}, which istiod here "
                    f"may serve: move it on and retire {revision} there first, or in both at once"
                )
                yield Finding(CODE, message, file=primary.cluster.name, object=f"IstioRevision/{revision}")


def is_remote(specs: ClusterSpecs) -> bool:
    """Whether another cluster's istiod serves this one: by its role, or by the profile of its Istios."""
    profiles = {one.profile for one in specs.istios} | {one.values.get("profile") for one in specs.istios}
    return specs.cluster.role == REMOTE or REMOTE in profiles
