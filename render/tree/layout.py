"""Where things are in the tree: file names, folder names, and the order in which folders are applied.

A name is made of fields: `<kind>[.<group>]-<name>[_<namespace>].yaml`. Within a field whatever could be taken for
a separator, could lead elsewhere, or differs between file systems is written as `%` and two hex digits, so a
name reads back to one object only, and two names never differ in upper and lower case alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from render.areas import AREAS, ARGOCD, CRDS, DELIVERY, EXTRA, NAMESPACES, REVISIONS, SHARED, area_of
from render.errors import InputError, wrong
from render.finding import Finding
from render.manifests.bundle import Bundle, Manifest

KUSTOMIZATION = "kustomization.yaml"
SHARED_CRDS = f"{SHARED}/{CRDS}"  # below the output: definitions that clusters share, a folder for each release
FLEET_ARGOCD = f"{DELIVERY}/{ARGOCD}"  # below the output: what Argo CD is given once for the fleet
# Below the output: what Flux is given once for the fleet. Not `flux`, or it would look like a cluster's to itself.
FLEET_ARTIFACTS = f"{DELIVERY}/artifacts"
FLEET_FOLDERS = (FLEET_ARGOCD, FLEET_ARTIFACTS)
INVENTORY = "inventory.jsonl"
MANAGED_REVISIONS = "managed-revisions.txt"  # in a cluster's folder: revisions that somebody else runs, one a line

_ORDER = {name: number for number, name in enumerate(AREAS)}
_LONGEST = 255  # bytes of a file name: ext4, XFS, APFS and NTFS all end there
_FIELD = re.compile(r"[a-z0-9][a-z0-9.-]*")
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789.-")


def cluster_folder(cluster: str) -> str:
    """Returns the cluster's folder below the output. Its name is the cluster's own, so one that cannot be a name is
    refused.

    `shared/crds/<release>`, `delivery/argocd` and `delivery/artifacts` count as clusters: folders that are written
    whole and list their own files.
    """
    if cluster in FLEET_FOLDERS:
        return cluster
    name = cluster.removeprefix(f"{SHARED_CRDS}/")
    if not _CLUSTER.fullmatch(name) or len(name) > _LONGEST:
        raise wrong(
            "MR090",
            f"{cluster!r} cannot be the name of a cluster's folder: "
            f"use letters, digits, '-', '.' and '_', begin with a letter or digit, {_LONGEST} characters at most",
        )
    return cluster


def folder_path(folder: str) -> str:
    """Returns a bundle's folder below the cluster's, each part made safe: `tags/Prod:1` is `tags/%50rod%3a1`."""
    parts = folder.split("/")
    if not all(parts):
        raise wrong("MR090", f"{folder!r} cannot be a folder: a part of it has no name")
    return "/".join(_fitting(_field(part)) for part in parts)


def revision_folder(revision: str) -> str:
    """Returns a revision's folder below the cluster's."""
    return folder_path(f"{REVISIONS}/{revision}")


def in_order(folders: Iterable[str]) -> list[str]:
    """Folders in the order of application, those of one area by name; of no area before what is passed through."""

    def place(folder: str) -> tuple[int, bool, str]:
        area = area_of(folder)
        return _ORDER.get(area, _ORDER[EXTRA]), area == EXTRA, folder

    return sorted(folders, key=place)


def file_names(bundle: Bundle) -> list[str]:
    """Returns the file name of each manifest, in their order; no two are equal, whatever the case.

    Kind and name are enough nearly always. The namespace is added where it is not the folder's own; where
    two objects would still meet, the API group, and at last kind and namespace exactly as they are written.
    A namespace in `namespaces` is `<namespace>.yaml`. Two manifests of one identity are an `InputError`.
    """
    exactness = [0] * len(bundle.manifests)
    names = [_name(bundle, manifest, 0) for manifest in bundle.manifests]
    while groups := _meeting(names):
        for group in groups:
            least = min(exactness[at] for at in group)
            if least == _EXACT:
                raise InputError(_twice(bundle))
            for at in group:
                if exactness[at] == least:
                    exactness[at] += 1
                    names[at] = _name(bundle, bundle.manifests[at], exactness[at])
    return names


_EXACT = 2


def _name(bundle: Bundle, manifest: Manifest, exactness: int) -> str:
    if not exactness and bundle.folder == NAMESPACES and manifest.kind == "Namespace" and not manifest.group:
        return _fitting(_field(manifest.name), ".yaml")
    kind = _within(manifest.kind if exactness == _EXACT else manifest.kind.lower(), ".-")
    group = f".{_within(manifest.group, '-')}" if manifest.group and exactness else ""
    elsewhere = manifest.namespace and (exactness == _EXACT or manifest.namespace != bundle.namespace)
    namespace = f"_{_field(manifest.namespace)}" if elsewhere else ""
    return _fitting(f"{kind}{group}-{_field(manifest.name)}{namespace}", ".yaml")


def _meeting(names: Sequence[str]) -> list[list[int]]:
    """Groups of indexes whose names are the same, or that of the folder's own `kustomization.yaml`."""
    if len({KUSTOMIZATION, *names}) == len(names) + 1:
        return []
    holders: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        holders.setdefault(name, []).append(at)
    return [those for name, those in holders.items() if len(those) > 1 or name == KUSTOMIZATION]


def _twice(bundle: Bundle) -> list[Finding]:
    """Returns a finding for each object that is there more than once."""
    times = Counter((m.kind, m.namespace, m.name, m.group) for m in bundle.manifests)
    return [
        Finding(
            "MR098",
            f"{bundle.folder} would hold this object {count} times ({bundle.why}): keep one of them",
            object="/".join(part for part in identity[:3] if part),
        )
        for identity, count in times.items()
        if count > 1
    ]


@lru_cache(maxsize=8192)
def _field(text: str) -> str:
    """`text` with all but lower-case letters, digits, `-` and `.` escaped; a dot at the start too, since such files
    are hidden and `..` leads elsewhere."""
    if _FIELD.fullmatch(text):
        return text
    escaped = "".join(chr(byte) if byte in _SAFE else f"%{byte:02x}" for byte in text.encode(errors="surrogatepass"))
    return f"%2e{escaped[1:]}" if escaped.startswith(".") else escaped


def _within(text: str, separators: str) -> str:
    """Returns a field in which also `separators` are escaped, because what follows begins with one of them."""
    field = _field(text)
    for separator in separators:
        field = field.replace(separator, f"%{ord(separator):02x}")
    return field


def _fitting(stem: str, ending: str = "") -> str:
    """Returns the name, or where it is too long for a file system its beginning and a digest of all of it."""
    if len(stem) + len(ending) <= _LONGEST:
        return stem + ending
    digest = hashlib.sha256(stem.encode()).hexdigest()[:40]
    return f"{stem[: _LONGEST - len(ending) - len(digest) - 1]}~{digest}{ending}"
