"""How far a rollout is, read from the specs: of each wave and cluster what has moved, what has not, and what goes back
to the label that people wrote.

Pure: plans in, progress out. Nothing is stored, so a rollout survives squashed commits and edits by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from render.errors import InputError
from render.finding import Finding
from render.messages import did_you_mean, few
from render.operations.change.promotion_rules import FOLLOWS
from render.operations.change.selection import is_injected, picks
from render.plan.cluster import ClusterPlan, PlannedIstio, PlannedNamespace
from render.plan.labels import INJECTION_LABEL, REVISION_LABEL
from render.plan.mesh_gateways import PlannedMeshGateway
from render.plan.revision_names import revision_name
from render.specs.rollout.kinds import Choice, RevisionRollout, Wave

CODE = "MR342"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class WaveCluster:
    """A cluster in a wave. `introduced`: the Istio is at the rollout's version there. `waiting` and `moved` are the
    wave's namespaces; `tags` are those that the wave is to move, and `following` the namespaces that come with them;
    `moved_tags` are those that it has moved. `restorable` are namespaces whose own label would name the new
    revision too by now, `relabelled` those that are pointed at it beside the tag that they follow. `gateways` are
    MeshGateways that the wave is to move, `moved_gateways` those that it has."""

    name: str
    introduced: bool
    waiting: tuple[str, ...]
    moved: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    moved_tags: tuple[str, ...] = ()
    restorable: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    moved_gateways: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.introduced and not (self.waiting or self.tags or self.gateways)

    @property
    def has_begun(self) -> bool:
        """Whether something of the wave has moved here."""
        return bool(self.moved or self.moved_tags or self.moved_gateways)


@dataclass(frozen=True, slots=True)
class WaveProgress:
    """A wave with its clusters in order of name; `skipped` are those that are left out for now."""

    wave: Wave
    clusters: tuple[WaveCluster, ...]
    skipped: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return all(cluster.is_done for cluster in self.clusters)

    @property
    def has_begun(self) -> bool:
        return any(cluster.has_begun for cluster in self.clusters)

    @property
    def restorable(self) -> tuple[str, ...]:
        return tuple(cluster.name for cluster in self.clusters if cluster.restorable)


@dataclass(frozen=True, slots=True)
class RolloutProgress:
    """A rollout and how far it is. `revision` is the name of the new one, `old` are those that are left."""

    rollout: RevisionRollout
    revision: str
    waves: tuple[WaveProgress, ...]
    old: tuple[str, ...] = ()
    namespace: str = "istio-system"

    def wave(self, name: str) -> WaveProgress:
        return next(one for one in self.waves if one.wave.name == name)


@dataclass(slots=True)
class _Claims:
    """What waves have of a cluster: its namespaces and gateways, and whether its tags."""

    namespaces: set[str] = field(default_factory=set)
    tags: bool = False
    gateways: set[str] = field(default_factory=set)


def progress(rollout: RevisionRollout, plans: Iterable[ClusterPlan], today: date) -> RolloutProgress:
    """Returns how far a rollout is in a fleet of these plans.

    `InputError` where it cannot be done: no cluster has its Istio, one is InPlace, or a name in a wave is nobody's.
    """
    having = {plan.specs.cluster.name: (plan, istio) for plan in plans if (istio := _istio(plan, rollout))}
    _refuse(rollout, having)
    skipped = frozenset(one.cluster for one in rollout.skipped if today <= one.until)
    taken = {name: _Claims() for name in having}
    waves = [_wave(rollout, wave, having, skipped, taken) for wave in rollout.waves]
    old = sorted({name for _, istio in having.values() for name in istio.revisions if name != _target(rollout, istio)})
    _, first = next(iter(having.values()))
    return RolloutProgress(rollout, _target(rollout, first), tuple(waves), tuple(old), first.istio.namespace)


def _istio(plan: ClusterPlan, rollout: RevisionRollout) -> PlannedIstio | None:
    return next((one for one in plan.istios if one.istio.name == rollout.istio), None)


def _target(rollout: RevisionRollout, istio: PlannedIstio) -> str:
    return revision_name(istio.istio, rollout.version)


def _refuse(rollout: RevisionRollout, having: Mapping[str, tuple[ClusterPlan, PlannedIstio]]) -> None:
    file = rollout.file
    if not having:
        raise InputError([Finding(CODE, f"no cluster has an Istio {rollout.istio}", file=file)])
    findings = []
    inplace = [name for name, (_, istio) in having.items() if istio.istio.strategy == "InPlace"]
    if inplace:
        message = (
            f"Istio {rollout.istio} is InPlace in {few(inplace, _NAMED)}: there is no second revision that waves could "
            "move to (spec.updateStrategy.type: RevisionBased)"
        )
        findings.append(Finding(CODE, message, file=file))
    named = {name for wave in rollout.waves if wave.clusters for name in wave.clusters.names}
    named |= {one.cluster for one in rollout.skipped}
    for name in sorted(named - having.keys()):
        guess = did_you_mean(name, having)
        findings.append(Finding(CODE, f"no cluster {name} has an Istio {rollout.istio}{guess}", file=file))
    findings += _gateway_findings(rollout, [plan for plan, _ in having.values()])
    if findings:
        raise InputError(findings)


def _gateway_findings(rollout: RevisionRollout, plans: Sequence[ClusterPlan]) -> Iterator[Finding]:
    """Yields gateways of waves that nobody has, or that cannot move by themselves."""
    known = {one.name: (plan, one) for plan in plans for one in plan.mesh_gateways}
    for name in sorted({name for wave in rollout.waves for name in wave.gateways}):
        if name not in known:
            yield Finding(CODE, f"no cluster has a MeshGateway {name}{did_you_mean(name, known)}", file=rollout.file)
            continue
        plan, gateway = known[name]
        if any(tag.name == gateway.spec.follows for tag in plan.tags):
            message = (
                f"gateway {name} follows the tag {gateway.spec.follows} in {plan.specs.cluster.name}, and moves with "
                "it: take it out of the waves, or let it follow a revision"
            )
            yield Finding(CODE, message, file=rollout.file)


def _wave(
    rollout: RevisionRollout,
    wave: Wave,
    having: Mapping[str, tuple[ClusterPlan, PlannedIstio]],
    skipped: frozenset[str],
    taken: Mapping[str, _Claims],
) -> WaveProgress:
    """Returns one wave's progress; `taken` is what earlier waves have, by cluster, and gets what this one has."""
    labels = {name: plan.specs.cluster.labels for name, (plan, _) in having.items()}
    chosen = _choose(wave.clusters, labels)
    meant = {
        name: {one.namespace.name: one.namespace.labels for one in plan.namespaces if is_injected(one)}
        for name, (plan, _) in having.items()
        if name in chosen
    }
    shared = {name: found for names in meant.values() for name, found in names.items()}
    share = _choose(Choice({}, (), wave.namespaces.percent), shared) if wave.namespaces else frozenset(shared)
    clusters = []
    for name in sorted(chosen - skipped):
        plan, istio = having[name]
        of_wave = frozenset(meant[name] if wave.is_whole else ())
        if wave.namespaces:
            of_wave = _choose(replace(wave.namespaces, percent=None), meant[name]) & share
        mine = [one for one in plan.namespaces if one.namespace.name in of_wave - taken[name].namespaces]
        taken[name].namespaces |= {one.namespace.name for one in mine}
        whole = wave.is_whole and not taken[name].tags
        taken[name].tags |= whole
        gateways = [one for one in plan.mesh_gateways if _has_gateway(wave, taken[name], plan, one)]
        taken[name].gateways |= {one.name for one in gateways}
        clusters.append(_cluster(rollout, plan, istio, mine, gateways, whole=whole))
    return WaveProgress(wave, tuple(clusters), tuple(sorted(chosen & skipped)))


