"""The plan of one cluster: which revisions there are, which are active, what tags resolve to, who is used.

Pure: specs and the previous inventory in, a plan out. Rules are the Sail Operator's unless said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.plan.config_objects import config_objects, config_references
from render.plan.inventory import Inventory, RevisionRecord
from render.plan.labels import AMBIENT_LABELS, INJECTION_LABEL, REVISION_LABEL
from render.plan.managed_revisions import (
    PlannedManagedRevision,
    managed_revision_problems,
    managed_target,
    plan_managed_revisions,
)
from render.plan.mesh_gateways import PlannedMeshGateway, mesh_gateway_references, plan_mesh_gateways
from render.plan.node_agents import PlannedAgent, plan_cni, plan_ztunnel
from render.plan.revision_facts import injects_by_default, is_remote
from render.plan.revision_names import revision_name
from render.plan.topology.gateway import PlannedGateway, gateway_problems, gateway_references, plan_gateway
from render.plan.topology.namespaces import SystemNamespace, namespace_contradictions, system_namespaces
from render.plan.topology.references import dangling_references
from render.plan.topology.values import contradictions, spec_values
from render.plan.usage import References, Usage, namespace_reference, references, revision_usage, tag_usage
from render.plan.validate import (
    collisions,
    empty_specs,
    immutable,
    missing_injector,
    orphans_in_use,
    parts_of_two,
    without_source,
)
from render.plan.workloads import pods_of
from render.specs import releases
from render.specs.kinds import ClusterSpecs, Istio, IstioOperator, IstioRevision, IstioRevisionTag, Namespace


@dataclass(frozen=True, slots=True)
class PlannedRevision:
    """A revision of the cluster. Frozen: kept from the previous tree byte for byte; otherwise rendered from `record`.

    `active`: an Istio's current revision, or one with a spec of its own. `resource` is the spec, None when frozen.
    `replaced`: a tag has its name, and is what labels mean by it.
    """

    record: RevisionRecord
    active: bool
    frozen: bool
    usage: Usage
    resource: Resource | None
    replaced: bool = False

    @property
    def name(self) -> str:
        return self.record.name


@dataclass(frozen=True, slots=True)
class PlannedIstio:
    """An Istio with its version resolved (`v1.24.3`), and the names of all its revisions, active first."""

    istio: Istio
    version: str
    active: str
    revisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedTag:
    """A tag and the name of the revision that it resolves to. `injector` is the name of its webhook configuration: the
    one that it says, or had, None for that of the chart."""

    tag: IstioRevisionTag
    revision: str
    usage: Usage
    injector: str | None = None

    @property
    def name(self) -> str:
        return self.tag.name

    @property
    def state(self) -> str:
        """A tag's state includes its use, other than a revision's."""
        return "Healthy" if self.usage.status == "True" else self.usage.reason


@dataclass(frozen=True, slots=True)
class PlannedNamespace:
    """A namespace: the revision or tag that its labels name (None: none), and the revision that this means."""

    namespace: Namespace
    follows: str | None
    revision: str | None

    @property
    def injection_labels(self) -> dict[str, str]:
        """Those of its labels that decide who injects."""
        labels = self.namespace.labels
        return {key: labels[key] for key in (INJECTION_LABEL, REVISION_LABEL) if key in labels}

    @property
    def mesh_labels(self) -> dict[str, str]:
        """Those of its labels by which it is in the mesh: of injection, and of the ambient mesh."""
        labels = self.namespace.labels
        return {**self.injection_labels, **{key: labels[key] for key in AMBIENT_LABELS if key in labels}}


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Who serves whom in one cluster; every tuple in order of name. Not to be used when a problem is an error."""

    specs: ClusterSpecs
    istios: tuple[PlannedIstio, ...]
    revisions: tuple[PlannedRevision, ...]
    tags: tuple[PlannedTag, ...]
    namespaces: tuple[PlannedNamespace, ...]
    mesh_gateways: tuple[PlannedMeshGateway, ...]
    cni: PlannedAgent | None
    ztunnel: PlannedAgent | None
    problems: tuple[Problem, ...]
    system_namespaces: tuple[SystemNamespace, ...] = ()
    gateway: PlannedGateway | None = None
    managed: tuple[PlannedManagedRevision, ...] = ()

    def managed_revision(self, name: str) -> PlannedManagedRevision | None:
        """Returns the managed revision of a name, None where there is none."""
        return next((one for one in self.managed if one.name == name), None)

    def revision(self, name: str) -> PlannedRevision:
        return next(revision for revision in self.revisions if revision.name == name)

    def operator(self, revision: str) -> IstioOperator | None:
        """Returns the IstioOperator that a revision is rendered by, None where it is rendered by another spec, or not
        at all."""
        found = (one.istio.operator for one in self.istios if one.active == revision)
        return next(found, None)

    @property
    def frozen(self) -> tuple[str, ...]:
        """The names of the revisions that stay as they are."""
        return tuple(revision.name for revision in self.revisions if revision.frozen)

    @property
    def default(self) -> PlannedRevision | None:
        """The revision that serves `default`: by the tag of that name, else by the revision of that name. None as well
        where a managed one does."""
        for tag in self.tags:
            if tag.name == "default":
                return None if self.managed_revision(tag.revision) else self.revision(tag.revision)
        return next((revision for revision in self.revisions if revision.name == "default"), None)

    @property
    def injects_by_default(self) -> bool:
        """Whether what no label speaks of is injected, by the revision that serves `default`."""
        return bool(self.default and injects_by_default(self.default.record))

    def tag(self, name: str) -> PlannedTag | None:
        """Returns the tag of a name, None where there is none: what labels mean by it then is a revision."""
        return next((tag for tag in self.tags if tag.name == name), None)

    @property
    def names(self) -> frozenset[str]:
        """Every revision and tag that a label can name."""
        served = [one.name for one in self.revisions] + [one.name for one in self.managed]
        return frozenset([*served, *(tag.name for tag in self.tags)])


