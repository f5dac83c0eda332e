"""What promoting edits: the version of an Istio, what a tag points at, what namespaces and gateways follow.

Pure: plans of clusters in, wishes for their specs out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from render.errors import InputError, wrong
from render.finding import Finding
from render.messages import FieldPath, did_you_mean, few, field_text, plural
from render.operations.change.ambient_rules import (
    AMBIENT,
    departure,
    enrolment,
    is_in_ambient,
    new_waypoint,
    refuse_unread_by_sidecars,
    refuse_without_ambient,
    waypoint_of,
)
from render.operations.change.new_objects import NewObject
from render.operations.change.selection import Namespaces
from render.operations.change.spec_edits import Wish
from render.plan.cluster import ClusterPlan, PlannedIstio, PlannedNamespace, PlannedTag
from render.plan.labels import INJECTION_LABEL, REVISION_LABEL
from render.plan.managed_revisions import NAMESPACE as MANAGED_NAMESPACE
from render.plan.mesh_gateways import PlannedMeshGateway
from render.plan.revision_names import revision_name
from render.specs import releases
from render.specs.build import INJECTOR_ANNOTATION
from render.specs.istio_operator.release import fields_left_behind, fields_of_release
from render.specs.kinds import Istio, IstioOperator, IstioRevisionTag
from render.specs.mesh_gateway import CANARY, CANARY_FOLLOWS, CANARY_WEIGHT
from render.specs.mesh_gateway import FOLLOWS as FOLLOWS_FIELD
from render.yamlio.edit.text_edits import REMOVED

# What a tag or namespace followed before an operation made it stay behind, such as `Istio/default`.
FOLLOWS = "meshrev.io/follows"
DEFAULT = "default"
_NAMED = 3  # clusters that a message names

_VERSION: FieldPath = ("spec", "version")
_LABELS: FieldPath = ("metadata", "labels")
_FOLLOWS: FieldPath = ("metadata", "annotations", FOLLOWS)
_TARGET: FieldPath = ("spec", "targetRef")
INJECTOR: FieldPath = ("metadata", "annotations", INJECTOR_ANNOTATION)

# Of each cluster, the webhook configuration that injects for each name, as its tree has it.
Injectors = Mapping[str, Mapping[str, str]]
NO_INJECTORS: Injectors = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Promotion:
    """What to move, by name, and where to: an Istio to a version or a strategy, a tag, namespaces or gateways to a
    revision (or tag).

    `gateways` may move beside namespaces. `canary` is the share of their pods that goes there, in percent; None is all.
    `waypoint`: namespaces that go to the ambient mesh get one.
    """

    what: Literal["istio", "strategy", "tag", "namespaces", "gateways"]
    to: str
    name: str = ""
    namespaces: Namespaces = field(default_factory=Namespaces)
    gateways: tuple[str, ...] = ()
    canary: int | None = None
    waypoint: bool = False

    @property
    def words(self) -> str:
        """`tag prod`."""
        if self.what in _KIND:
            return f"{_KIND[self.what]} {self.name}"
        share = f"{self.canary}% of " if self.canary is not None else ""
        words = [self.namespaces.words] if self.what == "namespaces" else []
        words += [f"{share}{plural(len(self.gateways), 'gateway')} {', '.join(self.gateways)}"] if self.gateways else []
        return " and ".join(words)


_KIND = {"istio": "Istio", "strategy": "Istio", "tag": "tag"}


@dataclass(frozen=True, slots=True)
class PromotionWishes:
    """What specs are to say. `moved_from` are the names of what was left behind, `to` is where it goes, `clusters` are
    those that change; `notes` are for a person. `objects` are new ones."""

    wishes: tuple[Wish, ...]
    moved_from: tuple[str, ...]
    to: str
    clusters: tuple[str, ...]
    notes: tuple[str, ...] = ()
    objects: tuple[NewObject, ...] = ()


def wishes_of(
    promotion: Promotion, plans: Sequence[ClusterPlan], injectors: Injectors = NO_INJECTORS, *, named: bool
) -> PromotionWishes:
    """Returns what the specs of these clusters are to say. A cluster without what is to be moved is an `InputError`
    where the clusters were `named`, or where none has it; else it is left out. `injectors` are those of the tree. What
    a strategy asks for is `strategy_wishes`."""
    if promotion.what == "istio":
        return _of_istio(promotion, plans, named)
    if promotion.what == "tag":
        return _of_tag(promotion, plans, injectors, named)
    found = WishList()
    if promotion.what == "namespaces":
        _wish_for_namespaces(promotion, plans, named, found)
    if promotion.gateways:
        _wish_for_gateways(promotion, plans, named, found)
    return found.result(promotion.to)


@dataclass(slots=True)
class WishList:
    """What is wished for, cluster by cluster."""

    wishes: list[Wish] = field(default_factory=list)
    before: dict[str, None] = field(default_factory=dict)
    clusters: list[str] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    objects: list[NewObject] = field(default_factory=list)

    def note(self, text: str, plan: ClusterPlan) -> None:
        """Something that a person should know of a cluster, told once for all of which it is true."""
        self.notes.setdefault(text, []).append(plan.specs.cluster.name)

    def add(self, plan: ClusterPlan, wishes: Iterable[Wish], before: str) -> None:
        """Adds the wishes for one object; it counts as moved where one of them is not so yet."""
        wishes = list(wishes)
        self.wishes += wishes
        if any(not wish.is_so for wish in wishes):
            self.before[before] = None
            if (name := plan.specs.cluster.name) not in self.clusters:
                self.clusters.append(name)

    def add_object(self, plan: ClusterPlan, new: NewObject, before: str) -> None:
        """Adds an object that is to be there before what is wished for."""
        self.objects.append(new)
        self.before[before] = None
        if (name := plan.specs.cluster.name) not in self.clusters:
            self.clusters.append(name)

    def result(self, to: str) -> PromotionWishes:
        notes = tuple(f"{text} ({few(names, _NAMED)})" for text, names in self.notes.items())
        return PromotionWishes(
            tuple(self.wishes), tuple(self.before), to, tuple(self.clusters), notes, tuple(self.objects)
        )


def _of_istio(promotion: Promotion, plans: Sequence[ClusterPlan], named: bool) -> PromotionWishes:
    having = list(clusters_having(promotion, plans, named))
    version = _version(promotion.to, having)
    found = WishList()
    for plan, istio in having:
        overlay, spec = plan.specs.folder, istio.istio
        if istio.version == version:  # and so it stays as it is written, which others may come to agree with
            found.add(plan, [*_version_wishes(overlay, spec, spec.version), *tags_behind(plan, istio)], spec.version)
            continue
        # Of an alias the release: the tree keeps what an alias meant when it was first rendered.
        wishes = [*_version_wishes(overlay, spec, version)]
        if revision_name(spec, version) != istio.active:
            wishes += kept_behind(plan, istio)
        else:
            found.note(
                f"{_in_place(spec)}: its one revision changes, and what it injects with it; there is no old one to go "
                "back to",
                plan,
            )
        if spec.operator:
            _note_operator(found, plan, spec.operator)
        found.add(plan, wishes, istio.version)
        if releases.parse(version) < releases.parse(istio.version):
            found.note(f"{version} is older than {istio.version}, which is there now", plan)
    return found.result(version)


def _in_place(spec: Istio) -> str:
    if spec.operator is None:
        return f"Istio {spec.name} is InPlace"
    return f"the revision of IstioOperator {spec.name} keeps its name"


def _note_operator(found: WishList, plan: ClusterPlan, operator: IstioOperator) -> None:
    """What else an IstioOperator has follows its version at once, and is there once in a cluster."""
    parts = [one.component.field if not one.component.is_gateway else one.workload for one in operator.components]
    others = [part for part in parts if part not in ("base", "pilot")]
    if others:
        found.note(f"IstioOperator {operator.name} moves {few(others, _NAMED)} with it, at once and in place", plan)
    left = [field_text(path) for path in fields_left_behind(operator.resource.data)]
    if left:
        found.note(f"IstioOperator {operator.name} still names the old revision at {few(left, _NAMED)}", plan)


def _version_wishes(overlay: str, spec: Istio, version: str) -> Iterator[Wish]:
    if spec.operator is None:
        yield Wish(overlay, spec.resource, _VERSION, version)
    else:
        for found in fields_of_release(spec.resource.data, version.removeprefix("v")):
            yield Wish(overlay, spec.resource, found.path, found.value)


def _version(to: str, having: Iterable[tuple[ClusterPlan, PlannedIstio]]) -> str:
    """Returns the release that a version means in all of these clusters, or to this program where there are none."""
    meant: dict[str, str] = {}
    for plan, istio in having:
        is_chart = plan.specs.source(istio.istio) == "chart"
        meant.setdefault(plan.specs.releases.resolve(to, chart=is_chart), plan.specs.cluster.name)
    if len(meant) > 1:
        words = few([f"{release} in {cluster}" for release, cluster in meant.items()], _NAMED)
        raise wrong("MR063", f"{to} means {words}: name the release", file="--version")
    return next(iter(meant)) if meant else releases.resolve(to)


def tags_behind(plan: ClusterPlan, istio: PlannedIstio) -> Iterable[Wish]:
    """Yields tags that stayed behind when this cluster got the version, as they are."""
    for tag in plan.tags:
        if _istio_behind(plan, tag.tag) == istio:
            yield from _as_it_is(plan, tag.tag)


def _as_it_is(plan: ClusterPlan, tag: IstioRevisionTag) -> Iterable[Wish]:
    yield from _tag_wish(plan, tag, tag.target.kind, tag.target.name)
    yield Wish(plan.specs.folder, tag.resource, _FOLLOWS, _annotations(tag).get(FOLLOWS, REMOVED))


def kept_behind(plan: ClusterPlan, istio: PlannedIstio) -> Iterable[Wish]:
    """Yields what keeps tags that follow the Istio at its old revision, and has them remember what they followed: a new
    revision comes in beside the old one, and no pod moves before somebody moves a tag."""
    for tag in plan.tags:
        if tag.tag.target.kind == "Istio" and tag.tag.target.name == istio.istio.name:
            yield from _tag_wish(plan, tag.tag, "IstioRevision", istio.active)
            yield Wish(plan.specs.folder, tag.tag.resource, _FOLLOWS, f"Istio/{istio.istio.name}")


class IstioOfCluster(NamedTuple):
    """A cluster and its Istio of the name that was asked for."""

    plan: ClusterPlan
    istio: PlannedIstio


def clusters_having(promotion: Promotion, plans: Sequence[ClusterPlan], named: bool) -> list[IstioOfCluster]:
    """Returns the clusters that have the Istio. `InputError` as in `wishes_of`."""
    having = [IstioOfCluster(plan, one) for plan in plans for one in plan.istios if one.istio.name == promotion.name]
    known = {one.istio.name for plan in plans for one in plan.istios}
    _all_have_it(promotion, plans, [plan for plan, _ in having], named, known)
    return having


def _of_tag(promotion: Promotion, plans: Sequence[ClusterPlan], injectors: Injectors, named: bool) -> PromotionWishes:
    having = [(plan, tag) for plan in plans for tag in plan.tags if tag.name == promotion.name]
    known = {tag.name for plan in plans for tag in plan.tags}
    _all_have_it(promotion, plans, [plan for plan, _ in having], named, known)
    _all_serve(promotion.to, [plan for plan, _ in having], tags=False)
    found = WishList()
    for plan, tag in having:
        if tag.revision == promotion.to:  # and so it stays as it is written, whatever it follows
            found.add(plan, _as_it_is(plan, tag.tag), tag.revision)
            continue
        followed = _istio_behind(plan, tag.tag)
        if followed and followed.active == promotion.to:
            wishes = [*_tag_wish(plan, tag.tag, "Istio", followed.istio.name)]
            wishes.append(Wish(plan.specs.folder, tag.tag.resource, _FOLLOWS, REMOVED))
        else:
            wishes = [*_tag_wish(plan, tag.tag, "IstioRevision", promotion.to)]
        wishes += _same_injector(plan, tag, promotion.to, injectors)
        found.add(plan, wishes, tag.revision)
    return found.result(promotion.to)


def _same_injector(plan: ClusterPlan, tag: PlannedTag, to: str, injectors: Injectors) -> Iterable[Wish]:
    """Yields what keeps the name of a tag's webhook configuration where the chart calls it by the namespace of the
    revision: two objects cannot take turns at once."""
    injector = injectors.get(plan.specs.cluster.name, {}).get(tag.name)
    namespaces = {_injector_namespace(plan, one) for one in (tag.revision, to)}
    if injector and len(namespaces) > 1:
        yield Wish(plan.specs.folder, tag.tag.resource, INJECTOR, injector)


def _injector_namespace(plan: ClusterPlan, revision: str) -> str:
    """Returns the namespace that the chart calls a tag's webhook configuration by."""
    return MANAGED_NAMESPACE if plan.managed_revision(revision) else plan.revision(revision).record.namespace


