"""Pods as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from render.kubernetes import syntax
from render.kubernetes.refusal import (
    Data,
    Path,
    Refusal,
    Refusals,
    below,
    each_matches,
    in_range,
    is_set_right,
    matches,
    needs,
    one_of,
    unique,
)
from render.kubernetes.rules import probes
from render.kubernetes.rules.containers import containers_of
from render.kubernetes.rules.metadata import labels
from render.kubernetes.rules.resources import amounts

_MOST_ID = (1 << 31) - 1  # of a user or group
_NAMES = ("priorityClassName", "serviceAccountName", "nodeName")
_SHARED_MEMORY = ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")
_BLOCKS = ("persistentVolumeClaim", "ephemeral")  # sources of volumes that can be devices


def pod(data: Data) -> Refusals:
    yield from needs(data, "containers")
    yield from labels(data.get("nodeSelector"), ("nodeSelector",))
    for name in _NAMES:
        yield from matches(data, name, syntax.subdomain)
    yield from is_set_right(data, "runtimeClassName", syntax.subdomain)
    if not data.get("serviceAccountName"):  # which it is an older name of
        yield from matches(data, "serviceAccount", syntax.subdomain)
    for name in ("hostname", "subdomain"):
        yield from matches(data, name, syntax.label_name)
    if data.get("dnsPolicy") == "None" and not (data.get("dnsConfig") or {}).get("nameservers"):
        yield Refusal(("dnsConfig", "nameservers"), "are required with the dnsPolicy None", (("dnsPolicy",),))
    yield from _container_names(data)
    yield from _volumes_of(data)
    yield from _host_ports(data)
    yield from probes.init_containers(data)
    yield from _sleeps(data)
    yield from _kernel_settings(data)
    yield from amounts(data.get("overhead") or {}, ("overhead",))
    for index, gate in enumerate(data.get("readinessGates") or ()):
        complaint = syntax.qualified_name(gate["conditionType"])
        if complaint:
            yield Refusal(("readinessGates", index, "conditionType"), complaint)


def _container_names(data: Data) -> Refusals:
    seen: set[str] = set()
    for field in ("initContainers", "containers"):
        for index, one in enumerate(data.get(field) or ()):
            if one["name"] in seen:
                yield Refusal((field, index, "name"), f"is {one['name']} a second time")
            seen.add(one["name"])


def _volumes_of(data: Data) -> Refusals:
    """Checks that what containers mount, or use as a device, is a volume of the pod."""
    volumes = {volume["name"]: volume for volume in data.get("volumes") or ()}
    for path, one in containers_of(data):
        for index, mount in enumerate(one.get("volumeMounts") or ()):
            if mount["name"] not in volumes:
                at = (*path, "volumeMounts", index, "name")
                yield Refusal(at, f"is {mount['name']}, and the pod has no volume of that name")
        for index, device in enumerate(one.get("volumeDevices") or ()):
            at = (*path, "volumeDevices", index, "name")
            if device["name"] not in volumes:
                yield Refusal(at, f"is {device['name']}, and the pod has no volume of that name")
            elif not one_of(volumes[device["name"]], _BLOCKS):
                yield Refusal(at, f"is {device['name']}, which is no claim of a volume")


def _host_ports(data: Data) -> Refusals:
    """Checks that a port of the node is taken once: in all containers together, and in each init container."""
    for index, one in enumerate(data.get("initContainers") or ()):
        yield from _taken_once([(("initContainers", index), one)])
    yield from _taken_once([(("containers", index), one) for index, one in enumerate(data.get("containers") or ())])
    for path, one in containers_of(data) if data.get("hostNetwork") else ():
        for at, port in enumerate(one.get("ports") or ()):
            if port.get("hostPort") and port["hostPort"] != port["containerPort"]:
                message = f"is {port['hostPort']}: must be the containerPort where hostNetwork is true"
                yield Refusal((*path, "ports", at, "hostPort"), message)


def _taken_once(containers: Iterable[tuple[Path, Data]]) -> Refusals:
    seen = set()
    for path, one in containers:
        for index, port in enumerate(one.get("ports") or ()):
            if port.get("hostPort"):
                taken = port.get("protocol") or "TCP", port.get("hostIP") or "", port["hostPort"]
                if taken in seen:
                    yield Refusal((*path, "ports", index, "hostPort"), f"is {port['hostPort']} a second time")
                seen.add(taken)


def _kernel_settings(data: Data) -> Refusals:
    """Settings of the network or of shared memory are the node's own where the pod shares these with it."""
    for field, prefixes in (("hostNetwork", ("net.",)), ("hostIPC", _SHARED_MEMORY)):
        settings = (data.get("securityContext") or {}).get("sysctls") or () if data.get(field) else ()
        for index, one in enumerate(settings):
            if one["name"].replace("/", ".").startswith(prefixes):
                path = ("securityContext", "sysctls", index, "name")
                yield Refusal(path, f"is {one['name']}: must not be there where {field} is true", ((field,),))