def plan_cluster(specs: ClusterSpecs, previous: Inventory, *, program: str) -> ClusterPlan:
    """Plan one cluster. `program` (its version) goes into the records of what is rendered anew.

    Problems (codes MR070 to MR079) come back in the plan: names taken twice, tags that lead nowhere, an
    immutable namespace that changed, something removed that is still referred to.
    """
    problems: list[Problem] = []
    active, istios = _active_revisions(specs, previous, problems, program)
    records = dict(active)
    frozen = {name: record for name, record in previous.revisions.items() if name not in records}
    records.update(frozen)
    to_managed = {one.name: target.name for one in specs.tags if (target := managed_target(specs, one))}
    targets = _tag_targets(specs, istios, records, problems)
    labels = {namespace.name: namespace.labels for namespace in specs.namespaces}
    others = [*config_references(config_objects(specs.extra), labels), *gateway_references(specs)]
    others += mesh_gateway_references(specs)
    found = references(labels, pods_of(specs.extra), others)
    revisions = _with_usage(specs, records, frozen, targets, found)
    tags = _tags(specs, records, targets, to_managed, found, previous)
    problems += managed_revision_problems(specs, records)
    problems += collisions(specs, records, frozen)
    problems += orphans_in_use(specs, frozen, targets)
    problems += empty_specs(specs, previous)
    managed = {one.name for one in specs.settings.managed}
    namespaces = _namespaces(specs, {*records, *managed}, {**targets, **to_managed}, previous, problems)
    mesh_gateways = plan_mesh_gateways(specs, records, targets)
    problems += mesh_gateways.problems
    planned_istios = tuple(
        replace(planned, revisions=_revisions_of(planned, records)) for _, planned in sorted(istios.items())
    )
    cni = plan_cni(specs, previous) if specs.cnis else None
    ztunnel = _ztunnel(specs, istios, records, previous, problems)
    for agent in (cni, ztunnel):
        problems += without_source(specs, agent.spec, agent.version) if agent else ()
    problems += dangling_references(specs, active)
    problems += namespace_contradictions(specs, records)
    problems += gateway_problems(specs, records, targets)
    gateway = plan_gateway(specs, records, targets)
    problems += parts_of_two(specs, gateway)
    return ClusterPlan(
        specs,
        planned_istios,
        revisions,
        tags,
        namespaces,
        mesh_gateways.gateways,
        cni,
        ztunnel,
        tuple(problems),
        system_namespaces(specs, records),
        gateway,
        plan_managed_revisions(specs, found, to_managed),
    )


