"""What istiod does with a pod around its injection templates: enough of it to compare whole pods.

Source: the facts of `injection.md` beside the conformance cases; nothing here is the project's program.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass

import yaml

from tests.manifests.builtin.injection.evaluation import evaluated
from tests.manifests.builtin.injection.probes import STATUS_PORT, rewrite
from tests.manifests.builtin.injection.strategic_merge import merged
from tests.manifests.builtin.injection.workloads import Json, Workload

PROXY = "istio-proxy"
_STATUS = "sidecar.istio.io/status"
_OVERRIDES = "proxy.istio.io/overrides"
_PROMETHEUS = ("prometheus.io/path", "prometheus.io/port", "prometheus.io/scrape")
_PROXY_DEFAULTS = {"discoveryAddress": "istiod.istio-system.svc:15012", "drainDuration": "45s", "statusPort": 15020}


@dataclass(frozen=True, slots=True)
class Istiod:
    """One istiod: its release, the injector's ConfigMap, mesh config, environment, and what it sees of the cluster."""

    release: tuple[int, int]
    templates: dict[str, str]
    values: Json
    mesh: Json
    env: dict[str, str]
    native_sidecars: bool
    ids: tuple[int, int] = (1337, 1337)

    def injected(self, workload: Workload) -> tuple[Json, Json]:
        """Metadata and spec of the pod after injection. A template that fails raises ValueError with its message."""
        pod = {"metadata": copy.deepcopy(workload.metadata), "spec": copy.deepcopy(workload.spec)}
        if self.env.get("PLATFORM") == "openshift":
            _forget_assigned_user(pod["spec"])
        given = copy.deepcopy(pod)
        before = _without_earlier_injection(pod)
        config = self._proxy_config(_annotations(pod))
        overlay: Json = {"metadata": {}, "spec": {}}
        wanted = _annotations(pod).get("inject.istio.io/templates", "sidecar")
        for name in wanted.split(","):
            printed = self._printed(name.strip(), workload, before, config)
            overlay = merged(overlay, printed)
            if _container(overlay["spec"].get("initContainers"), PROXY) and _container(
                pod["spec"]["containers"], PROXY
            ):
                _move_proxy_to_init(pod["spec"])
            pod = merged(pod, printed)
        self._reapply(pod, given, overlay, config)
        self._add_cluster(pod)
        _scrape_the_agent(pod)
        self._rewrite_probes(pod, _STATUS in _annotations(given))
        spec = overlay["spec"]
        status: Json = {
            kind: _names(spec.get(kind)) or None
            for kind in ("initContainers", "containers", "volumes", "imagePullSecrets")
        }
        pod["metadata"].setdefault("annotations", {})[_STATUS] = json.dumps(status | {"revision": "default"})
        self._order(pod["spec"], config)
        return pod["metadata"], pod["spec"]

    def _printed(self, name: str, workload: Workload, pod: Json, config: Json) -> Json:
        data = {
            "TypeMeta": {"Kind": workload.kind, "APIVersion": workload.api_version},
            "DeploymentMeta": {"Name": workload.name, "Namespace": workload.namespace},
            "ObjectMeta": pod["metadata"],
            "Spec": pod["spec"],
            "ProxyConfig": as_message(config),
            "MeshConfig": self.mesh,
            "Values": self.values,
            "Revision": "default",
            "NativeSidecars": self.native_sidecars,
            "ProxyImage": self._image("proxy", _annotations(pod), (config.get("image") or {}).get("imageType", "")),
            "ProxyInitImage": self._image("proxy_init", _annotations(pod), ""),
            "CompliancePolicy": self.env.get("COMPLIANCE_POLICY", ""),
            "ProxyUID": self.ids[0],
            "ProxyGID": self.ids[1],
            "InboundTrafficPolicyMode": (self.mesh.get("inboundTrafficPolicy") or {})
            .get("mode", "PASSTHROUGH")
            .lower(),
        }
        [answer] = evaluated([{"Template": self.templates[name], "Data": data, "Env": self.env}])
        if answer.error:
            raise ValueError(answer.error)
        printed = yaml.load(answer.text, yaml.CSafeLoader)
        return {"metadata": {}, "spec": {}} | printed

    def _image(self, of: str, annotations: dict[str, str], image_type: str) -> str:
        known = self.values["global"]
        variant = annotations.get("sidecar.istio.io/proxyImageType", image_type or known["variant"])
        variant = "" if variant == "default" else variant
        return f"{known['hub']}/{known[of]['image']}:{known['tag']}{'-' + variant if variant else ''}"

    def _proxy_config(self, annotations: dict[str, str]) -> Json:
        """The mesh's default with what the pod's annotation says laid over it; metadata merges."""
        config = dict(self.mesh.get("defaultConfig") or {})
        own = yaml.safe_load(annotations.get("proxy.istio.io/config", "{}"))
        metadata = {**config.get("proxyMetadata", {}), **own.get("proxyMetadata", {})}
        return config | own | ({"proxyMetadata": metadata} if metadata else {})

    def _reapply(self, pod: Json, given: Json, overlay: Json, config: Json) -> None:
        """What the pod itself says of a container that the template has too wins, and is kept in an annotation.

        A container that an earlier injection put into the same list is not the pod's own.
        """
        status = json.loads(_annotations(given).get(_STATUS, "{}"))
        overrides: Json = {}
        for kind in ("containers", "initContainers"):
            for name in [each for each in _names(overlay["spec"].get(kind)) if each not in (status.get(kind) or [])]:
                own = (
                    _container(given["spec"]["containers"], name)
                    if kind == "containers"
                    else _anywhere(given["spec"], name)
                )
                if own:
                    own = {key: value for key, value in own.items() if (key, value) != ("image", "auto")}
                    overrides.setdefault(kind, []).append(own)
                    pod["spec"] = merged(pod["spec"], {kind: [own]})
        if overrides and not status:
            pod["metadata"].setdefault("annotations", {})[_OVERRIDES] = json.dumps(overrides)
        self._follow_the_proxys_user(pod["spec"], _anywhere(given["spec"], PROXY), config, _annotations(pod))

    def _follow_the_proxys_user(self, spec: Json, own: Json | None, config: Json, annotations: dict[str, str]) -> None:
        user = (own or {}).get("securityContext", {})
        setup = _anywhere(spec, "istio-init") or _anywhere(spec, "istio-validation")
        if not setup or not {"runAsUser", "runAsGroup"} & set(user):
            return
        if "TPROXY" in (config.get("interceptionMode"), annotations.get("sidecar.istio.io/interceptionMode")):
            _anywhere(spec, PROXY)["securityContext"]["runAsUser"] = 0  # type: ignore[index]
        elif setup["name"] == "istio-validation":
            setup["securityContext"] |= {key: user[key] for key in ("runAsUser", "runAsGroup") if key in user}
        if user.get("runAsUser") and "-u" in setup["args"]:
            setup["args"][setup["args"].index("-u") + 1] = str(user["runAsUser"])

    def _add_cluster(self, pod: Json) -> None:
        of = self.values["global"]
        network = (pod["metadata"].get("labels") or {}).get("topology.istio.io/network") or of["network"]
        known = {"ISTIO_META_CLUSTER_ID": of["multiCluster"]["clusterName"], "ISTIO_META_NETWORK": network}
        known = {name: value for name, value in known.items() if value}
        proxy = _anywhere(pod["spec"], PROXY)
        if proxy and known:
            kept = [each for each in proxy["env"] if each["name"] not in known]
            proxy["env"] = kept + [{"name": name, "value": value} for name, value in known.items()]
        if network:
            pod["metadata"].setdefault("labels", {})["topology.istio.io/network"] = network

    def _rewrite_probes(self, pod: Json, again: bool) -> None:
        spec, proxy = pod["spec"], _anywhere(pod["spec"], PROXY)
        default = "true" if self.values["sidecarInjectorWebhook"]["rewriteAppHTTPProbe"] else "false"
        if not proxy or _annotations(pod).get("sidecar.istio.io/rewriteAppHTTPProbers", default) != "true":
            return
        port = int(_annotations(pod).get("status.sidecar.istio.io/port", STATUS_PORT))
        probers: Json = {}
        for container in spec.get("initContainers", []) + spec["containers"]:
            if container["name"] != PROXY:
                probers |= rewrite(container, port, hooks=self.release > (1, 24))
        if probers:
            earlier = _container(proxy["env"], "ISTIO_KUBE_APP_PROBERS") if again else None
            if earlier:
                probers |= json.loads(earlier["value"])
                proxy["env"].remove(earlier)
            proxy["env"].append({"name": "ISTIO_KUBE_APP_PROBERS", "value": json.dumps(probers)})

    def _order(self, spec: Json, config: Json) -> None:
        held = config.get("holdApplicationUntilProxyStarts") or self.values["global"]["proxy"].get(
            "holdApplicationUntilProxyStarts"
        )
        _move(spec["containers"], PROXY, first=bool(held))
        setup = spec.get("initContainers", [])
        if _container(setup, PROXY):
            for name in ("enable-core-dump", PROXY, "istio-validation", "istio-init"):
                _move(setup, name, first=True)
        else:
            _move(setup, "istio-validation", first=True)
            _move(setup, "istio-init", first=False)
            _move(setup, "enable-core-dump", first=False)


