"""The components of an IstioOperator: which chart each is, and which of its objects Kubernetes' settings change.

Source: istio/istio 1.24.0 to 1.31.0-rc.0, `operator/pkg/component`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Component:
    """`field` is its name in `spec.components`, `chart` in our facts, `values_root` the place of its own values.

    `kind`, `name` and `container` say which object `k8s` settings change; empty where there is none.
    """

    field: str
    chart: str
    values_root: tuple[str, ...]
    kind: str = ""
    name: str = ""
    container: str = ""
    is_gateway: bool = False
    has_own_values: bool = False  # the chart takes the values of its root alone, beside `global`

    @property
    def has_replicas(self) -> bool:
        """Returns whether `hpaSpec` and `replicaCount` mean something to it."""
        return self.kind == "Deployment"


COMPONENTS = (
    Component("base", "base", ("global",)),
    Component("pilot", "istiod", ("pilot",), "Deployment", "istiod", "discovery"),
    Component(
        "ingressGateways",
        "ingress",
        ("gateways", "istio-ingressgateway"),
        "Deployment",
        "istio-ingressgateway",
        "istio-proxy",
        is_gateway=True,
    ),
    Component(
        "egressGateways",
        "egress",
        ("gateways", "istio-egressgateway"),
        "Deployment",
        "istio-egressgateway",
        "istio-proxy",
        is_gateway=True,
    ),
    Component("cni", "cni", ("cni",), "DaemonSet", "istio-cni-node", "install-cni"),
    Component("ztunnel", "ztunnel", ("ztunnel",), "DaemonSet", "ztunnel", "istio-proxy", has_own_values=True),
)


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """One component that is to be rendered: of gateways there may be several.

    `values` are what its chart is given, `settings` what stands under `k8s`, `index` its place in the list of gateways
    (None where the component is no list, or stands in none).
    """

    component: Component
    name: str
    namespace: str
    values: dict[str, Any]
    settings: dict[str, Any]
    index: int | None = None

    @property
    def workload(self) -> str:
        """Returns what its workload is called, but for the revision that istiod's has at its end."""
        return self.name or self.component.name

    @property
    def path(self) -> tuple[str | int, ...]:
        """Returns where it stands in the IstioOperator."""
        place = ("spec", "components", self.component.field)
        return place if self.index is None else (*place, self.index)