def specified_revisions(specs: ClusterSpecs, previous: Inventory) -> frozenset[str]:
    """Returns the names of the revisions that specs ask for: those that are rendered, while all others are frozen."""
    of_istios = {revision_name(one, _resolve(specs, one, previous)) for one in specs.istios}
    return frozenset(of_istios | {one.name for one in specs.revisions})


def _ztunnel(
    specs: ClusterSpecs,
    istios: Mapping[str, PlannedIstio],
    records: Mapping[str, RevisionRecord],
    previous: Inventory,
    problems: list[Problem],
) -> PlannedAgent | None:
    if not specs.ztunnels:
        return None
    active = {name: planned.active for name, planned in istios.items()}
    planned = plan_ztunnel(specs, active, frozenset(records), previous)
    if isinstance(planned, Problem):
        problems.append(planned)
        return None
    return planned


def _active_revisions(
    specs: ClusterSpecs, previous: Inventory, problems: list[Problem], program: str
) -> tuple[dict[str, RevisionRecord], dict[str, PlannedIstio]]:
    """Records of all revisions that specs ask for, by name; and the Istios by name."""
    records: dict[str, RevisionRecord] = {}
    makers: dict[str, Resource] = {}
    istios: dict[str, PlannedIstio] = {}
    wanted: list[tuple[Istio | IstioRevision, RevisionRecord]] = []
    for istio in specs.istios:
        version = _resolve(specs, istio, previous)
        name = revision_name(istio, version)
        istios[istio.name] = PlannedIstio(istio, version, name, ())
        wanted.append((istio, _record(istio, name, version, istio.name, specs, program)))
    for revision in specs.revisions:
        before = previous.revisions.get(revision.name)
        owner = before.istio if before else None  # a spec that thaws a revision does not take it from its Istio
        record = _record(revision, revision.name, revision.version, owner, specs, program)
        wanted.append((revision, record))
    for spec, record in wanted:
        other = makers.setdefault(record.name, spec.resource)
        if other is not spec.resource:
            message = f"its revision is named {record.name}, and so is that of {other.title} ({other.origin.file})"
            problems.append(Problem("MR070", message, spec.resource, ("metadata", "name")))
        problems += immutable(spec, record, previous)
        problems += without_source(specs, spec, record.version)
        problems += contradictions(spec, record.name, specs)
        records[record.name] = record
    return records, istios


def _resolve(specs: ClusterSpecs, istio: Istio, previous: Inventory) -> str:
    """Returns the release that the Istio's version means. An alias keeps what it meant when it was first rendered."""
    if not releases.is_alias(istio.version):
        return istio.version
    before = [
        record.version
        for record in previous.revisions.values()
        if record.istio == istio.name and record.requested == istio.version
    ]
    if before:
        return max(before, key=releases.parse)
    return specs.releases.resolve(istio.version, chart=specs.source(istio) == "chart")


def _record(
    spec: Istio | IstioRevision, name: str, version: str, istio: str | None, specs: ClusterSpecs, program: str
) -> RevisionRecord:
    source = specs.source(spec)
    locked = (
        specs.charts.locked_chart("istiod", version.removeprefix("v")) if source == "chart" and specs.charts else None
    )
    return RevisionRecord(
        name=name,
        version=version,
        requested=spec.version,
        namespace=spec.namespace,
        istio=istio,
        profile=spec.profile if isinstance(spec, Istio) else None,
        platform=specs.cluster.platform,
        values=spec_values(spec, name, specs),
        source=source,
        program=program,
        chart=locked.tree if locked else None,
        operator=isinstance(spec, Istio) and spec.operator is not None,
    )