def as_message(config: Json) -> Json:
    """The config as the evaluator takes it: what templates read, and its text without what is default."""
    message: Json = {key: config[key] for key in ("proxyMetadata", "tracing") if key in config}
    message["interceptionMode"] = config.get("interceptionMode", "REDIRECT")
    if "holdApplicationUntilProxyStarts" in config:
        message["holdApplicationUntilProxyStarts"] = {"value": config["holdApplicationUntilProxyStarts"]}
    message["printed"] = {key: value for key, value in config.items() if _PROXY_DEFAULTS.get(key) != value}
    return message


def _without_earlier_injection(pod: Json) -> Json:
    """The pod that templates see: what an earlier injection added is taken away."""
    pod = copy.deepcopy(pod)
    annotations = _annotations(pod)
    if _STATUS in annotations:
        status = json.loads(annotations.pop(_STATUS))
        for kind in ("containers", "initContainers"):
            pod["spec"][kind] = [each for each in pod["spec"].get(kind, []) if each["name"] not in (status[kind] or [])]
        if annotations.get("prometheus.io/port") == str(STATUS_PORT):
            for name in _PROMETHEUS:
                annotations.pop(name, None)
    return pod


def _forget_assigned_user(spec: Json) -> None:
    """OpenShift gives every container the same user; on the proxy that is not the author's wish."""
    proxy = _container(spec["containers"], PROXY)
    users = {each.get("securityContext", {}).get("runAsUser") for each in spec["containers"]}
    if proxy and len(users) == 1:
        for key in ("runAsUser", "runAsGroup"):
            proxy.get("securityContext", {}).pop(key, None)