def lone_pod(data: Data) -> Refusals:
    """Checks what holds for a Pod itself, and not yet for the template of a workload."""
    yield from needs(data, "spec")
    yield from below(("spec",), in_range(data.get("spec") or {}, "activeDeadlineSeconds", 1, (1 << 31) - 1))
    for path, one in containers_of(data.get("spec") or {}):
        image = one.get("image") or ""
        if image != image.strip():
            yield Refusal(("spec", *path, "image"), "must not begin or end with white space")


def pod_security(data: Data) -> Refusals:
    for name in ("runAsUser", "runAsGroup", "fsGroup"):
        yield from in_range(data, name, 0, _MOST_ID)
    for index, group in enumerate(data.get("supplementalGroups") or ()):
        if not 0 <= group <= _MOST_ID:
            yield Refusal(("supplementalGroups", index), f"is {group}: expected 0 to {_MOST_ID}")
    yield from unique(data, "sysctls", "name")


def sysctl(data: Data) -> Refusals:
    yield from needs(data, "name")
    yield from matches(data, "name", syntax.sysctl_name)


def dns_config(data: Data) -> Refusals:
    for index, server in enumerate(data.get("nameservers") or ()):
        complaint = syntax.address(server)
        if complaint:
            yield Refusal(("nameservers", index), complaint)
    if len(data.get("nameservers") or ()) > 3:
        yield Refusal(("nameservers",), "are more than 3")
    searches = data.get("searches") or ()
    if len(searches) > 32 or len(" ".join(searches)) > 2048:
        yield Refusal(("searches",), "are more than 32, or longer than 2048 characters")
    yield from each_matches(data, "searches", syntax.search_domain)
    for index, option in enumerate(data.get("options") or ()):
        if not option.get("name"):
            yield Refusal(("options", index, "name"), "is required")


def host_alias(data: Data) -> Refusals:
    yield from needs(data, "ip")
    yield from matches(data, "ip", syntax.address)
    for index, name in enumerate(data.get("hostnames") or ()):
        complaint = syntax.subdomain(name)
        if complaint:
            yield Refusal(("hostnames", index), complaint)


def _sleeps(data: Data) -> Refusals:
    """Checks that no container sleeps longer than it has to end; less than nothing counts as a second."""
    given = data.get("terminationGracePeriodSeconds")
    most = 30 if given is None else 1 if given < 0 else given
    for path, one in containers_of(data):
        for when in ("postStart", "preStop"):
            seconds = (((one.get("lifecycle") or {}).get(when) or {}).get("sleep") or {}).get("seconds") or 0
            if not 0 <= seconds <= most:
                at = (*path, "lifecycle", when, "sleep", "seconds")
                message = f"is {seconds}: expected 0 to terminationGracePeriodSeconds, {most}"
                yield Refusal(at, message, (("terminationGracePeriodSeconds",),))