def _tag_targets(
    specs: ClusterSpecs,
    istios: Mapping[str, PlannedIstio],
    records: Mapping[str, RevisionRecord],
    problems: list[Problem],
) -> dict[str, str]:
    """Tag name to revision name, for the tags that lead somewhere."""
    targets: dict[str, str] = {}
    for tag in specs.tags:
        kind, name = tag.target.kind, tag.target.name
        if managed := managed_target(specs, tag):
            if managed.injection_url is None:
                message = (
                    f"nobody says what the webhook of the managed revision {name} calls: give its injectionURL under "
                    "managedRevisions, or let namespaces follow it by its own name"
                )
                problems.append(Problem("MR334", message, tag.resource, ("spec", "targetRef", "name")))
            continue
        revision = istios[name].active if kind == "Istio" and name in istios else name
        if (kind == "Istio" and name not in istios) or revision not in records:
            known = sorted(istios if kind == "Istio" else records)
            hint = f"this cluster has {', '.join(known)}" if known else f"this cluster has no {kind}"
            message = f"RefNotFound: there is no {kind} {name} ({hint})"
            problems.append(Problem("MR072", message, tag.resource, ("spec", "targetRef", "name")))
        elif is_remote(records[revision]):
            message = f"revision {revision} has the profile remote, which a tag cannot point at"
            problems.append(Problem("MR073", message, tag.resource, ("spec", "targetRef", "name")))
        else:
            targets[tag.name] = revision
    return targets


def _tags(
    specs: ClusterSpecs,
    records: Mapping[str, RevisionRecord],
    targets: Mapping[str, str],
    to_managed: Mapping[str, str],
    found: References,
    previous: Inventory,
) -> tuple[PlannedTag, ...]:
    planned = []
    for tag in sorted(specs.tags, key=lambda tag: tag.name):
        injector = tag.injector or previous.tag_injector(tag.name)
        if tag.name in targets:
            by_default = injects_by_default(records[targets[tag.name]])
            usage = tag_usage(tag.name, found, injects_by_default=by_default)
            planned.append(PlannedTag(tag, targets[tag.name], usage, injector))
        elif tag.name in to_managed:
            planned.append(PlannedTag(tag, to_managed[tag.name], tag_usage(tag.name, found), injector))
    return tuple(planned)


def _with_usage(
    specs: ClusterSpecs,
    records: Mapping[str, RevisionRecord],
    frozen: Mapping[str, RevisionRecord],
    targets: Mapping[str, str],
    found: References,
) -> tuple[PlannedRevision, ...]:
    tags_on: dict[str, list[str]] = {}
    for tag, revision in sorted(targets.items()):
        tags_on.setdefault(revision, []).append(tag)
    spec_of = {revision.name: revision.resource for revision in specs.revisions}
    istio_of = {istio.name: istio.resource for istio in specs.istios}
    planned = []
    for name, record in sorted(records.items()):
        usage = revision_usage(
            name,
            found,
            tags_on.get(name, ()),
            injects_by_default=injects_by_default(record),
            replaced=name in targets,
        )
        resource = None if name in frozen else spec_of.get(name) or istio_of[record.istio or ""]
        is_frozen = name in frozen
        planned.append(PlannedRevision(record, not is_frozen, is_frozen, usage, resource, name in targets))
    return tuple(planned)


def _namespaces(
    specs: ClusterSpecs,
    records: Collection[str],
    targets: Mapping[str, str],
    previous: Inventory,
    problems: list[Problem],
) -> tuple[PlannedNamespace, ...]:
    lost = {tag.name for tag in specs.tags} - targets.keys()  # reported already, where the tag leads nowhere
    planned = []
    for namespace in sorted(specs.namespaces, key=lambda namespace: namespace.name):
        follows = namespace_reference(namespace.labels)
        revision = targets.get(follows, follows if follows in records else None) if follows else None
        if namespace.labels.get(INJECTION_LABEL, "enabled") != "enabled":
            revision = None  # Sail counts the reference, but Kubernetes injects nothing there.
        elif follows and revision is None and follows not in lost:
            problems.append(missing_injector(namespace, follows, previous, records, targets))
        planned.append(PlannedNamespace(namespace, follows, revision))
    return tuple(planned)


def _revisions_of(planned: PlannedIstio, records: Mapping[str, RevisionRecord]) -> tuple[str, ...]:
    others = sorted(
        name for name, record in records.items() if record.istio == planned.istio.name and name != planned.active
    )
    return (planned.active, *others)
