"""Which changes of a revision's ConfigMaps reach a running pod only when the pod is made anew.

Its istiod reads them at once and tells proxies most of what changed, but what the injector writes into a pod stays
until there is a new pod: its containers' images, arguments, environment and resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from render.compare.objects import FieldChange, Steps


def needs_new_pods(changes: Iterable[FieldChange], after: Mapping[str, Any]) -> bool:
    """Returns whether any of these changes of a ConfigMap, which now is `after`, is one of what is injected.

    That of the injector has `config` and `values`, that of the mesh has `mesh`; no other counts.
    """
    data = after.get("data")
    if after.get("kind") != "ConfigMap" or not isinstance(data, dict):
        return False
    config, values = data.get("config"), data.get("values")
    if isinstance(config, str) and isinstance(values, str):
        said = [change.path for change in changes if change.how != "reformatted"]
        return any(_in_injector(path, _document(values), _words(config)) for path in said)
    return "mesh" in data and any(change.path[1:2] == ("mesh",) and _in_mesh(change.path[2:]) for change in changes)


# What injection reads of the mesh configuration (Istio, `pkg/kube/inject`: the data and functions of templates, the
# merging of Prometheus ports); the rest goes to proxies while they run.
_OF_MESH = (
    "defaultConfig",
    "trustDomain",
    "enablePrometheusMerge",
    "inboundTrafficPolicy",
    "proxyListenPort",
    "proxyInboundListenPort",
)
# What istiod's injector itself reads of the values, beside the templates (the same place).
_OF_VALUES = (
    ("global", "hub"),
    ("global", "tag"),
    ("global", "variant"),
    ("global", "network"),
    ("global", "multiCluster", "clusterName"),
    ("global", "proxy", "image"),
    ("global", "proxy", "holdApplicationUntilProxyStarts"),
    ("sidecarInjectorWebhook", "rewriteAppHTTPProbe"),
)


def _in_mesh(path: Steps) -> bool:
    return path[0] in _OF_MESH if path else True


def _in_injector(path: Steps, values: Any, words: frozenset[str]) -> bool:
    if path[:1] != ("data",):
        return False
    if path[1:2] != ("values",):
        return True
    inside = path[2:]
    return any(inside[: len(known)] == known[: len(inside)] for known in _OF_VALUES) or _read(inside, values, words)


def _read(path: Steps, values: Any, words: frozenset[str]) -> bool:
    """Returns whether the templates read a value: they name every step down to it, or down to a map of which they name
    no part, and so use whole (`resources`)."""
    here = values
    for step in path:
        if step not in words:
            return here is not values and not (isinstance(here, dict) and words & here.keys())
        here = here.get(step) if isinstance(here, dict) else None
    return True


@lru_cache(maxsize=8)
def _document(values: str) -> Any:
    try:
        return json.loads(values)
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _words(config: str) -> frozenset[str]:
    """Returns every field and quoted name in the templates: `.Values.global.proxy` has three."""
    return frozenset(re.findall(r"[.\"]([A-Za-z_]\w*)", config))
