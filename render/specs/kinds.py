"""The kinds that meshrev understands, as data. Defaults are filled in; nothing here reads or checks.

Field names and defaults are those of `sailoperator.io/v1` (Sail Operator) and of meshrev's own API group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from render.charts.chart_folder import CHARTS, ChartFolder
from render.kustomize.resource import Resource
from render.specs.istio_operator.components import ComponentPlan
from render.specs.mesh_gateway import MeshGateway
from render.specs.releases import Releases, builtin_releases
from render.specs.topology import Topology

Values = Mapping[str, Any]
Strategy = Literal["InPlace", "RevisionBased"]
Role = Literal["primary", "remote", "external"]
FindingLevel = Literal["error", "warning", "info", "off"]
Delivery = Literal["argocd", "flux", "none"]
NamespaceForm = Literal["apply", "patch", "manifest"]
Stages = Literal["few", "one"]
# Fields of `spec.delivery` that go into Flux' Kustomizations as they are:
# https://fluxcd.io/flux/components/kustomize/kustomizations/
KUSTOMIZATION_FIELDS = (
    *("sourceRef", "serviceAccountName", "kubeConfig", "decryption"),
    *("timeout", "retryInterval", "deletionPolicy", "suspend"),
)
SourceType = Literal["builtin", "chart"]
HelmKind = Literal["library", "program"]


@dataclass(frozen=True, slots=True)
class IstioOperator:
    """One document of istioctl's. `components` are those that are on, with what stands in their profile; `version` is
    a release such as `v1.27.3`."""

    name: str
    version: str
    components: tuple[ComponentPlan, ...]
    resource: Resource
    source: SourceType | None = None

    def component(self, field: str) -> ComponentPlan | None:
        """Returns its base, pilot, cni or ztunnel, None where that is off."""
        return next((one for one in self.components if one.component.field == field), None)

    @property
    def gateways(self) -> tuple[ComponentPlan, ...]:
        """Returns the gateways that are on."""
        return tuple(one for one in self.components if one.component.is_gateway)


@dataclass(frozen=True, slots=True)
class Istio:
    """One control plane. `version` is as written and may be an alias (`v1.24-latest`). `source`, here and in the other
    kinds, is that of its annotation, None where the cluster's holds. `patches` are of its active revision's objects.
    `monitoring`: its istiods and their proxies have monitors of the Prometheus operator.

    `revision` is the name of its revision where the spec says it, and `operator` the document that it is a part of: so
    it is in an IstioOperator.
    """

    name: str
    version: str
    namespace: str
    profile: str | None
    strategy: Strategy
    grace_seconds: int
    values: Values
    resource: Resource
    source: SourceType | None = None
    patches: tuple[Values, ...] = ()
    revision: str | None = None
    operator: IstioOperator | None = None
    monitoring: bool = False


@dataclass(frozen=True, slots=True)
class IstioRevision:
    """One pinned revision; `version` is never an alias."""

    name: str
    version: str
    namespace: str
    values: Values
    resource: Resource
    source: SourceType | None = None


@dataclass(frozen=True, slots=True)
class TargetRef:
    kind: Literal["Istio", "IstioRevision"]
    name: str


@dataclass(frozen=True, slots=True)
class IstioRevisionTag:
    """A stable name for a revision. `injector` is the name of its webhook configuration, None for that of the chart; a
    tag that says it may have the name of an Istio's revision, for which it injects then."""

    name: str
    target: TargetRef
    resource: Resource
    injector: str | None = None


@dataclass(frozen=True, slots=True)
class IstioCNI:
    name: str
    version: str
    namespace: str
    profile: str | None
    values: Values
    resource: Resource
    source: SourceType | None = None
    operator: IstioOperator | None = None


