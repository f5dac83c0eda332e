"""Verify a cluster: its tree beside the cluster itself, asked of the API server, read-only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from render.compare.objects import identity
from render.errors import wrong
from render.messages import did_you_mean
from render.operations.hosts.tree_objects import tree_objects
from render.operations.observe.file import observation_name, read_observation
from render.operations.observe.freshness import observations_folder
from render.operations.render.fleet import OpenFleet, open_fleet
from render.operations.verify.dry_run import DryRun, TreeItem, discover, dry_run
from render.operations.verify.left_objects import LeftObject, left_objects
from render.operations.verify.server import ApiServer, connect
from render.plan.label_removal import BY_HAND, DELIVERERS, keepers
from render.plan.observed.observe import CLUSTER_NAMESPACE
from render.specs.kinds import Delivery
from render.yamlio.documents import parse


@dataclass(frozen=True, slots=True)
class Verification:
    """What a cluster's server says of its tree at a moment, applied under `manager`: each object's outcome in the order
    of the tree, and the objects that are there without being in the tree."""

    cluster: str
    at: datetime
    context: str
    manager: str
    outcomes: tuple[DryRun, ...]
    left: tuple[LeftObject, ...]

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to say: no refusal, no conflict, nothing left over."""
        return not self.left and not any(one.refusal or one.conflicts or one.foreign for one in self.outcomes)


def verify(root: Path, context: str, cluster: str | None, called_in: Path) -> Verification:
    """Ask the server of a context of kubeconfig about the committed tree of a cluster of the fleet in `root`.

    `called_in` is where relative paths of KUBECONFIG begin. Without a cluster it is the one that the context is called
    like, or the fleet's only one. Nothing is written, here or there. `InputError` where the cluster, its tree or the
    context is not there, and where the context leads to another cluster than the one that was observed; `DriftError`
    where a file of the tree is not as it was written; `OutsideError` where the server does not answer.
    """
    opened = open_fleet(root)
    specs = opened.specs([cluster] if cluster else [])[0]
    name = cluster or _cluster_name([one.cluster.name for one in specs], context)
    (settings,) = (one.settings for one in specs if one.cluster.name == name)
    manager = applier(settings.delivery)
    asked = [TreeItem(parse(found.data, found.file)[0].data, found.file) for found in tree_objects(opened, name)]
    if not asked:
        raise wrong("MR035", "is not here: run `meshrev render`", file=f"{opened.fleet.output}/{name}")
    with connect(context, called_in) as server:
        _same_cluster(server, opened, name)
        outcomes = [_without_taken_over(one, settings.delivery) for one in _outcomes(server, asked, manager)]
        left = left_objects(server, {identity(one.item) for one in asked})
    return Verification(name, datetime.now(UTC), context, manager, tuple(outcomes), tuple(left))


def applier(delivery: Delivery) -> str:
    """Returns the field manager that applies a tree, by who delivers it."""
    return (DELIVERERS[delivery][1] if delivery in DELIVERERS else BY_HAND).manager


def _cluster_name(known: list[str], context: str) -> str:
    if context in known:
        return context
    if len(known) == 1:
        return known[0]
    message = f"--cluster: no cluster is called like the context {context}, so name it{did_you_mean(context, known)}"
    raise wrong("MR063", message)


def _same_cluster(server: ApiServer, opened: OpenFleet, cluster: str) -> None:
    """Refuses a server that is not the one that was observed, by the uid of its namespace kube-system."""
    answer = server.get(f"/api/v1/namespaces/{CLUSTER_NAMESPACE}")
    folder = observations_folder(opened, None)
    before = read_observation(folder, cluster)
    if answer.status == 200 and before and before.uid not in (None, answer.data["metadata"]["uid"]):
        message = (
            f"the context {server.context} does not lead to the cluster that was observed as {cluster} "
            "(remove the observation if it was built anew)"
        )
        raise wrong("MR017", message, file=folder.title(observation_name(cluster)))


def _outcomes(server: ApiServer, asked: list[TreeItem], manager: str) -> list[DryRun]:
    """Objects in a namespace that the cluster has not are not asked: the answer would say nothing about them."""
    missing = _missing_namespaces(server, (one.item["metadata"].get("namespace") for one in asked))
    kinds = discover(server, (one.item["apiVersion"] for one in asked))
    askable = [one for one in asked if one.item["metadata"].get("namespace") not in missing]
    known = {id(outcome.asked): outcome for outcome in dry_run(server, kinds, askable, manager)}
    return [known.get(id(one)) or DryRun(one, _waiting(one.item)) for one in asked]


def _without_taken_over(outcome: DryRun, delivery: Delivery) -> DryRun:
    """Returns an outcome without fields that go because the deliverer takes them over from all who own them."""
    foreign = tuple(left for left in outcome.foreign if keepers(delivery, left.owners))
    return replace(outcome, foreign=foreign)


def _missing_namespaces(server: ApiServer, names: Iterable[str | None]) -> set[str | None]:
    spaces = {name for name in names if name}
    return {name for name in spaces if server.get(f"/api/v1/namespaces/{name}").status == 404}


def _waiting(item: Mapping[str, Any]) -> str:
    return f"namespace {item['metadata']['namespace']} is not there: nothing can be asked of what is in it"
