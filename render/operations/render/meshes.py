"""What clusters of a mesh say that does not go together, with both places, for render, check and lint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from render.errors import InputError
from render.finding import Finding
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.messages import FieldPath
from render.operations.render.fleet import OpenFleet
from render.plan.topology.members import MeshMember
from render.plan.topology.meshes import MeshPlace, contradictions_between
from render.specs.clusters import load_cluster
from render.specs.kinds import ClusterSpecs
from render.yamlio.location import value_at


class MeshFinding(NamedTuple):
    """A finding, the cluster that it is told of, and the other one."""

    cluster: str
    other: str
    finding: Finding


def mesh_findings(opened: OpenFleet, members: Iterable[MeshMember]) -> list[MeshFinding]:
    """Returns the contradictions between clusters. Only those of which there is one are read again, for the places."""
    loaded: dict[str, ClusterSpecs | None] = {}

    def specs(folder: str) -> ClusterSpecs | None:
        if folder not in loaded:
            try:
                loaded[folder] = load_cluster(opened.reader, opened.fleet, folder, opened.cache).specs
            except InputError:
                loaded[folder] = None
        return loaded[folder]

    found = []
    for one in contradictions_between(members):
        there = _finding(opened, specs, one.there, one.code, "")
        place = f"{there.file}:{there.line}" if there.line else str(there.file)
        message = one.message.replace("{there}", place)
        finding = _finding(opened, specs, one.here, one.code, message)
        found.append(MeshFinding(one.here.cluster, one.there.cluster, finding))
    return found


def _finding(
    opened: OpenFleet, specs: Callable[[str], ClusterSpecs | None], spot: MeshPlace, code: str, message: str
) -> Finding:
    read = specs(spot.folder)
    if read is None:
        return Finding(code, message, file=spot.folder)
    resource, path = _place(read, spot)
    return opened.locate(Problem(code, message, resource, path))


def _place(specs: ClusterSpecs, spot: MeshPlace) -> tuple[Resource, FieldPath]:
    for resource in _specs(specs):
        if resource.title == spot.spec and value_at(resource.data, *spot.path) is not None:
            return resource, spot.path
    return specs.cluster.resource, spot.instead if spot.spec else spot.path


def _specs(specs: ClusterSpecs) -> Iterator[Resource]:
    yield from (one.resource for one in specs.istios)
    yield from (one.resource for one in specs.revisions)