def _choose(choice: Choice | None, labels: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    if choice is None:
        return frozenset(labels)
    names = [
        name
        for name, its in labels.items()
        if choice.labels.items() <= its.items() and (not choice.names or name in choice.names)
    ]
    return frozenset(names) if choice.percent is None else picks(names, choice.percent)


def _cluster(
    rollout: RevisionRollout,
    plan: ClusterPlan,
    istio: PlannedIstio,
    namespaces: Sequence[PlannedNamespace],
    gateways: Sequence[PlannedMeshGateway],
    *,
    whole: bool,
) -> WaveCluster:
    target = _target(rollout, istio)
    ours = [one for one in namespaces if one.revision == target or one.revision in istio.revisions]
    tags = {tag.name: tag.revision for tag in plan.tags if tag.revision == target or tag.revision in istio.revisions}
    by_tag = {name for name, revision in tags.items() if revision != target} if whole else set[str]()
    left = [one for one in ours if one.revision != target]
    return WaveCluster(
        name=plan.specs.cluster.name,
        introduced=istio.version == rollout.version,
        # Those that follow a tag which moves come with it.
        waiting=tuple(one.namespace.name for one in left if not (whole and one.follows in by_tag)),
        moved=tuple(one.namespace.name for one in ours if one.revision == target),
        tags=tuple(sorted(by_tag)),
        following=tuple(one.namespace.name for one in left if whole and one.follows in by_tag),
        moved_tags=tuple(sorted(name for name, revision in tags.items() if revision == target)) if whole else (),
        restorable=tuple(one.namespace.name for one in ours if _is_restorable(plan, one, target)),
        relabelled=tuple(
            one.namespace.name for one in ours if own_label(one) or (not whole and one.follows in tags and one in left)
        ),
        gateways=tuple(one.name for one in gateways if one.revision != target and one.revision in istio.revisions),
        moved_gateways=tuple(one.name for one in gateways if one.revision == target),
    )


def _has_gateway(wave: Wave, taken: _Claims, plan: ClusterPlan, gateway: PlannedMeshGateway) -> bool:
    """Returns whether a gateway is a wave's: by name, or as one that is left. One that follows a tag is nobody's: it
    moves with the tag, and would lose what it follows."""
    if gateway.name in taken.gateways or any(tag.name == gateway.spec.follows for tag in plan.tags):
        return False
    return wave.is_whole or gateway.name in wave.gateways


class OwnLabel(NamedTuple):
    """A label that names an injector."""

    key: str
    value: str


def own_label(one: PlannedNamespace) -> OwnLabel | None:
    """Returns the injection label that a namespace had before a wave moved it; None where it has its own."""
    key, _, value = one.namespace.annotations.get(FOLLOWS, "").partition("=")
    return OwnLabel(key, value) if key in (INJECTION_LABEL, REVISION_LABEL) and value else None


def label_to_remember(one: PlannedNamespace) -> str:
    """Returns what a namespace is to remember of its label, as `own_label` reads it."""
    labels = one.injection_labels
    key = INJECTION_LABEL if INJECTION_LABEL in labels else REVISION_LABEL
    return f"{key}={labels[key]}"


def _is_restorable(plan: ClusterPlan, one: PlannedNamespace, target: str) -> bool:
    label = own_label(one)
    if label is None or one.revision != target:
        return False
    key, value = label
    wanted = "default" if key == INJECTION_LABEL else value
    if wanted == "default":
        return bool(plan.default and plan.default.name == target)
    return any(tag.name == wanted and tag.revision == target for tag in plan.tags)
