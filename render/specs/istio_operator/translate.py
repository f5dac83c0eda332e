"""From an IstioOperator to what each chart is given: profile, fields, values, components.

The order of precedence, lowest first: profile `default`, the named profile, the documents in order, what a field of
`spec` means as a value (`spec.hub` is `global.hub`), `unvalidatedValues`. Maps merge, lists replace.
Source: istio/istio 1.24.0 to 1.31.0-rc.0, `operator/pkg/render` and `operator/pkg/component`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from render.kubernetes.quantity import quantity
from render.specs import releases
from render.specs.istio_operator.components import COMPONENTS, Component, ComponentPlan
from render.yamlio.location import merge_maps, value_at

Data = Mapping[str, Any]

# Releases in which `hpaSpec` and `replicaCount` also become values, by first release and the one before which it ends.
_REPLICAS_ARE_VALUES = (("1.28.8", "1.29.0"), ("1.31.0", None))
_CPU_IS_A_VALUE = (("1.31.0", None),)
# Before it, a gateway without `label` loses the labels that its chart gives.
_LABELS_STAY = (("1.26.0", None),)


@cache
def profiles() -> Mapping[str, Any]:
    """Returns every profile by name, as `spec` of an IstioOperator. It must not be changed."""
    import yaml

    read: dict[str, Any] = yaml.load(Path(__file__).with_name("profiles.yaml").read_bytes(), yaml.CSafeLoader)
    return read


def merge_documents(documents: Iterable[Data]) -> dict[str, Any]:
    """Returns one IstioOperator of several, the later over the earlier."""
    given: dict[str, Any] = {"metadata": {}, "spec": {}}
    for document in documents:
        given = merge_maps(given, {name: part for name, part in document.items() if part is not None})
    return given


def with_profile(given: Data, images: Data) -> dict[str, Any]:
    """Returns an IstioOperator over its profile, with `spec.values` as the charts want them.

    `images` are the `hub` and `tag` that lie below the profile; where they are empty, the charts' own are used. The
    profile is one of `profiles()`.
    """
    spec = given["spec"]
    name = spec.get("profile") or "default"
    base = merge_maps(images, profiles()["default"])
    spec = merge_maps(merge_maps(base, profiles()[name]), spec)
    values = spec.get("values") or {}
    for path, value in _fields_as_values(spec, given["spec"].get("values") or {}):
        values = _with(values, path, value)
    values = merge_maps(values, spec.get("unvalidatedValues") or {})
    return {**given, "spec": {**spec, "values": values}}


def component_plans(operator: Data, release: str) -> list[ComponentPlan]:
    """Returns what is to be rendered of a merged IstioOperator, in the order in which istioctl renders it."""
    return [plan for component in COMPONENTS for plan in _plans(component, operator, release)]


def is_number_or_truth(text: str) -> bool:
    """Returns whether istioctl reads a text of `spec.revision` as a number or as true or false, and so refuses it.

    The forms are those of Go's strconv.
    """
    number = r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity)|nan|[+-]?0x[0-9a-f.]+p[+-]?\d+"
    return bool(re.fullmatch(number, text, re.ASCII | re.IGNORECASE)) or text in ("t", "f", "true", "false")


def _fields_as_values(spec: Data, given: Data) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields what fields of `spec` mean as values, but for those that a value of the user's own replaces.

    A value wins over `hub`, `tag`, `revision` and `compatibilityVersion`; `meshConfig` and what `components` say of
    pilot and cni win over values. (Seen with 1.31: istioctl means all values to win, and loses those below a map that
    no profile has.)
    """
    scalars = {
        ("global", "hub"): spec.get("hub"),
        ("global", "tag"): _text(spec.get("tag")),
        ("revision",): spec.get("revision"),
        ("compatibilityVersion",): _text(spec.get("compatibilityVersion")),
    }
    for path, value in scalars.items():
        if value is not None and value_at(given, *path) is None:
            yield path, value
    if isinstance(spec.get("meshConfig"), dict):
        yield ("meshConfig",), merge_maps(value_at(spec, "values", "meshConfig") or {}, spec["meshConfig"])
    components = spec.get("components") or {}
    yield ("pilot", "enabled"), _is_on(components.get("pilot"), default=False)
    yield ("pilot", "cni", "enabled"), _is_on(components.get("cni"), default=False)


