"""Observe a cluster: from what kubectl prints to a small file that says who still runs what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from posixpath import basename
from typing import Any, BinaryIO

from render.errors import InputError, wrong
from render.finding import Finding
from render.messages import short
from render.operations.observe.fields import TIME
from render.operations.observe.file import observation_name, read_observation, write_observation
from render.operations.observe.freshness import observations_folder
from render.operations.observe.kubectl_list import items
from render.operations.render.fleet import open_fleet
from render.plan.observed.field_owners import SettingsOwners
from render.plan.observed.observation import SKEW, Observation
from render.plan.observed.observe import ObservationCounter
from render.specs.fleet import overlay_folders
from render.specs.kinds import ClusterSpecs, Istio, IstioRevision
from render.tree.store.disk import unwritable
from render.tree.store.fleet_folder import FleetFolder
from render.yamlio.location import value_at

INPUT = "standard input"
WAY = "kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations -A -o json"
OBJECTS_WAY = (
    "kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations,validatingwebhookconfigurations "
    "-A -o json --show-managed-fields"
)


@dataclass(frozen=True, slots=True)
class ObserveResult:
    """An observation and the file that it is in now, by its path from the fleet's root."""

    observation: Observation
    file: str
    warnings: tuple[Finding, ...]


def observe(
    root: Path,
    cluster: str,
    stream: BinaryIO,
    at: str | None = None,
    folder: str | None = None,
    *,
    objects: bool = False,
) -> ObserveResult:
    """Count the namespaces and pods of a cluster of the fleet in `root`, and write the counts in place of those
    of before.

    `stream` is what `WAY` prints, or with `objects` what `OBJECTS_WAY` does; `at` when it was printed (RFC 3339), else
    now. Raises `InputError`, and then nothing is written, for an unknown cluster, for input that is not such a list or
    is another cluster's, and for a time that cannot be.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    opened = open_fleet(root)
    (specs,) = opened.specs([cluster]).specs
    time = _time(at, now)
    where = observations_folder(opened, folder)
    way, owners = (OBJECTS_WAY, SettingsOwners()) if objects else (WAY, None)
    seen = _count(items(stream, INPUT, way), owners)
    if owners is not None and not owners.found:
        message = f"holds no object of a mesh with its managed fields (expected: what `{way}` prints)"
        raise wrong("MR016", message, file=INPUT)
    if not seen.labels:
        raise wrong("MR016", f"holds no namespaces (expected: what `{WAY}` prints)", file=INPUT)
    _possible(time, seen.newest, given=at is not None)
    observation = replace(seen.observation(cluster, time), objects=owners.found if owners else None)
    _is_of(specs, {basename(overlay) for overlay in overlay_folders(opened.reader, opened.fleet)} - {cluster}, seen)
    _same_cluster(where, observation)
    try:
        file = write_observation(where, observation)
    except OSError as error:
        raise unwritable(where, error) from None
    return ObserveResult(observation, file, tuple(_warnings(observation)))


def _time(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise wrong("MR019", f"--at: {short(text)} is not a time with its zone, such as {now.strftime(TIME)}")
    if time > now + SKEW:
        raise wrong("MR019", f"--at: {text} is in the future (it is {now.strftime(TIME)})")
    return time.astimezone(UTC).replace(microsecond=0)


def _possible(time: datetime, newest: str, *, given: bool) -> None:
    """Refuses input that holds what happened after it was printed."""
    try:
        latest = datetime.fromisoformat(newest)
    except ValueError:
        return
    if latest.tzinfo is not None and latest > time + SKEW:
        why = "--at is too early" if given else "this machine's clock is behind, or the cluster's is ahead"
        raise wrong("MR019", f"holds something of {newest}, after {time.strftime(TIME)}: {why}", file=INPUT)


def _count(objects: Iterable[dict[str, Any]], owners: SettingsOwners | None) -> ObservationCounter:
    seen = ObservationCounter()
    for number, item in enumerate(objects, 1):
        try:
            seen.add(item)
            if owners is not None:
                owners.add(item)
        except (KeyError, TypeError, AttributeError, ValueError):
            message = f"object {number} is not as an API server gives it (expected: what `{WAY}` prints)"
            raise wrong("MR016", message, file=INPUT) from None
    return seen


def _is_of(specs: ClusterSpecs, others: set[str], seen: ObservationCounter) -> None:
    """Refuses what shows that it is another cluster's: the name that its proxies have for it, or its namespaces."""
    name = specs.cluster.name
    istios: list[Istio | IstioRevision] = [*specs.istios, *specs.revisions]
    ours = {value_at(istio.values, "global", "multiCluster", "clusterName") for istio in istios} | {name}
    said = seen.cluster_ids & others
    if said and not seen.cluster_ids & ours:
        raise wrong("MR017", f"is of cluster {min(said)}, its proxies say, and not of {name}", file=INPUT)
    namespaces = [namespace.name for namespace in specs.namespaces]
    if namespaces and not any(namespace in seen.labels for namespace in namespaces):
        some = ", ".join(namespaces[:3]) + (", ..." if len(namespaces) > 3 else "")
        message = f"holds none of the namespaces of cluster {name} ({some}): is it another cluster's?"
        raise wrong("MR017", message, file=INPUT)


def _same_cluster(folder: FleetFolder, observation: Observation) -> None:
    """Refuses another cluster: one is known by the uid of its namespace kube-system, once it was observed."""
    before = _uid(folder, observation.cluster)
    if observation.uid is None or before == observation.uid:
        return
    if before:
        message = (
            f"is not of the cluster that was observed as {observation.cluster} before "
            f"(remove {folder.title(observation_name(observation.cluster))} if it was built anew)"
        )
        raise wrong("MR017", message, file=INPUT)
    for file in sorted(folder.folder.glob("*.json")):
        if _uid(folder, file.stem) == observation.uid:
            raise wrong("MR017", f"is of the cluster that was observed as {file.stem} before", file=INPUT)


def _uid(folder: FleetFolder, cluster: str) -> str | None:
    try:
        before = read_observation(folder, cluster)
    except InputError:  # whoever uses it is told; here it is written anew
        return None
    return before.uid if before else None


def _warnings(observation: Observation) -> Iterable[Finding]:
    with_pods = [name for name, namespace in observation.namespaces.items() if namespace.pods]
    if not with_pods:
        message = f"holds no pod that runs, so nothing can be retired by it (expected: what `{WAY}` prints)"
        yield Finding("MR016", message, "warning", file=INPUT)
    elif len(with_pods) == 1 and len(observation.namespaces) > 1:
        message = f"all its pods are in namespace {with_pods[0]}: was -A left out? (expected: what `{WAY}` prints)"
        yield Finding("MR016", message, "warning", file=INPUT)
