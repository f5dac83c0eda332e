"""Rules on who asks whom in the ambient mesh, and on what istiod sees: each is about two objects that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from render.areas import ZTUNNEL
from render.codes import Severity
from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.manifests.node_agents import serves_ambient
from render.messages import FieldPath, few
from render.plan.cluster import PlannedRevision
from render.plan.discovery_selectors import discovers, leaves_out_name, namespace_labels
from render.plan.labels import DATAPLANE_LABEL, INJECTION_LABEL, NETWORK_LABEL, REVISION_LABEL, Labels, joins_ambient
from render.plan.node_agents import is_delivered
from render.plan.revision_facts import is_remote, serves_another_cluster
from render.plan.wiring import CA_ADDRESS, ControlPlane, Data, NodeProxy, Request
from render.specs import releases
from render.yamlio.location import value_at

NAME: FieldPath = ("metadata", "name")
LABELS: FieldPath = ("metadata", "labels")

# Values by which a spec says whom istiod trusts.
_TRUST: tuple[FieldPath, ...] = (
    ("pilot", "env", "CA_TRUSTED_NODE_ACCOUNTS"),
    ("pilot", "trustedZtunnelNamespace"),
    ("pilot", "trustedZtunnelName"),
)


def untrusted_ztunnel(view: View) -> Iterator[Violation]:
    """istiod signs for the pods of a node only what an account of CA_TRUSTED_NODE_ACCOUNTS asks."""
    for proxy in view.wiring.node_proxies:
        for plane in proxy.control_planes(CA_ADDRESS):
            if plane.trusted is None or proxy.account in plane.trusted:
                continue
            trusted = few(sorted(plane.trusted), 3) if plane.trusted else "no account"
            advice = f"pilot.trustedZtunnelNamespace: {proxy.namespace}"
            spec = _spec_of(view, plane)
            path = _first_written(spec, _TRUST)
            if path[-1:] == ("CA_TRUSTED_NODE_ACCOUNTS",):
                advice = f"{proxy.account} among the accounts of pilot.env.CA_TRUSTED_NODE_ACCOUNTS"
            message = (
                f"revision {plane.revision} trusts {trusted} (CA_TRUSTED_NODE_ACCOUNTS), and ztunnel runs as "
                f"{proxy.account}: istiod refuses every certificate that it asks for. Say {advice}"
            )
            yield Violation(message, spec, path)


def no_such_service(view: View) -> Iterator[Violation]:
    """An istiod's Service that the cluster does not have. That of another CA (istio-csr) is others' to bring."""
    here = bool(view.wiring.control_planes)
    for proxy in view.wiring.node_proxies:
        missing: dict[tuple[str, str], list[str]] = {}
        for request in proxy.requests:
            if request.service and not request.found and _is_istiods(request):
                missing.setdefault(request.service, []).append(request.variable)
        for (namespace, name), variables in missing.items():
            revisions = [one.name for one in view.plan.revisions if one.record.namespace == namespace]
            message = (
                f"ztunnel asks the Service {namespace}/{name} ({' and '.join(variables)}), which nothing here makes: "
                "it stays unready, and no pod of the ambient mesh gets a certificate."
            )
            if revisions:
                message += f" spec.targetRef says which revision it is to ask ({few(revisions, 3)})"
            # An istiod that serves this cluster from elsewhere may have its Service from elsewhere too.
            yield Violation(message, _proxy_spec(view, proxy), NAME, None if here else "warning")


def different_names(view: View) -> Iterator[Violation]:
    """istiod knows the cluster that it runs in by one name; ztunnel goes to other networks through gateways."""
    for proxy in view.wiring.node_proxies:
        spec = _proxy_spec(view, proxy)
        for plane in proxy.control_planes():
            if plane.cluster is not None and proxy.cluster is not None and plane.cluster != proxy.cluster:
                message = (
                    f"ztunnel calls this cluster {proxy.cluster}, revision {plane.revision} calls it {plane.cluster}: "
                    "istiod does not know ztunnel's account, and refuses it. Say one global.multiCluster.clusterName"
                )
                yield Violation(message, spec, _first_written(spec, _CLUSTER))
            network, whence = _network(view, plane)
            if network == proxy.network or proxy.network is None or (not proxy.network and _is_silent(view)):
                continue
            message = (
                f"ztunnel is in {_in_words(proxy.network)}, and {whence} in {_in_words(network)}: ztunnel looks for a "
                "gateway to pods of its own cluster. Say one network in both"
            )
            yield Violation(message, spec, _first_written(spec, _NETWORK), None if network else "warning")


def no_ambient(view: View) -> Iterator[Violation]:
    """An istiod tells ztunnel nothing unless PILOT_ENABLE_AMBIENT is true."""
    local = [one for one in view.wiring.control_planes if _serves_here(view, one)]
    for proxy in view.wiring.node_proxies:
        planes = proxy.control_planes() or local
        if planes and not any(one.is_ambient for one in planes):
            message = f"ztunnel is there, and {_revisions(planes)} no ambient: {_AMBIENT_ADVICE}"
            yield Violation(message, _proxy_spec(view, proxy), NAME)
    remote = any(is_remote(one.record) for one in view.plan.revisions)
    if view.wiring.node_proxies or remote or not local or any(one.is_ambient for one in local):
        return
    for planned in view.plan.namespaces if is_delivered(view.plan.specs, ZTUNNEL) else ():
        if joins_ambient(planned.namespace.labels):
            message = f"is in the ambient mesh, and {_revisions(local)} no ambient: {_AMBIENT_ADVICE}"
            yield Violation(message, planned.namespace.resource, (*LABELS, DATAPLANE_LABEL))
    cni = view.plan.cni
    if cni and serves_ambient(cni, view.plan.specs):
        message = f"serves the ambient mesh, and {_revisions(local)} no ambient: {_AMBIENT_ADVICE}"
        yield Violation(message, cni.spec.resource, NAME, "warning")  # on the way to ambient it comes first


def undiscovered_namespaces(view: View) -> Iterator[Violation]:
    """A namespace that asks for the mesh, and that no discovery selector of its control plane matches."""
    sees = {one.name: one for one in view.plan.revisions if not is_remote(one.record) and _is_for_here(view, one)}
    ambient = _ambient_revisions(view, sees.values())
    # Owners deliver the namespaces that are patched: other labels may be in their files alone.
    severity: Severity | None = "warning" if view.settings.namespaces == "patch" else None
    for planned in view.plan.namespaces:
        labels = namespace_labels(planned.namespace)
        revision = sees.get(planned.revision or "")
        if revision and not discovers(revision.record, labels):
            key = INJECTION_LABEL if INJECTION_LABEL in labels else REVISION_LABEL
            message = (
                f"asks for the proxies of revision {revision.name}, whose meshConfig.discoverySelectors leave this "
                "namespace out: its pods hang, since they lack the ConfigMap istio-ca-root-cert. Give it a label that "
                "they select"
            )
            yield Violation(message, planned.namespace.resource, (*LABELS, key), severity)
        elif not planned.revision and joins_ambient(planned.namespace.labels) and _unseen(ambient, labels):
            message = (
                f"is in the ambient mesh, and meshConfig.discoverySelectors of {_names(ambient)} leave it out: ztunnel "
                "takes its pods over, and istiod does not know them. Give it a label that they select"
            )
            yield Violation(message, planned.namespace.resource, (*LABELS, DATAPLANE_LABEL), severity)
    known = {one.namespace.name: one for one in view.plan.namespaces}
    for proxy in view.wiring.node_proxies:
        held = known.get(proxy.namespace)
        if held:
            out = _unseen(ambient, namespace_labels(held.namespace))
        else:
            out = bool(ambient) and all(leaves_out_name(one.record, proxy.namespace) for one in ambient)
        if out:
            message = (
                f"meshConfig.discoverySelectors of {_names(ambient)} leave out the namespace {proxy.namespace} of "
                "ztunnel: istiod cannot see its pods, and refuses the certificates that they ask for. Give it a label "
                "that they select"
            )
            resource = held.namespace.resource if held else _proxy_spec(view, proxy)
            yield Violation(message, resource, NAME, severity if held else None)


_CLUSTER: tuple[FieldPath, ...] = (("global", "multiCluster", "clusterName"), ("multiCluster", "clusterName"))
_NETWORK: tuple[FieldPath, ...] = (("global", "network"), ("network",))
_NETWORK_VALUE = releases.Release(1, 27, 0)
_AMBIENT_ADVICE = (
    "istiod tells ztunnel of no pod. Set spec.profile: ambient on the Istio, or pilot.env.PILOT_ENABLE_AMBIENT: true"
)


def _is_istiods(request: Request) -> bool:
    """Returns whether a Service is one of istiod's, by the name that its charts give it."""
    return request.service is not None and request.service[1].startswith("istiod")


