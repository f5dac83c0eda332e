"""Objects that the istiod of one revision reads alone: Gateways that it deploys, and configuration that names it.

Source: the revision filter of Istio's configuration store (`pilot/pkg/config/kube/crdclient`) and its controller of
Gateways, 1.23 to 1.31.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from render.kustomize.resource import Resource
from render.plan.gateways import CONTROLLERS, GROUP, UNMANAGED_CLASS, gateway_owner
from render.plan.labels import REVISION_LABEL, Labels
from render.plan.usage import Reference
from render.plan.workloads import text_map
from render.yamlio.location import value_at

GATEWAY = "Gateway"
_CLASSES = frozenset(one.class_name for one in CONTROLLERS)
_ISTIOS = "istio.io/"  # what the names of its controllers begin with
# Of these groups istiod reads every kind but classes, which are for all revisions.
_GROUPS = frozenset(
    (GROUP, *(f"{one}.istio.io" for one in ("networking", "security", "telemetry", "extensions"))),
)
_FOR_ALL = "GatewayClass"


@dataclass(frozen=True, slots=True)
class ConfigObject:
    """An object of Istio's API or the Gateway API. `deployed`: a Gateway of one of Istio's classes, so that an istiod
    deploys it, also where it has no label itself."""

    kind: str
    name: str
    namespace: str
    labels: Labels
    deployed: bool

    @property
    def title(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"

    def wants(self, namespace: Labels) -> str | None:
        """Returns the revision or tag whose istiod alone reads it, in a namespace with these labels; None where all
        do."""
        if self.deployed:
            return gateway_owner(self.labels, namespace).wants
        return self.labels.get(REVISION_LABEL) or None


def config_objects(resources: Sequence[Resource]) -> Iterator[ConfigObject]:
    """Yields those of the objects that istiod reads."""
    controllers = gateway_classes(resources)
    for resource in resources:
        if found := config_object(resource, controllers):
            yield found


def config_object(resource: Resource, controllers: Mapping[str, str]) -> ConfigObject | None:
    """Returns what of an object says who reads it, None where istiod does not. `controllers` are those of the
    GatewayClasses that are known, by class."""
    if resource.group not in _GROUPS or resource.kind == _FOR_ALL:
        return None
    labels = text_map(value_at(resource.data, "metadata", "labels"))
    deployed = False
    if (resource.group, resource.kind) == (GROUP, GATEWAY):
        named = str(value_at(resource.data, "spec", "gatewayClassName"))
        if not controllers.get(named, _ISTIOS).startswith(_ISTIOS):
            return None
        deployed = REVISION_LABEL in labels or named in _CLASSES or named in controllers
    return ConfigObject(resource.kind, resource.name, resource.namespace or "default", labels, deployed)


def gateway_classes(resources: Iterable[Resource]) -> dict[str, str]:
    """Returns the controllers of the GatewayClasses among these objects, by class."""
    classes = (one for one in resources if (one.group, one.kind) == (GROUP, _FOR_ALL))
    return {one.name: str(value_at(one.data, "spec", "controllerName")) for one in classes}


def istio_classes(resources: Iterable[Resource]) -> list[str]:
    """Returns the classes of Gateways that are Istio's, deployed by it or not: its own names, but where a GatewayClass
    of the name is somebody else's, and those for its controllers."""
    controllers = gateway_classes(resources)
    known = {*_CLASSES, UNMANAGED_CLASS, *controllers}
    return sorted(name for name in known if controllers.get(name, _ISTIOS).startswith(_ISTIOS))


def config_references(objects: Iterable[ConfigObject], namespaces: Mapping[str, Labels]) -> Iterator[Reference]:
    """Yields which object is read by the istiod of which revision or tag alone; `namespaces` are names to labels."""
    for one in objects:
        wanted = one.wants(namespaces.get(one.namespace, {}))
        if wanted:
            yield Reference(one.title, wanted)
