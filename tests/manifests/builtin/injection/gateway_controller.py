"""What istiod deploys for a Gateway of the Gateway API: enough of its controller to compare whole objects.

Source: the facts of `gateway-templates.md` beside the conformance cases; nothing here is the project's program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from tests.manifests.builtin.injection.evaluation import evaluated
from tests.manifests.builtin.injection.istiod import as_message
from tests.manifests.builtin.injection.strategic_merge import merged
from tests.manifests.builtin.injection.workloads import Json

GATEWAY_API = "gateway.networking.k8s.io"
_NAME_LABEL = f"{GATEWAY_API}/gateway-name"
_CONTROLLER_VERSION = "gateway.istio.io/controller-version"
_DATAPLANE_MODE = "istio.io/dataplane-mode"
_NETWORK = "topology.istio.io/network"
_OVERLAYS = {
    "Deployment": "deployment",
    "Service": "service",
    "ServiceAccount": "serviceAccount",
    "HorizontalPodAutoscaler": "horizontalPodAutoscaler",
    "PodDisruptionBudget": "podDisruptionBudget",
}


@dataclass(frozen=True, slots=True)
class _Class:
    """A controller of Gateways: its template, what its Service is, and the switches of istiod that it needs."""

    controller: str
    template: str
    service_type: str
    suffix: bool
    needs: tuple[str, ...] = ()


_CLASSES = {
    "istio": _Class("istio.io/gateway-controller", "kube-gateway", "LoadBalancer", suffix=True),
    "istio-waypoint": _Class(
        "istio.io/mesh-controller", "waypoint", "ClusterIP", False, ("PILOT_ENABLE_AMBIENT_WAYPOINTS",)
    ),
    "istio-east-west": _Class(
        "istio.io/eastwest-controller", "waypoint", "LoadBalancer", False, ("AMBIENT_ENABLE_MULTI_NETWORK",)
    ),
    "istio-agentgateway": _Class(
        "istio.io/agentgateway-controller", "agentgateway", "LoadBalancer", False, ("PILOT_ENABLE_AGENTGATEWAY",)
    ),
    "istio-agentgateway-waypoint": _Class(
        "istio.io/agentgateway-waypoint-controller",
        "agentgateway-waypoint",
        "ClusterIP",
        False,
        ("PILOT_ENABLE_AGENTGATEWAY", "PILOT_ENABLE_AMBIENT_WAYPOINTS"),
    ),
}


@dataclass(frozen=True, slots=True)
class Controller:
    """One istiod as a deployer of Gateways: its release and settings, and the objects of the cluster."""

    release: tuple[int, int]
    templates: dict[str, str]
    values: Json
    mesh: Json
    features: dict[str, bool]
    env: dict[str, str]
    objects: list[Json]
    proxy_configs: list[Json]
    system_namespace: str
    revision: str
    kube_minor: int

    def patches(self, gateway: Json) -> list[Json]:
        """Returns what is written, in order: the Gateway's own annotation, then the template's objects."""
        of = self._class(gateway["spec"]["gatewayClassName"])
        if of is None or any(not self._is_on(name) for name in of.needs):
            return []
        version = "v1" if self.release >= (1, 29) else "v1beta1"
        written: list[Json] = []
        if (gateway["metadata"].get("annotations") or {}).get(_CONTROLLER_VERSION) != "5":
            own = {"annotations": {_CONTROLLER_VERSION: "5"}}
            written.append({"apiVersion": f"{GATEWAY_API}/{version}", "kind": "Gateway", "metadata": own})
        try:
            objects = self._objects(gateway, of)
        except _Refused:
            return written
        for each in objects:
            before = self._existing(each)
            managed = before and "gateway.istio.io/managed" in before["metadata"].get("labels", {})
            if before and not managed:
                continue
            each["metadata"].setdefault("labels", {})["gateway.istio.io/managed"] = of.controller.replace("/", "-")
            written.append(_with_old_selector(each, before) if before and self.release >= (1, 24) else each)
        return written

    def _class(self, name: str) -> _Class | None:
        for each in self.objects:
            if each["kind"] == "GatewayClass" and each["metadata"]["name"] == name:
                wanted = each["spec"]["controllerName"]
                return next((known for known in _CLASSES.values() if known.controller == wanted), None)
        return _CLASSES.get(name)

    def _objects(self, gateway: Json, of: _Class) -> list[Json]:
        [answer] = evaluated(
            [{"Template": self.templates[of.template], "Gateway": self.data(gateway, of), "Env": self.env}]
        )
        if answer.error:
            raise ValueError(answer.error)
        overlays = self._overlays(gateway) if self.release >= (1, 26) else []
        objects = []
        for each in yaml.load_all(answer.text, yaml.CSafeLoader):
            key = _OVERLAYS[each["kind"]]
            own = [yaml.safe_load(overlay[key]) for overlay in overlays if key in overlay]
            if not own and each["kind"] in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
                continue
            result = each
            for overlay in own:
                result = merged(result, overlay)
            if result["metadata"]["name"] != each["metadata"]["name"]:
                raise _Refused
            objects.append(result)
        return objects

    def _overlays(self, gateway: Json) -> list[dict[str, str]]:
        maps = [each for each in self.objects if each["kind"] == "ConfigMap"]
        label = "gateway.istio.io/defaults-for-class"
        overlays = [
            each["data"]
            for each in maps
            if each["metadata"].get("namespace") == self.system_namespace
            and each["metadata"].get("labels", {}).get(label) == gateway["spec"]["gatewayClassName"]
        ][:1]
        asked = (gateway["spec"].get("infrastructure") or {}).get("parametersRef")
        if asked:
            named = [
                each["data"]
                for each in maps
                if (each["metadata"].get("namespace"), each["metadata"]["name"])
                == (gateway["metadata"]["namespace"], asked["name"])
            ]
            if asked["kind"] != "ConfigMap" or asked.get("group") or not named:
                raise _Refused
            overlays += named
        if any(key not in _OVERLAYS.values() for overlay in overlays for key in overlay):
            raise _Refused
        return overlays

    def data(self, gateway: Json, of: _Class) -> Json:
        """Returns what istiod gives the template of a Gateway's class."""
        meta, spec = gateway["metadata"], gateway["spec"]
        annotations, class_name = meta.get("annotations") or {}, spec["gatewayClassName"]
        default = f"{meta['name']}-{class_name}" if of.suffix else meta["name"]
        config, image_type = self._proxy_config(meta)
        kept = meta if self.features.get("PILOT_ENABLE_GATEWAY_API_COPY_LABELS_ANNOTATIONS", True) else {}
        infrastructure = {
            name: _own((spec.get("infrastructure") or {})[name])
            if (spec.get("infrastructure") or {}).get(name) is not None
            else dict(kept.get(name) or {})
            for name in ("labels", "annotations")
        }
        labels, network = infrastructure["labels"], self._global("network")
        special = "waypoint" in class_name or "east-west" in class_name
        if (
            self._is_on("PILOT_ENABLE_AMBIENT_WAYPOINTS")
            and not special
            and _DATAPLANE_MODE not in {**(meta.get("labels") or {}), **labels}
        ):
            labels[_DATAPLANE_MODE] = "none"
        if special and network and _NETWORK not in (meta.get("labels") or {}):
            labels[_NETWORK] = network
        before = self._existing({"kind": "Deployment", "metadata": meta | {"name": default}})
        old = before and "istio.io/gateway-name" in before["spec"]["selector"]["matchLabels"]
        return {
            **gateway,
            "GatewayClass": class_name,
            "DeploymentName": annotations.get("gateway.istio.io/name-override", default),
            "ServiceAccount": annotations.get("gateway.istio.io/service-account", default),
            "Ports": self._ports(spec.get("listeners") or []),
            "ServiceType": annotations.get("networking.istio.io/service-type", of.service_type),
            "ClusterID": "Kubernetes",
            "KubeVersion": 100 + self.kube_minor,
            "Revision": self.revision,
            "ProxyUID": 1337,
            "ProxyGID": 1337,
            "CompliancePolicy": self.env.get("COMPLIANCE_POLICY", ""),
            "InfrastructureLabels": labels,
            "InfrastructureAnnotations": infrastructure["annotations"],
            "GatewayNameLabel": "istio.io/gateway-name" if old and self.release == (1, 23) else _NAME_LABEL,
            "IsEastWestGateway": "eastwest" in of.controller,
            "ControllerLabel": of.controller.replace("/", "-"),
            "ProxyImage": self._image((self._global("proxy") or {}).get("image") or "proxyv2", image_type, annotations),
            "AgentgatewayImage": self._image("agentgateway", image_type, {}),
            "ProxyConfig": as_message(config) | {"DiscoveryAddress": "istiod.istio-system.svc:15012"},
            "MeshConfig": {"trustDomain": "cluster.local"} | self.mesh,
            "Values": self.values,
        }

    def _is_on(self, switch: str) -> bool:
        """Whether a switch of istiod is on; that of waypoints follows the one of ambient mode."""
        default = self.features.get("PILOT_ENABLE_AMBIENT") if switch == "PILOT_ENABLE_AMBIENT_WAYPOINTS" else False
        return bool(self.features.get(switch, default))

    def _ports(self, listeners: list[Json]) -> list[Json]:
        ports = [{"Name": "status-port", "Port": 15021, "Protocol": "TCP", "AppProtocol": "tcp"}]
        names = {"status-port"}
        for listener in listeners:
            if listener["port"] in [port["Port"] for port in ports[1:]]:
                continue
            name = listener["name"].replace(".", "-")[:63]
            if self.release >= (1, 31) and name in names:
                name = f"{name}-{listener['port']}"
            names.add(name)
            ports.append(
                {
                    "Name": name,
                    "Port": listener["port"],
                    "Protocol": "TCP" if self.release >= (1, 31) else "",
                    "AppProtocol": listener["protocol"].lower(),
                }
            )
        return ports

    def _proxy_config(self, meta: Json) -> tuple[Json, str]:
        """The mesh's default with the ProxyConfig that selects the Gateway's pods; the type of its image."""
        config = dict(self.mesh.get("defaultConfig") or {})
        for each in self.proxy_configs:
            own = each["spec"]
            wanted = (own.get("selector") or {}).get("matchLabels") or {}
            if (
                each["metadata"]["namespace"] == meta["namespace"]
                and wanted.items() <= {_NAME_LABEL: meta["name"]}.items()
            ):
                metadata = {**config.get("proxyMetadata", {}), **own.get("environmentVariables", {})}
                config |= {key: own[key] for key in ("concurrency", "image") if key in own}
                config |= {"proxyMetadata": metadata}
        return config, (config.get("image") or {}).get("imageType", "")

    def _image(self, name: str, image_type: str, annotations: dict[str, str]) -> str:
        variant = annotations.get("sidecar.istio.io/proxyImageType", image_type or self._global("variant") or "")
        tag = self._global("tag") or ""
        return f"{self._global('hub') or ''}/{name}:{tag}{'-' + variant if variant else ''}"

    def _global(self, name: str) -> Any:
        return (self.values.get("global") or {}).get(name)

    def _existing(self, wanted: Json) -> Json | None:
        names = (wanted["kind"], wanted["metadata"].get("namespace"), wanted["metadata"]["name"])
        for each in self.objects:
            if (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) == names:
                return each
        return None


class _Refused(Exception):
    """An overlay that istiod does not apply: then nothing of the template is written."""


def _own(infrastructure: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in infrastructure.items() if not name.startswith(f"{GATEWAY_API}/")}


def _with_old_selector(written: Json, before: Json) -> Json:
    """A selector cannot be changed: from 1.24 istiod keeps the one that is there."""
    old = "istio.io/gateway-name"
    if written["kind"] == "Deployment" and before["spec"]["selector"]["matchLabels"].get(old):
        written["spec"]["selector"] = before["spec"]["selector"]
        labels = before["spec"]["template"]["metadata"]["labels"]
        written["spec"]["template"]["metadata"]["labels"][old] = labels[old]
    return written
