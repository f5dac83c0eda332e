"""May a revision go? The answer for each cluster that has it, and what to do where it may not.

Asked are the specs and the tree, which say who will be injected; an observation, which alone knows which pods still
run; and the history, which says since when nobody uses it.

Clusters that a revision of another cluster serves: they have its injection and no istiod of their own.

A remote cluster's webhooks and proxies go to the istiod of that revision in a primary of its mesh, so the primary's may
not go while a remote still has it (https://istio.io/v1.24/docs/setup/install/multicluster/primary-remote/).
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import basename
from typing import Literal

from render.areas import REVISIONS
from render.errors import wrong
from render.finding import Finding
from render.git.trees import SHALLOW
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.messages import did_you_mean, few, short
from render.operations.change.last_use import LastUses, last_uses
from render.operations.observe.freshness import DatedObservation
from render.operations.observe.run import WAY
from render.operations.render.fleet import OpenFleet
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.observed.observation import retire_usage
from render.plan.revision_facts import is_remote_cluster, spec_title
from render.plan.topology.remote_users import is_control_plane_of
from render.plan.usage import Candidate, Usage, prunable
from render.plan.workloads import istiod_users
from render.specs import releases
from render.specs.clusters import load_cluster
from render.specs.duration import in_words
from render.specs.fleet import matching_folders, overlay_folders
from render.specs.kinds import ClusterSpecs
from render.tree.layout import INVENTORY, revision_folder
from render.tree.store.read_inventory import rendered_clusters
from render.tree.store.remove import cluster_strangers

CODE = "MR173"
GRACE = 30  # seconds, where the revision's Istio is gone: the default of Sail's API
GRACE_FIELD = "spec.updateStrategy.inactiveRevisionDeletionGracePeriodSeconds"
TIME = "%Y-%m-%dT%H:%M:%SZ"
NAMED = 3  # users that a reason names
# The root deletes what left the tree as soon as it has the commit, whatever other stages still wait for:
# https://github.com/fluxcd/kustomize-controller/issues/301
FLUX_AT_ONCE = "Flux takes it from the cluster at once, and waits for no tag or namespace that is still to move"

Answer = Literal["go", "kept", "refused"]


@dataclass(frozen=True, slots=True)
class ClusterVerdict:
    """Whether a revision, or a whole cluster, may leave the tree of this cluster.

    `kept`: nothing speaks against it but `spec.keepPrevious`. Each of the `reasons` is one line that says what to do;
    there are none where it may go.
    """

    cluster: str
    answer: Answer
    reasons: tuple[str, ...] = ()


def retirement(
    opened: OpenFleet,
    revision: str,
    clusters: Sequence[str],
    observed: Mapping[str, DatedObservation],
    *,
    without_observation: bool,
    now: datetime,
) -> list[ClusterVerdict]:
    """Returns whether the revision may go, for each of the clusters that has it, in order of their overlays' folders.

    `clusters` names those to look at, all where it is empty; one that has no such revision is left out. `observed` has
    the observations by cluster. Reads the fleet's tree and the history of its HEAD; writes nothing.
    `InputError` where no cluster has the revision, for an unknown cluster, and for specs that cannot be planned.
    """
    known = opened.specs(clusters).specs if clusters else None
    having = _having(opened, revision, [specs.cluster.name for specs in known] if known is not None else None)
    left = _left_behind(opened, having) if known is None else []
    described = [name for name in having if name not in left]
    plans = opened.plans(described) if described else []
    verdicts = {name: _no_overlay(name, revision) for name in left}
    waiting: dict[str, ClusterPlan] = {}
    for plan in plans:
        name = plan.specs.cluster.name
        verdict = _by_use(opened, plan, revision, observed.get(name)) or _by_keeping(opened, plan, revision)
        if verdict:
            verdicts[name] = verdict
        else:
            waiting[name] = plan
    uses = last_uses(opened.root, opened.fleet.output, waiting, revision) if waiting else None
    for name, plan in waiting.items():
        assert uses
        doubts = [] if without_observation else _doubts(plan, plan.revision(revision), observed.get(name))
        reasons = (*doubts, *_early(plan, plan.revision(revision), uses, now))
        verdicts[name] = ClusterVerdict(name, "refused" if reasons else "go", reasons)
    return [verdicts[name] for name in (*(plan.specs.cluster.name for plan in plans), *left)]


def retire_cluster_verdict(opened: OpenFleet, cluster: str) -> ClusterVerdict:
    """Returns whether the whole tree of a cluster may go: only where no overlay describes it any more.

    Every overlay has to be in order, since a broken one might be its own. `InputError` where it has no tree.
    """
    where = f"{opened.fleet.output}/{cluster}"
    strangers = cluster_strangers(opened.output, cluster)
    specs = opened.specs().specs if matching_folders(opened.reader, opened.fleet) else []
    own = [one.folder for one in specs if one.cluster.name == cluster]
    reasons = [
        f"{folder} still describes cluster {cluster}: remove that folder first, once nothing syncs {where}"
        for folder in own
    ]
    reasons += [
        f"{where}/{path} is in no inventory, so it is not meshrev's to remove: move it away" for path in strangers
    ]
    return ClusterVerdict(cluster, "refused" if reasons else "go", tuple(reasons))


def _having(opened: OpenFleet, revision: str, names: Sequence[str] | None) -> list[str]:
    """Returns those of the clusters whose trees have the revision."""
    names = rendered_clusters(opened.output) if names is None else names
    inside = f"{revision_folder(revision)}/{INVENTORY}" if revision else ""
    having = [name for name in names if inside and (opened.output / name / inside).is_file()]
    if not having:
        there = {path.name for name in names for path in (opened.output / name / REVISIONS).glob("*")}
        guess = did_you_mean(revision, there) or (f" (there are {', '.join(sorted(there)[:10])})" if there else "")
        where = f"cluster {names[0]}" if len(names) == 1 else "any of these clusters"
        raise wrong(CODE, f"there is no revision {short(revision)} in the tree of {where}{guess}")
    return having


def _left_behind(opened: OpenFleet, names: Iterable[str]) -> list[str]:
    """Returns those of the clusters that no overlay describes. A folder is usually called like its cluster, so that
    overlays are read only where one is not."""
    folders = {basename(folder) for folder in matching_folders(opened.reader, opened.fleet)}
    doubtful = [name for name in names if name not in folders]
    if not doubtful or not folders:
        return doubtful
    described = {specs.cluster.name for specs in opened.specs().specs}
    return [name for name in doubtful if name not in described]


def _no_overlay(name: str, revision: str) -> ClusterVerdict:
    reason = (
        f"no overlay describes the cluster any more: its folder goes as a whole (`meshrev retire --cluster {name}`), "
        f"not {revision} alone"
    )
    return ClusterVerdict(name, "refused", (reason,))


def _by_use(
    opened: OpenFleet, plan: ClusterPlan, revision: str, observed: DatedObservation | None
) -> ClusterVerdict | None:
    """Refused where it is active, or something uses it: in the specs, or when the cluster was observed."""
    planned = plan.revision(revision)
    name = plan.specs.cluster.name
    reasons = [*_active(opened, planned), *_uses(plan, planned)]
    usage = _usage(planned, observed)
    seen = [user for user in usage.by if user not in planned.usage.by] if usage.status == "True" else []
    if observed and seen:
        reasons.append(
            f"{revision} was in use when the cluster was observed ({few(seen, NAMED)}; {observed.basis}): "
            f"move and restart them, then observe again: `{_way(name)}`"
        )
    return ClusterVerdict(name, "refused", tuple(reasons)) if reasons else None


def _active(opened: OpenFleet, planned: PlannedRevision) -> list[str]:
    spec = planned.resource
    if spec is None:
        return []
    place = _place(opened, spec)
    if spec.kind == "IstioOperator":
        return [f"{planned.name} is the revision of {spec.title} ({place}): bring in another, or take that out, first"]
    if spec.kind == "IstioRevision":
        return [f"{planned.name} has a spec of its own, {spec.title} ({place}): remove that first"]
    return [f"{planned.name} is the active revision of {spec.title} ({place}): bring in another version first"]


def _uses(plan: ClusterPlan, planned: PlannedRevision) -> list[str]:
    users = [*planned.usage.by, *istiod_users(plan.specs.extra, planned.record)]
    users += [
        agent.spec.resource.title for agent in (plan.cni, plan.ztunnel) if agent and agent.revision == planned.name
    ]
    if users:
        return [f"{planned.name} is in use by {few(users, NAMED)}: move them to another revision first"]
    if plan.default is planned:
        return [
            f"{planned.name} serves `default`, and the validator of the cluster's mesh/ points at it: "
            f"let an IstioRevisionTag default point at another revision first"
        ]
    return []


def _by_keeping(opened: OpenFleet, plan: ClusterPlan, revision: str) -> ClusterVerdict | None:
    if not opened.fleet.keep_previous:
        return None
    record = plan.revision(revision).record
    if _previous(plan, record.istio) != revision:
        return None
    reason = (
        f"{revision} is the revision of {spec_title(record)} to go back to, and stays "
        f"(spec.keepPrevious of meshrev.yaml)"
    )
    return ClusterVerdict(plan.specs.cluster.name, "kept", (reason,))


def _previous(plan: ClusterPlan, istio: str | None) -> str | None:
    """Returns the revision that one would go back to: the newest release below the active one, or where there is none
    below (the Istio went back itself), the newest of all. None where the Istio is gone, or has no other."""
    planned = next((each for each in plan.istios if each.istio.name == istio), None)
    if planned is None:
        return None
    active = releases.parse(planned.version)
    others = [revision for revision in map(plan.revision, planned.revisions) if not revision.active]
    rank = [
        (release <= active, release, each.name) for each in others for release in [releases.parse(each.record.version)]
    ]
    return max(rank)[2] if rank else None


def _doubts(plan: ClusterPlan, planned: PlannedRevision, observed: DatedObservation | None) -> list[str]:
    """Returns why nobody knows whether pods still run with it."""
    usage = _usage(planned, observed)
    if usage.status != "Unknown":
        return []
    name = plan.specs.cluster.name
    doubt = observed.basis if observed and observed.freshness.stale else usage.by[0]
    at_once = f"; {FLUX_AT_ONCE}" if plan.specs.settings.delivery == "flux" else ""
    return [
        f"files cannot show pods that were never restarted, and {doubt}: `{_way(name)}` "
        f"(or --without-observation, where you know it{at_once})"
    ]


def _early(plan: ClusterPlan, planned: PlannedRevision, uses: LastUses, now: datetime) -> list[str]:
    """Returns why its grace period has not passed."""
    name, revision = plan.specs.cluster.name, planned.name
    if users := uses.still.get(name):
        return [
            f"the committed tree still uses {revision} ({few(users, NAMED)}): `meshrev render` and commit, then again"
        ]
    if name in uses.uncommitted:
        return [f"{revision} is not in the last commit: commit the tree first"]
    if name in uses.unknown:
        return [f"since when nothing uses {revision} is not known: {SHALLOW}"]
    used = uses.stopped[name]
    if used.at is None:
        return [
            f"{revision} was in use until commit {used.commit[:10]}, whose time is outside of the years 1 to 9999: "
            "since when nothing uses it is not known"
        ]
    owner = next((each for each in plan.istios if each.istio.name == planned.record.istio), None)
    grace = owner.istio.grace_seconds if owner else GRACE
    unused = Candidate(revision, (now - used.at).total_seconds())
    if prunable(owner.active if owner else "", [unused], grace).prunable:
        return []
    ends = _end(used.at, grace)
    of = f"{GRACE_FIELD} of {owner.istio.resource.title}" if owner else "Istio's default, since its Istio is gone"
    if owner and owner.istio.operator:
        of = "the default of Sail's API, as an IstioOperator has none"
    return [
        f"{revision} was in use until commit {used.commit[:10]} of {used.at:{TIME}}, and its grace period of "
        f"{in_words(grace)} ({of}) ends {ends}: try again then"
    ]


def _end(start: datetime, grace: int) -> str:
    try:
        return f"at {start + timedelta(seconds=grace):{TIME}}"
    except OverflowError:
        return "after the year 9999"


def _usage(planned: PlannedRevision, observed: DatedObservation | None) -> Usage:
    return retire_usage(planned, *((observed.observation, observed.freshness) if observed else (None, None)))


def _place(opened: OpenFleet, resource: Resource) -> str:
    found = opened.locate(Problem(CODE, "", resource, ("metadata", "name")))
    return f"{found.file}:{found.line}:{found.column}"


def _way(name: str) -> str:
    return f"{WAY} | meshrev observe --cluster {name}"


def still_served(opened: OpenFleet, revision: str, going: Collection[ClusterSpecs]) -> Iterator[Finding]:
    """Yields why the revision may not go from these clusters: remotes of their meshes that have it and do not lose it
    as well.

    Reads the committed trees by the fleet's reader. `InputError` for broken specs of a cluster that may be such a one.
    """
    serving = [specs for specs in going if not is_remote_cluster(specs)]
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
        specs = load_cluster(opened.reader, opened.fleet, folder, opened.cache).specs
        if specs.cluster.name not in having - leaving or not is_remote_cluster(specs):
            continue
        for primary in serving:
            if is_control_plane_of(primary, specs):
                message = (
                    f"{specs.cluster.name} is a remote of the same mesh and still has {revision}, which istiod here "
                    f"may serve: move it on and retire {revision} there first, or in both at once"
                )
                yield Finding(CODE, message, file=primary.cluster.name, object=f"IstioRevision/{revision}")