def _tag_wish(plan: ClusterPlan, tag: IstioRevisionTag, kind: str, name: str) -> Iterable[Wish]:
    for key, value in (("kind", kind), ("name", name)):
        yield Wish(plan.specs.folder, tag.resource, (*_TARGET, key), value)


def _istio_behind(plan: ClusterPlan, tag: IstioRevisionTag) -> PlannedIstio | None:
    """Returns the Istio that a tag followed until one of our own operations made it stay behind."""
    kind, _, name = str(_annotations(tag).get(FOLLOWS, "")).partition("/")
    return next((one for one in plan.istios if kind == "Istio" and one.istio.name == name), None)


def _annotations(tag: IstioRevisionTag) -> dict[str, Any]:
    return tag.resource.data["metadata"].get("annotations") or {}


def _wish_for_namespaces(promotion: Promotion, plans: Sequence[ClusterPlan], named: bool, found: WishList) -> None:
    if named:
        _all_have_them(promotion.namespaces.names, plans)
    chosen = promotion.namespaces.of(plans)
    having = [plan for plan in plans if chosen[plan.specs.cluster.name]]
    if not having:
        option = "--selector" if promotion.namespaces.selector else "--percent"
        raise wrong("MR063", f"no cluster that was chosen has {promotion.words} with an injector", file=option)
    chosen_there = [(plan, planned) for plan in having for planned in chosen[plan.specs.cluster.name]]
    if _is_to_ambient(promotion, having):
        refuse_without_ambient(having)
        _wish_for_ambient(promotion, chosen_there, found)
        return
    _all_serve(promotion.to, having, tags=True)
    for plan, planned in chosen_there:
        if is_in_ambient(planned):
            _wish_for_sidecars(promotion, plan, planned, found)
        else:
            found.add(plan, _label_wishes(plan, planned, promotion.to), planned.follows or "")


