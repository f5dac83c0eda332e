"""Containers: names, images, ports, mounts, security."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Path, Refusal, Refusals, in_range, matches, needs, unique
from render.kubernetes.rules import probes
from render.kubernetes.rules.volumes import inside


class PlacedContainer(NamedTuple):
    """A container and the path to it in its pod."""

    path: Path
    container: Data


def container(data: Data) -> Refusals:
    yield from needs(data, "name", "image")
    yield from matches(data, "name", syntax.label_name)
    yield from unique(data, "ports", "name")
    yield from unique(data, "resizePolicy", "resourceName")
    yield from probes.container_probes(data)
    security = data.get("securityContext") or {}
    if not security.get("privileged"):
        for index, mount in enumerate(data.get("volumeMounts") or ()):
            if mount.get("mountPropagation") == "Bidirectional":
                yield Refusal(("volumeMounts", index, "mountPropagation"), "is for privileged containers only")


def port(data: Data) -> Refusals:
    yield from in_range(data, "containerPort", 1, 65535)
    yield from in_range(data, "hostPort", 0, 65535)
    yield from matches(data, "name", syntax.port_name)


def mount(data: Data) -> Refusals:
    yield from needs(data, "name", "mountPath")
    if data.get("subPath") and data.get("subPathExpr"):
        yield Refusal(("subPathExpr",), "must not be there beside subPath")
    for name in ("subPath", "subPathExpr"):
        yield from inside(data, name)
    if data.get("recursiveReadOnly") in ("Enabled", "IfPossible"):
        if not data.get("readOnly"):
            yield Refusal(("recursiveReadOnly",), "must not be there unless readOnly is true")
        if data.get("mountPropagation") not in (None, "None"):
            yield Refusal(("recursiveReadOnly",), "must not be there beside mountPropagation")


def device(data: Data) -> Refusals:
    yield from needs(data, "name", "devicePath")
    if ".." in data["devicePath"].split("/"):
        yield Refusal(("devicePath",), "must not lead upwards ('..')")


def security(data: Data) -> Refusals:
    for name in ("runAsUser", "runAsGroup"):
        yield from in_range(data, name, 0, (1 << 31) - 1)
    if data.get("allowPrivilegeEscalation") is False:
        if data.get("privileged"):
            yield Refusal(("allowPrivilegeEscalation",), "cannot be false where privileged is true")
        if "CAP_SYS_ADMIN" in ((data.get("capabilities") or {}).get("add") or ()):
            yield Refusal(("allowPrivilegeEscalation",), "cannot be false where CAP_SYS_ADMIN is added")


def local_profile(data: Data) -> Refusals:
    """Checks a seccomp or AppArmor profile."""
    if data["type"] == "":
        yield Refusal(("type",), "is required")
    if data["type"] == "Localhost" and data.get("localhostProfile") is None:
        yield Refusal(("localhostProfile",), "is required with the type Localhost")
    if data["type"] != "Localhost" and data.get("localhostProfile") is not None:
        yield Refusal(("localhostProfile",), "must not be there unless the type is Localhost")


def app_armor(data: Data) -> Refusals:
    yield from local_profile(data)
    profile = data.get("localhostProfile")
    if profile is not None and (not profile.strip() or profile != profile.strip()):
        yield Refusal(("localhostProfile",), "must not be empty, nor begin or end with white space")


def seccomp(data: Data) -> Refusals:
    yield from local_profile(data)
    yield from inside(data, "localhostProfile")


def containers_of(data: Data) -> Iterator[PlacedContainer]:
    """Yields the init containers of a pod, and its containers."""
    for field in ("initContainers", "containers"):
        for index, one in enumerate(data.get(field) or ()):
            yield PlacedContainer((field, index), one)