def _revision(view: View, plane: ControlPlane) -> PlannedRevision | None:
    return next((one for one in view.plan.revisions if one.name == plane.revision), None)


def _spec_of(view: View, plane: ControlPlane) -> Resource:
    revision = _revision(view, plane)
    return view.spec_of(revision) if revision else _own_spec(view, plane.data)


def _own_spec(view: View, data: Data) -> Resource:
    return next(one.spec for one in view.objects if one.data is data)


def _proxy_spec(view: View, proxy: NodeProxy) -> Resource:
    """Returns the ZTunnel, or the DaemonSet where that is passed through."""
    own = _own_spec(view, proxy.data)
    return view.plan.ztunnel.spec.resource if view.plan.ztunnel and own.data is not proxy.data else own


def _first_written(spec: Resource, values: tuple[FieldPath, ...]) -> FieldPath:
    """Returns the first of these values that a spec says, its name where it says none."""
    for base in (("spec", "values"), ("spec", "values", "ztunnel")):
        for path in values:
            if value_at(spec.data, *base, *path) is not None:
                return (*base, *path)
    return NAME


def _network(view: View, plane: ControlPlane) -> tuple[str, str]:
    """Returns the network in which istiod sees the pods of its cluster, and who says so: the label of its namespace,
    else the value that its injector gives (Istio, topology.istio.io/network)."""
    for planned in view.plan.namespaces:
        if planned.namespace.name == plane.namespace and planned.namespace.labels.get(NETWORK_LABEL):
            return planned.namespace.labels[NETWORK_LABEL], f"the namespace {plane.namespace} is"
    revision = _revision(view, plane)
    value = value_at(revision.record.values, "global", "network") if revision else None
    return str(value or ""), f"revision {plane.revision} is"


