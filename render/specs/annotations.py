"""Istio's annotations: which release knows them, on which kinds they are read, and which values istiod refuses.

Sources: `annotations.json` and `labels.json` are made of Istio's own lists by `scripts/annotations.py`; the values are
those that istiod checks before it injects a pod (`AnnotationValidation` in Istio's `pkg/kube/inject`, 1.23 to 1.31).
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from render.messages import field_text
from render.specs.mesh_config import PROXY_CONFIG, WRONG_TYPE, mesh_problems
from render.specs.releases import Release
from render.specs.values.release_ranges import ordinal

Minor = tuple[int, int]

# Set by Istio itself on what it makes or injects, whatever the object is.
ISTIOS_OWN = frozenset(("sidecar.istio.io/status", "gateway.istio.io/controller-version", "istio.io/rev"))
TEMPLATES = "inject.istio.io/templates"
ANY = "Any"
_PROXY_CONFIG = "proxy.istio.io/config"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What Istio says of an annotation: the kinds that read it (`Any`: all), the minors that know it first and last
    (None: the newest does), and the first that calls it deprecated (None: none does)."""

    kinds: tuple[str, ...]
    since: Minor
    until: Minor | None
    deprecated: Minor | None

    def is_known_in(self, release: Release) -> bool:
        """Returns whether a release knows the annotation."""
        minor = (release.major, release.minor)
        return self.since <= minor and (self.until is None or minor <= self.until)

    def is_deprecated_in(self, release: Release) -> bool:
        """Returns whether a release calls the annotation deprecated."""
        return self.deprecated is not None and self.deprecated <= (release.major, release.minor)

    @property
    def span(self) -> str:
        """Returns the minors that know it in words: `from 1.24 on`, `until 1.24`."""
        if self.until is not None:
            return f"until {_with_dots(self.until)}"
        return f"from {_with_dots(self.since)} on"


@cache
def known_annotations() -> Mapping[str, Annotation]:
    """Returns all annotations of Istio 1.23 to 1.31 by name."""
    return _read_names("annotations.json")


@cache
def known_labels() -> Mapping[str, Annotation]:
    """Returns all labels of Istio 1.23 to 1.31 by name: the same is said of them."""
    return _read_names("labels.json")


def _read_names(file: str) -> Mapping[str, Annotation]:
    data = json.loads(Path(__file__).with_name(file).read_bytes())
    return {
        name: Annotation(
            tuple(one["kinds"]),
            _minor(one["since"]),
            _minor(one["until"]) if "until" in one else None,
            _minor(one["deprecated"]) if "deprecated" in one else None,
        )
        for name, one in data.items()
    }


def is_istios(name: str) -> bool:
    """Returns whether an annotation's domain is Istio's."""
    domain, slash, _ = name.partition("/")
    return bool(slash) and (domain == "istio.io" or domain.endswith(".istio.io"))


def refused_value(name: str, value: str, release: Release) -> str | None:
    """Returns what istiod of a release takes in an annotation in place of this value, with which it refuses the pod.

    None where it takes the value, or does not look at it.
    """
    check = _CHECKS.get(name)
    if check is None or not check.since <= (release.major, release.minor) <= check.until or check.takes(value):
        return _refused_field(value, release) if name == _PROXY_CONFIG else None
    return check.expected


def _refused_field(value: str, release: Release) -> str | None:
    """Returns the first field of a ProxyConfig that istiod cannot read, in the words of `refused_value`."""
    data = _yaml_map(value)
    number = ordinal(release.major, release.minor, release.patch)
    for problem in mesh_problems(data or {}, str(release).removeprefix("v"), number, (), PROXY_CONFIG):
        if problem.code == WRONG_TYPE:
            return f"a ProxyConfig ({field_text(problem.path)}: {problem.message})"
    return None


# Istio's `applyPrometheusMerge` and the ports that it reserves, from 1.31 on.
METRICS_PORT, METRICS_TARGETS = "prometheus.io/port", "prometheus.istio.io/scrape-targets"
_RESERVED = frozenset((15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))


def refused_metrics(annotations: Mapping[str, str], mesh: Mapping[str, Any], release: Release) -> str | None:
    """Returns the annotation that names a port from which istiod cannot merge metrics, with which it refuses the pod.

    `mesh` is the mesh configuration. None where it merges nothing, or can.
    """
    merges = annotations.get("prometheus.istio.io/merge-metrics", str(mesh.get("enablePrometheusMerge", True)))
    if (release.major, release.minor) < (1, 31) or {merges, annotations.get("prometheus.io/scrape")} & _FALSE:
        return None
    defaults = mesh.get("defaultConfig") or {}
    status = str(defaults.get("statusPort") or 15020)
    port = annotations.get(METRICS_PORT, "")
    if port == status:
        return None
    targets = [
        part.partition(":")[0].strip() for part in annotations.get(METRICS_TARGETS, "").split(",") if part.strip()
    ]
    if targets:
        return None if all(_is_scrapable(each, status) for each in targets) else METRICS_TARGETS
    return METRICS_PORT if port and not _is_scrapable(port, status) else None


