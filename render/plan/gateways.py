"""What istiod deploys for a Gateway of the Gateway API or a waypoint: by whom, from which template, as what.

Source: istiod's controller of Gateways (`pilot/pkg/config/kube/gateway`, from 1.30 `gatewaycommon`), 1.23 to 1.31.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from render.messages import short
from render.plan.labels import REVISION_LABEL, Labels
from render.plan.revision_facts import is_ambient, is_switched_on
from render.plan.workloads import text_map
from render.specs.kinds import Values
from render.specs.releases import Release
from render.yamlio.location import value_at

GROUP = "gateway.networking.k8s.io"
DEFAULT = "default"
_CONTROLLER_VERSION = 5  # the newest that istiod takes a Gateway over from
_WAYPOINTS = "PILOT_ENABLE_AMBIENT_WAYPOINTS"  # on in ambient mode where it is not set
_ENVOY, _AGENTGATEWAY = "proxyv2", "agentgateway"


@dataclass(frozen=True, slots=True)
class GatewayController:
    """A controller of Gateways in istiod: its class and template, and the type of the Services that it makes.

    `since` is the first minor whose istiod has it; `switches` are those of istiod's variables that must be on, in
    ambient mode where that is asked for (`ambient`): without it istiod ignores them.
    """

    name: str
    class_name: str
    template: str
    service_type: str
    image: str = _ENVOY
    has_suffix: bool = False
    since: tuple[int, int] = (1, 23)
    ambient: bool = False
    switches: tuple[str, ...] = ()


CONTROLLERS = (
    GatewayController("istio.io/gateway-controller", "istio", "kube-gateway", "LoadBalancer", has_suffix=True),
    GatewayController(
        "istio.io/mesh-controller", "istio-waypoint", "waypoint", "ClusterIP", ambient=True, switches=(_WAYPOINTS,)
    ),
    GatewayController(
        "istio.io/eastwest-controller",
        "istio-east-west",
        "waypoint",
        "LoadBalancer",
        since=(1, 27),
        ambient=True,
        switches=("AMBIENT_ENABLE_MULTI_NETWORK",),
    ),
    GatewayController(
        "istio.io/agentgateway-controller",
        "istio-agentgateway",
        "agentgateway",
        "LoadBalancer",
        image=_AGENTGATEWAY,
        since=(1, 29),
        switches=("PILOT_ENABLE_AGENTGATEWAY",),
    ),
    GatewayController(
        "istio.io/agentgateway-waypoint-controller",
        "istio-agentgateway-waypoint",
        "agentgateway-waypoint",
        "ClusterIP",
        image=_AGENTGATEWAY,
        since=(1, 31),
        ambient=True,
        switches=("PILOT_ENABLE_AGENTGATEWAY", _WAYPOINTS),
    ),
)
# All of them stand still where one of these is false.
_ALL_NEED = ("PILOT_ENABLE_GATEWAY_API", "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER")
_UNMANAGED = "istio.io/unmanaged-gateway"
UNMANAGED_CLASS = "istio-remote"


@dataclass(frozen=True, slots=True)
class GatewayOwner:
    """The revision or tag whose istiod deploys a Gateway, and the object with the label that says so: None where it is
    `default` because neither has one."""

    wants: str
    side: Literal["gateway", "namespace"] | None


@dataclass(frozen=True, slots=True)
class GatewayWorkload:
    """What istiod makes of a Gateway. The Service has the name of the Deployment."""

    template: str
    deployment: str
    service_account: str
    service_type: str
    image: str


def gateway_owner(gateway_labels: Labels, namespace_labels: Labels) -> GatewayOwner:
    """Returns whose Gateway it is: by its own `istio.io/rev`, else by its namespace's, else the default revision's.

    Other than for pods, the Gateway's label beats the namespace's, and `istio-injection` does not count. An empty label
    means the default revision.
    """
    if REVISION_LABEL in gateway_labels:
        return GatewayOwner(gateway_labels[REVISION_LABEL] or DEFAULT, "gateway")
    named = namespace_labels.get(REVISION_LABEL)
    return GatewayOwner(named, "namespace") if named else GatewayOwner(DEFAULT, None)


def gateway_controller(
    gateway: Mapping[str, Any], classes: Iterable[Mapping[str, Any]], release: Release, computed: Values
) -> GatewayController | str:
    """Returns which controller of an istiod deploys a Gateway, or in words why none of them does.

    `classes` are the GatewayClasses that are known: one of a name of Istio's own wins over what istiod takes for it.
    `computed` are the values that istiod is given.
    """
    class_name = str(value_at(gateway, "spec", "gatewayClassName", missing=""))
    named = {value_at(one, "metadata", "name"): value_at(one, "spec", "controllerName") for one in classes}
    controller = named.get(class_name) or _own_classes(computed).get(class_name)
    if controller == _UNMANAGED:
        return f"the class {class_name} is for gateways that run elsewhere"
    own_name = _variable(computed, "PILOT_GATEWAY_API_CONTROLLER_NAME", CONTROLLERS[0].name)
    names = (own_name, *(one.name for one in CONTROLLERS[1:]))
    known = next((one for one, name in zip(CONTROLLERS, names, strict=True) if name == controller), None)
    if known is None:
        shown = short(class_name) or "(none)"
        return f"its class {shown} is none of Istio's, and no GatewayClass of the specs makes it one"
    return _standstill(known, release, computed) or _hands_off(gateway, computed) or known


def _own_classes(computed: Values) -> dict[str, str]:
    """Returns the controllers by the classes that istiod knows without a GatewayClass."""
    first = CONTROLLERS[0]
    return {
        UNMANAGED_CLASS: _UNMANAGED,
        **{one.class_name: one.name for one in CONTROLLERS[1:]},
        _variable(computed, "PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME", first.class_name): _variable(
            computed, "PILOT_GATEWAY_API_CONTROLLER_NAME", first.name
        ),
    }


def _variable(computed: Values, name: str, default: str) -> str:
    return str(value_at(computed, "pilot", "env", name) or default)


def _standstill(controller: GatewayController, release: Release, computed: Values) -> str | None:
    """Returns why an istiod does not have the controller, None where it has."""
    if (release.major, release.minor) < controller.since:
        since = ".".join(map(str, controller.since))
        return f"istiod {release} does not have the class {controller.class_name}, which came with {since}"
    off = [name for name in _ALL_NEED if not is_switched_on(computed, name, default=True)]
    off += [name for name in controller.switches if not is_switched_on(computed, name, default=name == _WAYPOINTS)]
    if controller.ambient and not is_ambient(computed):
        off.append("PILOT_ENABLE_AMBIENT")
    return f"{' and '.join(off)} of its istiod {'is' if len(off) == 1 else 'are'} not on" if off else None


def _hands_off(gateway: Mapping[str, Any], computed: Values) -> str | None:
    """Returns why istiod leaves the Gateway to somebody else, None where it does not."""
    given = value_at(gateway, "spec", "addresses")
    addresses = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    if is_switched_on(computed, "ENABLE_GATEWAY_API_MANUAL_DEPLOYMENT", default=True):
        if len(addresses) > 1:
            return "it has more than one address, so it stands for a Service that is there"
        if addresses and (addresses[0].get("type") or "IPAddress") != "IPAddress":
            return "its address is no IP address, so it stands for a Service that is there"
    version = str(_annotations(gateway).get("gateway.istio.io/controller-version", _CONTROLLER_VERSION))
    if not version.isascii() or not version.isdigit() or int(version) > _CONTROLLER_VERSION:
        return f"gateway.istio.io/controller-version={short(version)} says that a newer istiod deploys it"
    return None


def gateway_workload(gateway: Mapping[str, Any], controller: GatewayController, computed: Values) -> GatewayWorkload:
    """Returns what the controller's istiod makes of a Gateway, by its template of the release and its annotations."""
    annotations = _annotations(gateway)
    name = str(value_at(gateway, "metadata", "name"))
    default = f"{name}-{value_at(gateway, 'spec', 'gatewayClassName')}" if controller.has_suffix else name
    return GatewayWorkload(
        controller.template,
        annotations.get("gateway.istio.io/name-override") or default,
        annotations.get("gateway.istio.io/service-account") or default,
        annotations.get("networking.istio.io/service-type", controller.service_type),
        _image(annotations, controller, computed),
    )