def _is_to_ambient(promotion: Promotion, plans: Iterable[ClusterPlan]) -> bool:
    """`ambient` may also be what somebody called a tag."""
    return promotion.waypoint or (promotion.to == AMBIENT and not any(AMBIENT in plan.names for plan in plans))


def _wish_for_ambient(
    promotion: Promotion, chosen: Sequence[tuple[ClusterPlan, PlannedNamespace]], found: WishList
) -> None:
    waypoints = {id(planned): waypoint_of(plan, planned) for plan, planned in chosen}
    lacking = [(plan, one) for plan, one in chosen if promotion.waypoint and waypoints[id(one)] is None]
    for plan, planned in lacking:  # in a commit of their own, since they are to be ready before a label names them
        found.add_object(plan, new_waypoint(plan, planned), planned.follows or AMBIENT)
        name = planned.namespace.name
        found.note(f"step 1 of 2: a waypoint of {name}; once it is ready, the same command again moves {name}", plan)
    for plan, planned in () if lacking else chosen:
        name, wishes = planned.namespace.name, enrolment(plan, planned, waypoints[id(planned)])
        found.add(plan, wishes, planned.follows or AMBIENT)
        if any(not wish.is_so for wish in wishes):
            found.note(f"pods of {name} keep their sidecars until they restart, and are in the ambient mesh then", plan)