def _scrape_the_agent(pod: Json) -> None:
    annotations = pod["metadata"].setdefault("annotations", {})
    plain = {name: re.sub(r"[^a-zA-Z0-9_]", "_", name) for name in annotations}
    own = {
        plain[name].removeprefix("prometheus_io_"): text
        for name, text in annotations.items()
        if plain[name].startswith("prometheus_io_")
    }
    wanted = (
        own.get("scrape", "true") == "true" and annotations.get("prometheus.istio.io/merge-metrics", "true") == "true"
    )
    if not wanted or own.get("port") == str(STATUS_PORT):
        return
    proxy = _anywhere(pod["spec"], PROXY)
    if proxy and own:
        proxy["env"].append({"name": "ISTIO_PROMETHEUS_ANNOTATIONS", "value": json.dumps(own)})
    for name, short in plain.items():
        if short.startswith("prometheus_io_"):
            del annotations[name]
    annotations |= dict(zip(_PROMETHEUS, ("/stats/prometheus", str(STATUS_PORT), "true"), strict=True))


def _move_proxy_to_init(spec: Json) -> None:
    proxy = _container(spec["containers"], PROXY)
    spec["containers"].remove(proxy)
    spec.setdefault("initContainers", []).append(proxy)


def _move(containers: list[Json], name: str, *, first: bool) -> None:
    found = _container(containers, name)
    if found:
        containers.remove(found)
        containers.insert(0 if first else len(containers), found)


def _annotations(pod: Json) -> dict[str, str]:
    annotations: dict[str, str] = pod["metadata"].get("annotations") or {}
    return annotations


def _names(items: list[Json] | None) -> list[str]:
    return [each["name"] for each in items or []]


def _container(containers: list[Json] | None, name: str) -> Json | None:
    return next((each for each in containers or [] if each["name"] == name), None)


def _anywhere(spec: Json, name: str) -> Json | None:
    return _container(spec["containers"], name) or _container(spec.get("initContainers"), name)