def _annotations(gateway: Mapping[str, Any]) -> Mapping[str, str]:
    return text_map(value_at(gateway, "metadata", "annotations"))


def _image(annotations: Mapping[str, str], controller: GatewayController, computed: Values) -> str:
    """An image with a slash is taken whole, whoever names it; else it is made of hub, tag and type."""
    values = value_at(computed, "global") or {}
    of_proxy = str(value_at(values, "proxy", "image") or _ENVOY)
    image_type = value_at(computed, "meshConfig", "defaultConfig", "image", "imageType") or values.get("variant")
    if controller.image == _AGENTGATEWAY:
        asked = str(
            annotations.get("gateway.istio.io/agentgatewayImage") or value_at(values, "agentgateway", "image") or ""
        )
        name, image_type = _AGENTGATEWAY, annotations.get("gateway.istio.io/agentgatewayImage", image_type)
    else:
        asked = str(annotations.get("sidecar.istio.io/proxyImage", of_proxy))
        name, image_type = of_proxy, annotations.get("sidecar.istio.io/proxyImageType", image_type)
    if "/" in asked:
        return asked
    return f"{values.get('hub') or ''}/{name}:{_tag(str(values.get('tag') or ''), image_type)}"


def _tag(tag: str, image_type: Any) -> str:
    """Returns a tag of the type: it replaces one that the tag has already, and `default` is the image without one."""
    if not image_type:
        return tag
    for known in ("-distroless", "-debug"):
        tag = tag.removesuffix(known)
    return tag if image_type == DEFAULT else f"{tag}-{image_type}"