def _wish_for_sidecars(promotion: Promotion, plan: ClusterPlan, planned: PlannedNamespace, found: WishList) -> None:
    name = planned.namespace.name
    wishes = _label_wishes(plan, planned, promotion.to)
    if any(not wish.is_so for wish in wishes):
        refuse_unread_by_sidecars(plan, planned)
        found.add(plan, wishes, AMBIENT)
        found.note(
            f"step 1 of 2: restart the pods of {name}, which get sidecars then; the same command after that takes "
            "its labels of the ambient mesh away",
            plan,
        )
        return
    found.add(plan, departure(plan, planned), AMBIENT)
    found.note(f"pods of {name} that were not restarted leave the mesh with this", plan)


def _label_wishes(plan: ClusterPlan, planned: PlannedNamespace, to: str) -> list[Wish]:
    """Istio's canary upgrade guide: a namespace with `istio-injection` does not follow `istio.io/rev`, so that one goes
    where the other comes; `default` is what `istio-injection: enabled` means."""
    labels: tuple[tuple[str, Any], ...] = ((INJECTION_LABEL, REMOVED), (REVISION_LABEL, to))
    if to == DEFAULT:
        labels = ((REVISION_LABEL, REMOVED), (INJECTION_LABEL, "enabled"))
    return [Wish(plan.specs.folder, planned.namespace.resource, (*_LABELS, key), value) for key, value in labels]


