"""The layers of values: defaults, then profile, compatibility version and platform, then the user's own.

Source: what Istio's charts give for each of them; the merge is that of sprig's `mergeOverwrite`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from render.errors import wrong
from render.manifests.builtin.facts import FactSet
from render.manifests.builtin.go_text import text
from render.yamlio.location import merge_maps

Values = dict[str, Any]


def merge_values(known: FactSet, given: Values) -> Values:
    """Returns what a template sees: `given` (from `as_helm_reads`) over all layers below it.

    What is under `defaults` lies below the profile where the release has its own defaults there (1.23); later ones
    refuse it. Where the release also takes the component's values under a key of their own (`pilot.env` for `env`),
    that key wins over the root. Unknown profile, platform or compatibility version: `InputError` with the known ones.
    """
    facts = known.facts
    if given.get("defaults") and facts["defaults_key_refused"]:
        raise wrong("MR087", f"`defaults` is not a value of {known.component}: write what is under it at the root")
    defaults = known.values
    if "defaults" in given and not facts["defaults_key_refused"]:
        defaults = merge_maps(defaults, _map(given, "defaults"))
        given = {name: value for name, value in given.items() if name != "defaults"}
    in_global = _map(given, "global")
    profile, platform = given.get("profile"), in_global.get("platform")
    if facts["layers_from_global"]:
        profile, platform = profile or in_global.get("profile"), given.get("platform") or platform
    layers = _layers(
        known,
        text(profile or None),
        text(given.get("compatibilityVersion") or None),
        text(platform or None) if known.platforms else "",
    )
    result = merge_maps(defaults, layers)
    if facts["globals_at_root"]:
        result = merge_maps(merge_maps(result, _map(layers, "global")), in_global)
    result = merge_maps(result, given)
    return merge_maps(result, _map(result, facts["scope"])) if facts["scope_at_root"] else result


def as_helm_reads(value: Any) -> Any:
    """Returns a copy in the types that Helm has after reading YAML: text keys, and whole numbers without a fraction."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if -(1 << 53) <= value <= 1 << 53 else int(float(value))
    if kind is float:
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if isinstance(value, Mapping):
        return {name if type(name) is str else text(name): as_helm_reads(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_helm_reads(each) for each in value]
    raise TypeError(f"a value cannot be a {kind.__name__}")


@lru_cache(maxsize=256)
def _layers(known: FactSet, profile: str, compatibility: str, platform: str) -> Values:
    """Profile, then compatibility version, then platform, laid over each other."""
    result: Values = {}
    for what, name, choices in (
        ("profile", profile, known.profiles),
        ("compatibility version", compatibility, known.compatibility),
        ("platform", platform, known.platforms),
    ):
        if name:
            if name not in choices:
                has = ", ".join(choices)
                raise wrong("MR086", f"unknown {what} {name}: Istio {known.version} has {has}", field="values")
            result = merge_maps(result, choices[name])
    return result


def _map(values: Values, name: str) -> Values:
    """Returns a map within values, empty where there is none."""
    found = values.get(name)
    if found is not None and type(found) is not dict:
        raise TypeError(f"{name} must be a map")
    return found or {}
