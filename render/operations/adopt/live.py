"""From what runs in a cluster to specs: Deployments of istiod, node agents, webhooks and namespaces.

The values are those that istiod keeps beside it (ConfigMap `values`, from 1.26 on). Without them they are read from the
injector's ConfigMap, the mesh's, and the Deployment, as far as these differ from what the release has by default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from render.errors import InputError
from render.manifests.builtin import render_component
from render.manifests.builtin.component import component_values
from render.operations.adopt.adoption import NO_COUNTERPART, SAIL, Adoption, revision_spec, tag_spec
from render.operations.adopt.dump import Dump, DumpObject, maps_at
from render.specs import releases
from render.yamlio.documents import parse
from render.yamlio.location import map_at, merge_maps, value_at

REVISION, TAG = "istio.io/rev", "istio.io/tag"
_RELEASE = re.compile(r"v?(\d+\.\d+\.\d+)", re.ASCII)
_ISTIOD = ("spec", "template", "spec", "containers")


def adopt_live(dump: Dump, version: str | None, adoption: Adoption) -> None:
    """Adds the specs of control planes and node agents that run, and of the tags that point at them.

    `version` is the release where an image's tag names none. `InputError` where neither does.
    """
    for istiod in _deployments(dump):
        revision = str(istiod.labels.get(REVISION) or "default")
        release = _version(istiod, "discovery", version)
        values = _values(dump, istiod, revision, release.removeprefix("v"))
        if _has_webhook(dump, revision, "auto.sidecar-injector.istio.io"):
            values = merge_maps(values, {"sidecarInjectorWebhook": {"enableNamespacesByDefault": True}})
        revision_spec(adoption, revision, release, istiod.namespace, values)
    for webhook in dump.of("MutatingWebhookConfiguration"):
        if webhook.labels.get(TAG):
            tag_spec(adoption, str(webhook.labels[TAG]), str(webhook.labels.get(REVISION) or "default"))
    for kind, name, container in (("IstioCNI", "istio-cni-node", "install-cni"), ("ZTunnel", "ztunnel", "istio-proxy")):
        for agent in dump.of("DaemonSet", "apps"):
            if agent.name == name:
                spec = {"version": _version(agent, container, version), "namespace": agent.namespace}
                adoption.add(SAIL, kind, "default", spec | _profile(agent, container))
    for gateway in dump.of("Deployment", "apps"):
        if _is_gateway(gateway):
            message = "is a gateway, whose values nobody keeps in the cluster: write a MeshGateway (docs/gateways.md)"
            adoption.notes.append(gateway.finding(NO_COUNTERPART, message))


def _deployments(dump: Dump) -> list[DumpObject]:
    found = [one for one in dump.of("Deployment", "apps") if one.labels.get("app") == "istiod"]
    return sorted(found, key=lambda one: (one.namespace, one.name))


def _is_gateway(deployment: DumpObject) -> bool:
    labels = deployment.labels
    return "ingressgateway" in str(labels.get("istio")) or "gateway" in str(labels.get("helm.sh/chart"))


def _version(workload: DumpObject, container: str, given: str | None) -> str:
    containers = maps_at(workload.data, *_ISTIOD)
    index = next((number for number, one in enumerate(containers) if one.get("name") == container), 0)
    image = str(value_at(containers, index, "image") or "")
    found = _RELEASE.search(image.rpartition(":")[2]) if ":" in image.rpartition("/")[2] else None
    found = found or _RELEASE.match(str(workload.labels.get("app.kubernetes.io/version") or ""))
    if found:
        version = f"v{found[1]}"
    elif given:
        version = given
    else:
        message = f"{image or 'no image'} names no release: say it with --version"
        path = (*_ISTIOD, index, "image")
        raise InputError([workload.finding("MR308", message, path)])
    if version not in releases.known_versions(aliases=False):
        message = releases.unknown(version, releases.known_versions(aliases=False))
        raise InputError([workload.finding("MR043", message, (*_ISTIOD, index, "image"))])
    return version


def _profile(agent: DumpObject, container: str) -> dict[str, Any]:
    """Returns the profile `ambient` for a CNI node agent that serves it: its repair and ambient settings are variables
    or a file, whichever the release has."""
    env = {one.get("name"): one.get("value") for one in maps_at(_container(agent.data, container), "env")}
    return {"profile": "ambient"} if env.get("AMBIENT_ENABLED") == "true" else {}


def _has_webhook(dump: Dump, revision: str, name: str) -> bool:
    return any(
        webhook.get("name") == name
        for one in dump.of("MutatingWebhookConfiguration")
        if (one.labels.get(REVISION) or "default") == revision and not one.labels.get(TAG)
        for webhook in maps_at(one.data, "webhooks")
    )


def _values(dump: Dump, istiod: DumpObject, revision: str, release: str) -> dict[str, Any]:
    end = "" if revision == "default" else f"-{revision}"
    kept = _config(dump, istiod.namespace, f"values{end}").get("original-values")
    if kept:
        found = _data(kept)
        dropped = ("profile",) if found.get("profile") in ("", "default") else ()
        return {name: value for name, value in found.items() if name not in ("revision", "revisionTags", *dropped)}
    values: dict[str, Any] = {}
    injector = _config(dump, istiod.namespace, f"istio-sidecar-injector{end}").get("values")
    defaults = component_values("istiod", release, {"global": {"istioNamespace": istiod.namespace}})
    if injector:
        values = _difference(_data(injector), defaults)
        values = {name: value for name, value in values.items() if name not in ("revision", "gateways")}
    mesh = _config(dump, istiod.namespace, f"istio{end}").get("mesh")
    rendered = render_component(
        "istiod", release, "istio", istiod.namespace, _revision_values(revision, istiod.namespace, values)
    )
    if mesh:
        usual = next((one["data"]["mesh"] for one in rendered if one["metadata"]["name"] == f"istio{end}"), "{}")
        if changed := _difference(_data(mesh), _data(usual)):
            values = merge_maps(values, {"meshConfig": changed})
    usual_istiod = next((one for one in rendered if one["kind"] == "Deployment"), None)
    pilot = (_pilot(istiod, usual_istiod) if usual_istiod else {}) | _bounds(dump, istiod, defaults)
    return merge_maps(values, {"pilot": pilot}) if pilot else values


def _revision_values(revision: str, namespace: str, values: Mapping[str, Any]) -> dict[str, Any]:
    named = {"revision": "" if revision == "default" else revision, "global": {"istioNamespace": namespace}}
    return merge_maps(values, named)


def _pilot(istiod: DumpObject, usual: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what of an istiod's Deployment is not as the chart makes it, as values of the chart."""
    there, here = (_container(one, "discovery") for one in (istiod.data, usual))
    found: dict[str, Any] = {}
    known = {one["name"]: one.get("value") for one in maps_at(here, "env")}
    env = {
        str(one["name"]): str(one["value"])
        for one in maps_at(there, "env")
        if "name" in one and "value" in one and known.get(str(one["name"]), "") != one["value"]
    }
    if env:
        found["env"] = env
    if there.get("resources") and there["resources"] != here.get("resources"):
        found["resources"] = there["resources"]
    pods, usual_pods = (map_at(one, "spec", "template", "spec") for one in (istiod.data, usual))
    for name in ("nodeSelector", "tolerations", "affinity"):
        if pods.get(name) and pods[name] != usual_pods.get(name):
            found[name] = pods[name]
    return found