@dataclass(frozen=True, slots=True)
class ZTunnel:
    name: str
    version: str
    namespace: str
    target: TargetRef | None
    values: Values
    resource: Resource
    source: SourceType | None = None
    operator: IstioOperator | None = None


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    resource: Resource


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """Where component manifests come from: meshrev's own templates or vendored charts.

    `path` is the folder of the charts, None where nobody says it. `helm` says which way to Helm is taken, None for the
    library where it is installed.
    """

    type: SourceType = "builtin"
    path: str | None = None
    helm: HelmKind | None = None

    @property
    def folder(self) -> str:
        """The folder of the charts, from the fleet's root."""
        return self.path or CHARTS


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """What charts may ask of a cluster: its version, such as `v1.34.0`, and the API versions (`group/version`) that it
    has beside Kubernetes' own."""

    version: str
    api_versions: tuple[str, ...] = ()

    @property
    def release(self) -> str:
        """Its version without what a provider adds to it: `1.33.5` of `v1.33.5-gke.100`."""
        return self.version.removeprefix("v").partition("-")[0].partition("+")[0]


@dataclass(frozen=True, slots=True)
class ManagedRevision:
    """A revision of a control plane that somebody else runs. `injection_url` is what its webhook calls, None where
    nobody says it."""

    name: str
    injection_url: str | None = None


@dataclass(frozen=True, slots=True)
class Crds:
    """A vendored file of CustomResourceDefinitions: path from the fleet's root, SHA-256 in hex."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that the fleet accepts: its code, where (object title, may be empty), why, until when (ISO date)."""

    code: str
    object: str | None
    reason: str
    until: str | None


@dataclass(frozen=True, slots=True)
class Observations:
    """Where observations of clusters lie, and how old one may be to count: `max_age` is in seconds."""

    path: str
    max_age: int


@dataclass(frozen=True, slots=True)
class ForgeSettings:
    """Where pull requests are opened. `url` is the base URL of its API, `project` the repository there, each None
    where the git remote says it. `labels` and `reviewers` (a user, or `organization/team`) are for all of them."""

    type: Literal["github", "gitlab", "gitea", "none"] = "none"
    url: str | None = None
    project: str | None = None
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


class LabelRequirement(NamedTuple):
    """`operator` is `In` or `NotIn`: the only two that Argo CD knows there."""

    key: str
    operator: Literal["In", "NotIn"]
    values: tuple[str, ...]

    def is_met_by(self, labels: Mapping[str, str]) -> bool:
        """Returns whether labels meet it. One that is not there is in no list of values, and meets `NotIn`."""
        return (labels.get(self.key) in self.values) == (self.operator == "In")


@dataclass(frozen=True, slots=True)
class RollingStep:
    """Clusters that are synced together, by their labels, all requirements met. `max_update` is how many of them at a
    time, a number or a share (`10%`); None is all."""

    match: tuple[LabelRequirement, ...]
    max_update: int | str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """How the tree gets to its controller, but for which one that is.

    `path` is the fleet's folder in the repository, empty where it is the root. `repo_url`, `target_revision`,
    `project`, `automated`, `rolling_sync` and `render_project` (whether the AppProject is rendered) are Argo CD's,
    `interval` (`10m`), `source` (a GitRepository), `stages`, `kustomization` (fields of its Kustomizations) and
    `artifacts` (whether each cluster reads one of its own) Flux's;
    `namespace` is that of the controller's own objects, None where it is the usual one; `minimum_version` is its oldest
    release anywhere, None where nobody said it.
    """

    namespaces: NamespaceForm = "apply"
    repo_url: str | None = None
    path: str = ""
    target_revision: str = "HEAD"
    project: str = "default"
    namespace: str | None = None
    minimum_version: str | None = None
    automated: bool = False
    interval: str = "10m"
    source: str = "flux-system"
    stages: Stages = "few"
    kustomization: Values = field(default_factory=dict)
    rolling_sync: tuple[RollingStep, ...] = ()
    render_project: bool = False
    artifacts: bool = False

    @property
    def follows_trees(self) -> bool:
        """Returns whether what is given once for the fleet is put together from the trees of its clusters."""
        return self.render_project or self.artifacts