def _wish_for_gateways(promotion: Promotion, plans: Sequence[ClusterPlan], named: bool, found: WishList) -> None:
    for name in promotion.gateways:
        having = [(plan, one) for plan in plans for one in plan.mesh_gateways if one.name == name]
        known = {one.name for plan in plans for one in plan.mesh_gateways}
        _all_have("gateway", name, plans, [plan for plan, _ in having], named, known)
        _all_serve(promotion.to, [plan for plan, _ in having], tags=True)
        for plan, gateway in having:
            found.add(plan, _gateway_wishes(promotion, plan, gateway, found), gateway.spec.follows)


def _gateway_wishes(
    promotion: Promotion, plan: ClusterPlan, gateway: PlannedMeshGateway, found: WishList
) -> Iterator[Wish]:
    """Yields the canary, beside a gateway that stays as it is; or the gateway where it goes, without a canary."""
    spec, folder = gateway.spec, plan.specs.folder
    if promotion.canary is not None:
        if spec.follows == promotion.to:
            message = f"gateway {spec.name} of {plan.specs.cluster.name} follows {promotion.to} already"
            raise wrong("MR063", f"{message}: a canary goes elsewhere", file="--canary")
        yield Wish(folder, spec.resource, CANARY_FOLLOWS, promotion.to)
        yield Wish(folder, spec.resource, CANARY_WEIGHT, promotion.canary)
        return
    if spec.follows != promotion.to:
        found.note(f"gateway {spec.name} gets other pods, a few at a time, as soon as this is applied", plan)
    elif spec.canary:
        found.note(f"the canary of gateway {spec.name} goes; the gateway's own pods stay as they are", plan)
    yield Wish(folder, spec.resource, FOLLOWS_FIELD, promotion.to)
    yield Wish(folder, spec.resource, CANARY, REMOVED)


def _all_have_it(
    promotion: Promotion, plans: Sequence[ClusterPlan], having: Sequence[ClusterPlan], named: bool, known: set[str]
) -> None:
    _all_have(_KIND[promotion.what], promotion.name, plans, having, named, known)


def _all_have(
    kind: str, name: str, plans: Sequence[ClusterPlan], having: Sequence[ClusterPlan], named: bool, known: set[str]
) -> None:
    without = [plan.specs.cluster.name for plan in plans if plan not in having]
    if without and (named or not having):
        guess = did_you_mean(name, known) or (f" (known: {', '.join(sorted(known))})" if known else "")
        message = f"there is no {kind} {name} in {few(without, _NAMED)}{guess}"
        raise wrong("MR063", message, file=f"--{kind.lower()}")


def _all_have_them(names: Sequence[str], plans: Sequence[ClusterPlan]) -> None:
    """Raises an `InputError` where a cluster has no Namespace of a name, and others of them have one."""
    having = {name: [p for p in plans if any(one.namespace.name == name for one in p.namespaces)] for name in names}
    without = {name: [p.specs.cluster.name for p in plans if p not in found] for name, found in having.items() if found}
    if findings := [
        Finding("MR063", f"the specs of {few(clusters, _NAMED)} have no Namespace {name}", file="--namespace")
        for name, clusters in without.items()
        if clusters
    ]:
        raise InputError(findings)


def _all_serve(to: str, plans: Sequence[ClusterPlan], *, tags: bool) -> None:
    """Raises an `InputError` where in some cluster nothing of that name could inject."""
    what = "revision or tag" if tags else "revision"
    without: dict[str, list[str]] = {}
    for plan in plans:
        known = sorted(
            plan.names if tags else [one.name for one in plan.revisions] + [one.name for one in plan.managed]
        )
        if to not in known and not (tags and to == DEFAULT and plan.default is not None):
            guess = did_you_mean(to, known) or f" (known: {', '.join(known) or 'none'})"
            without.setdefault(f"no {what} {to}{guess}", []).append(plan.specs.cluster.name)
    if without:
        raise InputError(
            Finding("MR063", f"{few(names, _NAMED)} {plural(len(names), 'has', 'have')} {why}", file="--to")
            for why, names in without.items()
        )