def _bounds(dump: Dump, istiod: DumpObject, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the bounds of an istiod's autoscaler, where they are not the chart's."""
    scaler = next((one for one in dump.of("HorizontalPodAutoscaler") if one.name == istiod.name), None)
    spec = map_at(scaler.data, "spec") if scaler else {}
    bounds = {"autoscaleMin": spec.get("minReplicas"), "autoscaleMax": spec.get("maxReplicas")}
    usual = map_at(defaults, "pilot")
    return {name: bound for name, bound in bounds.items() if bound is not None and bound != usual.get(name)}


def _container(workload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next((one for one in maps_at(workload, *_ISTIOD) if one.get("name") == name), {})


def _config(dump: Dump, namespace: str, name: str) -> Mapping[str, str]:
    for one in dump.of("ConfigMap", ""):
        if (one.namespace, one.name) == (namespace, name):
            return {key: text for key, text in map_at(one.data, "data").items() if isinstance(text, str)}
    return {}


def _data(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        documents = parse(text.encode(), "data")
        found = documents[0].data if documents else {}
    return found if isinstance(found, dict) else {}


def _difference(there: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a map says otherwise than another, or beside it."""
    found: dict[str, Any] = {}
    for name, value in there.items():
        before = usual.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if below := _difference(value, before):
                found[name] = below
        elif value != before and not (before is None and value in ("", [], {}, None)):
            found[name] = value
    return found