def _is_silent(view: View) -> bool:
    """Returns whether the release of the ZTunnel has no value for its network (chart ztunnel, 1.27: global.network)."""
    return bool(view.plan.ztunnel and releases.parse(view.plan.ztunnel.version) < _NETWORK_VALUE)


def _in_words(network: str) -> str:
    return f"the network {network}" if network else "no network"


def _serves_here(view: View, plane: ControlPlane) -> bool:
    revision = _revision(view, plane)
    return revision is None or _is_for_here(view, revision)


def _is_for_here(view: View, revision: PlannedRevision) -> bool:
    return not serves_another_cluster(revision.record, view.plan.specs.cluster)


def _ambient_revisions(view: View, revisions: Iterable[PlannedRevision]) -> list[PlannedRevision]:
    """Returns the revisions whose istiod has the ambient mesh, those alone that ztunnel asks where it asks any."""
    asked = [plane for proxy in view.wiring.node_proxies for plane in proxy.control_planes()]
    names = {plane.revision for plane in asked or view.wiring.control_planes if plane.is_ambient}
    return [one for one in revisions if one.name in names]


def _unseen(revisions: list[PlannedRevision], labels: Labels) -> bool:
    return bool(revisions) and not any(discovers(one.record, labels) for one in revisions)


def _names(revisions: list[PlannedRevision]) -> str:
    return few([f"revision {one.name}" for one in revisions], 3)


def _revisions(planes: list[ControlPlane]) -> str:
    names = few([f"revision {one.revision}" for one in planes], 3)
    return f"{names} {'has' if len(planes) == 1 else 'have'}"


RULES = (
    Rule(
        "MR151",
        "istiod refuses the certificates that ztunnel asks for, and the ambient mesh has no traffic.",
        untrusted_ztunnel,
    ),
    Rule(
        "MR152",
        "ztunnel stays unready, and pods of the ambient mesh get no certificate.",
        no_such_service,
    ),
    Rule(
        "MR153",
        "istiod refuses ztunnel, or ztunnel looks for pods of its own cluster behind a gateway.",
        different_names,
    ),
    Rule(
        "MR154",
        "istiod tells ztunnel of no pod, and the ambient mesh has no traffic.",
        no_ambient,
    ),
    Rule(
        "MR155",
        "istiod does not see the namespace: its pods hang, or have no connection.",
        undiscovered_namespaces,
    ),
)