def _plans(component: Component, operator: Data, release: str) -> Iterator[ComponentPlan]:
    spec = operator["spec"]
    entry = (spec.get("components") or {}).get(component.field)
    switched_on = component.is_gateway and value_at(spec["values"], *component.values_root, "enabled") is True
    entries: list[Any] = list(entry or []) if component.is_gateway else [entry]
    if entry is None:
        entries = [{}] if component.field in ("base", "pilot", "ingressGateways") or switched_on else []
    for index, one in enumerate(entries):
        if not (_is_on(one, default=True) or switched_on):
            continue
        namespace = one.get("namespace") or _system_namespace(operator)
        yield ComponentPlan(
            component,
            one.get("name") or "",
            namespace,
            _chart_values(component, one, spec["values"], release),
            one.get("k8s") or {},
            index if component.is_gateway and entry is not None else None,
        )


def _system_namespace(operator: Data) -> str:
    of_values = value_at(operator, "spec", "values", "global", "istioNamespace")
    return of_values or operator["metadata"].get("namespace") or "istio-system"


def _chart_values(component: Component, entry: Data, values: Data, release: str) -> dict[str, Any]:
    """Returns the values that a component's chart is given."""
    root, settings = component.values_root, entry.get("k8s") or {}
    changed = dict(values)
    if component.is_gateway:
        labels = entry.get("label")
        if labels is None and _is_in(release, _LABELS_STAY):
            labels = {}
        changed = _with(_with(changed, (*root, "name"), entry.get("name") or ""), (*root, "labels"), labels)
        ports = (settings.get("service") or {}).get("ports")
        if ports:
            changed = _with(changed, (*root, "ports"), [_port(port) for port in ports])
    for path, value in _settings_as_values(component, settings, release):
        changed = _with(changed, (*root, *path), value)
    for field in ("hub", "tag"):
        if entry.get(field):
            changed = _with(changed, (*root, field), _as_number(_text(entry[field])))
    if not component.has_own_values:
        return changed
    own = value_at(changed, *root)
    plain = {name: value for name, value in changed.items() if not isinstance(value, dict)}
    return {"global": changed.get("global"), **plain, **own} if isinstance(own, dict) else changed


def _settings_as_values(component: Component, settings: Data, release: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields the Kubernetes settings that a chart must know too, as its own conditions ask for them."""
    if component.has_replicas and _is_in(release, _REPLICAS_ARE_VALUES):
        autoscaler = settings.get("hpaSpec") or {}
        if autoscaler.get("minReplicas") is not None:
            yield ("autoscaleMin",), autoscaler["minReplicas"]
        if autoscaler.get("maxReplicas"):
            yield ("autoscaleMax",), autoscaler["maxReplicas"]
        if settings.get("replicaCount"):
            yield ("replicaCount",), settings["replicaCount"]
    if _is_in(release, _CPU_IS_A_VALUE):
        for side in ("limits", "requests"):
            cpu = value_at(settings, "resources", side, "cpu")
            amount = quantity(cpu) if cpu is not None else None
            if amount:
                yield ("resources", side, "cpu"), _canonical(cpu, amount)


def _canonical(cpu: Any, amount: Fraction) -> str:
    """Returns an amount of CPU as Kubernetes prints it: `1`, `300m`."""
    thousandths = amount * 1000
    if thousandths.denominator != 1:
        return str(cpu)
    return str(amount) if amount.denominator == 1 else f"{thousandths}m"


def _port(port: Data | None) -> dict[str, Any]:
    """Returns a Service's port as Kubernetes writes it back: with a target port also where none was given."""
    return {"targetPort": 0, **(port or {})}


def _is_in(release: str, spans: Sequence[tuple[str, str | None]]) -> bool:
    number = releases.parse(release)
    return any(
        number >= releases.parse(first) and (end is None or number < releases.parse(end)) for first, end in spans
    )


def _is_on(entry: Data | None, default: bool) -> bool:
    """Returns whether a component is on; `default` is for one that does not say."""
    said = (entry or {}).get("enabled")
    return default if said is None else said is True


def _text(value: Any) -> Any:
    """Returns a plain value as text, None as it is."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _as_number(text: str) -> Any:
    """Returns a component's hub or tag as istioctl reads it: what looks like a number is one (`1.30` is 1.3)."""
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return float(text)
    return text


def _with(values: Data, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Returns values with one at a path, sharing what does not change."""
    name, *rest = path
    below = values.get(name)
    inner = _with(below if isinstance(below, dict) else {}, tuple(rest), value) if rest else value
    return {**values, name: inner}
