"""Probes of the application as istiod rewrites them: the kubelet asks the agent, the agent asks the application."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]

STATUS_PORT = 15020

_PROBES = (("readinessProbe", "readyz"), ("livenessProbe", "livez"), ("startupProbe", "startupz"))
_HOOKS = (("preStop", "prestopz"), ("postStart", "poststartz"))


def rewrite(container: Json, port: int, *, hooks: bool) -> Json:
    """Points a container's probes (and lifecycle hooks) at the agent's `port`; gives what the agent must ask."""
    name = container["name"]
    handlers = [(container, probe, f"/app-health/{name}/{path}") for probe, path in _PROBES]
    if hooks and "lifecycle" in container:
        handlers += [(container["lifecycle"], hook, f"/app-lifecycle/{name}/{path}") for hook, path in _HOOKS]
    ports = {each.get("name"): each["containerPort"] for each in container.get("ports", [])}
    asked: Json = {}
    for holder, key, path in handlers:
        probe = holder.get(key) or {}
        action = next((each for each in ("httpGet", "tcpSocket", "grpc") if each in probe), None)
        if action:
            target = copy.deepcopy(probe.pop(action))
            target["port"] = ports.get(target["port"], target["port"])
            if isinstance(target["port"], int) and target["port"] != STATUS_PORT:
                timeout = {"timeoutSeconds": probe["timeoutSeconds"]} if "timeoutSeconds" in probe else {}
                asked[path] = {action: target, **timeout}
            kept = {each: target[each] for each in ("host", "httpHeaders") if action == "httpGet" and each in target}
            scheme = {"scheme": "HTTP"} if action == "httpGet" and "scheme" in target else {}
            probe["httpGet"] = {**kept, **scheme, "path": path, "port": port}
    return asked