def _is_scrapable(port: str, status: str) -> bool:
    found = re.fullmatch(r"\+?0*([1-9][0-9]{0,4})", port, re.ASCII)
    return found is not None and int(found[1]) < 1 << 16 and int(found[1]) not in _RESERVED and found[1] != status


@dataclass(frozen=True, slots=True)
class _Check:
    expected: str
    takes: Callable[[str], bool]
    since: Minor = (1, 23)
    until: Minor = (1, 99)


def _is_number(value: str, bits: int) -> bool:
    found = re.fullmatch(r"0*([0-9]{1,10})", value, re.ASCII)  # a longer one fits in no such number
    return found is not None and int(found[1]) < 1 << bits


def _is_port(value: str) -> bool:
    return _is_number(value.strip(), 16)


def _are_ports(value: str) -> bool:
    return not value.strip() or all(map(_is_port, value.strip().split(",")))


def _is_cidr(value: str) -> bool:
    address, _, bits = value.partition("/")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if "%" in address or not re.fullmatch(r"0|[1-9][0-9]{0,2}", bits, re.ASCII):
        return False
    return int(bits) <= found.max_prefixlen


def _are_cidrs(value: str) -> bool:
    return not value or all(map(_is_cidr, value.split(",")))


def _are_interfaces(value: str) -> bool:
    names = [name.strip() for name in value.split(",")] if value else []
    return all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,14}", name, re.ASCII) for name in names)


def _yaml_map(value: str) -> dict[str, Any] | None:
    """Returns the map that a text is in YAML, empty for nothing, None where it is none."""
    import yaml

    try:
        data = yaml.load(value, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return {} if data is None else data if isinstance(data, dict) else None


def _is_map(value: str) -> bool:
    return _yaml_map(value) is not None


def _or_all(takes: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda value: value == "*" or takes(value)


# What Go's strconv.ParseBool takes.
_BOOLEANS = frozenset(("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"))
# Kubernetes, resource.ParseQuantity.
_QUANTITY = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?", re.ASCII)

_BOOLEAN = _Check("true or false", _BOOLEANS.__contains__)
_COUNT = _Check("a whole number from 0 on", lambda value: _is_number(value, 32))
_QUANTITIES = _Check("a quantity, such as 100m or 128Mi", lambda value: bool(_QUANTITY.fullmatch(value)), (1, 27))
_INTERFACES = _Check(
    "names of network interfaces, of up to 15 letters, digits, dots, dashes and underscores, with commas between them",
    _are_interfaces,
    (1, 30),
)
_PORTS = "ports with commas between them"
_RANGES = "ranges of addresses, such as 10.0.0.0/8, with commas between them"

_CHECKS: Mapping[str, _Check] = {
    "sidecar.istio.io/interceptionMode": _Check(
        "REDIRECT, TPROXY or NONE", ("REDIRECT", "TPROXY", "NONE").__contains__
    ),
    "sidecar.istio.io/enableCoreDump": _Check(_BOOLEAN.expected, _BOOLEAN.takes, until=(1, 24)),
    "status.sidecar.istio.io/port": _Check("a port", _is_port),
    "readiness.status.sidecar.istio.io/initialDelaySeconds": _COUNT,
    "readiness.status.sidecar.istio.io/periodSeconds": _COUNT,
    "readiness.status.sidecar.istio.io/failureThreshold": _COUNT,
    "traffic.sidecar.istio.io/includeOutboundIPRanges": _Check(f"*, or {_RANGES}", _or_all(_are_cidrs)),
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": _Check(_RANGES, _are_cidrs),
    "traffic.sidecar.istio.io/includeInboundPorts": _Check(f"*, or {_PORTS}", _or_all(_are_ports)),
    "traffic.sidecar.istio.io/excludeInboundPorts": _Check(_PORTS, _are_ports),
    "traffic.sidecar.istio.io/excludeOutboundPorts": _Check(_PORTS, _are_ports),
    "traffic.sidecar.istio.io/excludeInterfaces": _INTERFACES,
    "traffic.sidecar.istio.io/kubevirtInterfaces": _INTERFACES,
    "istio.io/reroute-virtual-interfaces": _INTERFACES,
    "prometheus.istio.io/merge-metrics": _BOOLEAN,
    _PROXY_CONFIG: _Check("a ProxyConfig as YAML", _is_map),
    "sidecar.istio.io/proxyCPU": _QUANTITIES,
    "sidecar.istio.io/proxyMemory": _QUANTITIES,
    "sidecar.istio.io/proxyCPULimit": _QUANTITIES,
    "sidecar.istio.io/proxyMemoryLimit": _QUANTITIES,
}


def _minor(text: str) -> Minor:
    major, minor = text.split(".")
    return int(major), int(minor)


def _with_dots(minor: Minor) -> str:
    return f"{minor[0]}.{minor[1]}"
