"""The specs that an IstioOperator stands for: itself with its components, a control plane, node agents.

A control plane of an IstioOperator is an Istio of its name. It is one revision: `spec.revision`, else `default`. Where
the release is a part of that name (`1-27-3`), another release is another revision beside it; else it is changed in
place.
"""

from __future__ import annotations

from collections.abc import Iterable

from render.kustomize.resource import Resource
from render.specs.istio_operator.release import names_release, release
from render.specs.istio_operator.translate import component_plans, merge_documents, with_profile
from render.specs.kinds import Istio, IstioCNI, IstioOperator, SourceType, ZTunnel

DEFAULT = "default"
_GRACE = 30  # seconds: the default of Sail's API, where alone it can be said


def istio_operator(resource: Resource, source: SourceType | None) -> IstioOperator:
    """Returns a document in which nothing is wrong, as its components. `source` is that of its annotation."""
    number = release(resource.data)
    assert number
    operator = with_profile(merge_documents([resource.data]), {})
    return IstioOperator(resource.name, f"v{number}", tuple(component_plans(operator, number)), resource, source)


def control_planes(operators: Iterable[IstioOperator]) -> tuple[Istio, ...]:
    """Returns the control planes of those that have one."""
    return tuple(_control_plane(one) for one in operators if one.component("pilot"))


def cni_agents(operators: Iterable[IstioOperator]) -> tuple[IstioCNI, ...]:
    """Returns the CNI node agents of those that have one."""
    return tuple(
        IstioCNI(one.name, one.version, cni.namespace, None, cni.values, one.resource, one.source, one)
        for one in operators
        if (cni := one.component("cni"))
    )


def ztunnels(operators: Iterable[IstioOperator]) -> tuple[ZTunnel, ...]:
    """Returns the ambient node proxies of those that have one."""
    return tuple(
        ZTunnel(one.name, one.version, proxy.namespace, None, proxy.values, one.resource, one.source, one)
        for one in operators
        if (proxy := one.component("ztunnel"))
    )


def _control_plane(operator: IstioOperator) -> Istio:
    pilot = operator.component("pilot")
    assert pilot
    revision = str(pilot.values.get("revision") or DEFAULT)
    beside = names_release(revision, operator.version.removeprefix("v"))
    return Istio(
        name=operator.name,
        version=operator.version,
        namespace=pilot.namespace,
        profile=None,
        strategy="RevisionBased" if beside else "InPlace",
        grace_seconds=_GRACE,
        values=pilot.values,
        resource=operator.resource,
        source=operator.source,
        revision=revision,
        operator=operator,
    )