@dataclass(frozen=True, slots=True)
class ClusterHandover:
    """What one cluster has otherwise; None is as the Fleet. `destination` is Argo CD's name of the cluster."""

    namespaces: NamespaceForm | None = None
    destination: str | None = None
    minimum_version: str | None = None
    automated: bool | None = None
    interval: str | None = None
    source: str | None = None
    stages: Stages | None = None
    kustomization: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fleet:
    """`meshrev.yaml`. `overlays` is a glob of folders, `output` the folder of the rendered tree. `lint` says of codes
    how serious their findings are here."""

    name: str
    overlays: str
    output: str
    source: ManifestSource
    delivery: Delivery
    forge: ForgeSettings
    required_version: str | None
    crds: Crds | None
    waivers: tuple[Waiver, ...]
    lint: Mapping[str, FindingLevel]
    observation: Observations
    keep_previous: bool
    restart: Literal["annotate", "none"]
    resource: Resource
    handover: Handover = Handover()
    managed: tuple[ManagedRevision, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """`cluster.yaml` of an overlay; `source`, `delivery`, `crds`, `required_version` override the Fleet's. `topology`
    is None where it says nothing of that."""

    name: str
    labels: Mapping[str, str]
    platform: str | None
    mesh_id: str | None
    network: str | None
    role: Role
    source: ManifestSource | None
    delivery: Delivery | None
    crds: Crds | None
    required_version: str | None
    resource: Resource
    handover: ClusterHandover = ClusterHandover()
    managed: tuple[ManagedRevision, ...] | None = None
    kubernetes: Kubernetes | None = None
    patches: tuple[Values, ...] = ()
    topology: Topology | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds in one cluster of what both the Fleet and a Cluster can say: the Cluster's word, else the Fleet's.

    `crds_resource` is the object that says `crds`, the Fleet where neither does; so is `minimum_version_resource`.
    `namespaces` is the form of namespaces. `destination`, `automated` and `repo_url` are Argo CD's, `interval`,
    `git_repository`, `stages`, `kustomization` (fields of its Kustomizations) and `has_artifact` (whether these read
    one that holds this cluster's files alone) Flux's.
    """

    source: ManifestSource
    delivery: Delivery
    crds: Crds | None
    crds_resource: Resource
    namespaces: NamespaceForm
    destination: str
    automated: bool
    interval: str
    git_repository: str
    stages: Stages
    kustomization: Values
    has_artifact: bool
    repo_url: str | None
    minimum_version: str | None
    minimum_version_resource: Resource
    managed: tuple[ManagedRevision, ...]
    managed_resource: Resource


@dataclass(frozen=True, slots=True)
class ClusterSpecs:
    """All specs of one cluster, in the order that Kustomize gave them; `extra` is passed through as it is. What an
    IstioOperator has of a control plane and node agents is among these, too.

    `charts` are those that the fleet has where these specs were read, None where nobody looked; `releases` are those
    that the specs may name. `releases_file` is the text of the fleet's own `releases.yaml`, empty where it has none.
    `patch_files` are the files that `patches` name, by their path from the overlay's folder.
    `peers` are the Clusters that this one's topology names, by name; one that the fleet does not have is not there.
    """

    cluster: Cluster
    folder: str
    settings: Settings
    istios: tuple[Istio, ...] = ()
    revisions: tuple[IstioRevision, ...] = ()
    tags: tuple[IstioRevisionTag, ...] = ()
    cnis: tuple[IstioCNI, ...] = ()
    ztunnels: tuple[ZTunnel, ...] = ()
    operators: tuple[IstioOperator, ...] = ()
    mesh_gateways: tuple[MeshGateway, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    extra: tuple[Resource, ...] = ()
    charts: ChartFolder | None = None
    releases: Releases = field(default_factory=builtin_releases)
    releases_file: bytes = b""
    patch_files: Mapping[str, bytes] = field(default_factory=dict)
    peers: Mapping[str, Cluster] = field(default_factory=dict)

    def source(self, of: Istio | IstioRevision | IstioCNI | ZTunnel | IstioOperator) -> SourceType:
        """Returns where the manifests of a spec come from: as it says itself, else as its cluster or fleet does."""
        return of.source or self.settings.source.type
