"""Claims of volumes, classes of storage, and the sources of volumes from outside of the cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping

from render.kubernetes import quantity, syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, Rule, in_range, matches, needs, one_of
from render.kubernetes.rules.volumes import inside

_ISCSI_NAME = re.compile(
    r"iqn\.\d{4}-\d{2}\.([a-z0-9][a-z0-9.-]*)(:([^,;*&$|\s]+))?|eui\.[0-9a-fA-F]{16}|naa\.[0-9a-fA-F]{32}", re.ASCII
)
_DISK = re.compile(r"/subscriptions/[^/]+/resourcegroups/.+", re.ASCII | re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"[^:,]+:\d+(,[^:,]+:\d+)*", re.ASCII)
# What must not be empty, besides being there.
_REQUIRED: Mapping[str, str] = {
    "AWSElasticBlockStoreVolumeSource": "volumeID",
    "AzureDiskVolumeSource": "diskName diskURI",
    "AzureFileVolumeSource": "secretName shareName",
    "CephFSVolumeSource": "monitors",
    "CinderVolumeSource": "volumeID",
    "FlexVolumeSource": "driver",
    "GCEPersistentDiskVolumeSource": "pdName",
    "GitRepoVolumeSource": "repository",
    "GlusterfsVolumeSource": "endpoints path",
    "ISCSIVolumeSource": "targetPortal iqn",
    "PhotonPersistentDiskVolumeSource": "pdID",
    "PortworxVolumeSource": "volumeID",
    "QuobyteVolumeSource": "registry volume",
    "RBDVolumeSource": "monitors image",
    "ScaleIOVolumeSource": "gateway system volumeName",
    "VsphereVirtualDiskVolumeSource": "volumePath",
}


def claim(data: Data) -> Refusals:
    yield from needs(data, "accessModes")
    modes = data.get("accessModes") or ()
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        yield Refusal(("accessModes",), "must have ReadWriteOncePod alone, or not at all")
    asked = ((data.get("resources") or {}).get("requests") or {}).get("storage")
    amount = quantity.quantity(asked)
    if asked is None:
        yield Refusal(("resources", "requests", "storage"), "is required")
    elif amount is not None and amount <= 0:
        yield Refusal(("resources", "requests", "storage"), f"is {asked}: must be more than 0")
    yield from matches(data, "storageClassName", syntax.subdomain)
    yield from matches(data, "volumeAttributesClassName", syntax.subdomain)


def ephemeral(data: Data) -> Refusals:
    if data.get("volumeClaimTemplate") is None:
        yield Refusal(("volumeClaimTemplate",), "is required")


def claim_template(data: Data) -> Refusals:
    """Checks the claim of a volume that lives as long as its pod: it has no metadata but labels and annotations."""
    for name, value in (data.get("metadata") or {}).items():
        if name not in ("labels", "annotations", "creationTimestamp") and value is not None:
            yield Refusal(("metadata", name), "must not be there")


def storage_class(data: Data) -> Refusals:
    yield from needs(data, "provisioner")
    yield from matches(data, "provisioner", lambda text: syntax.qualified_name(text.lower()))
    if "" in (data.get("parameters") or {}):
        yield Refusal(("parameters", ""), "must not be an empty name")


def _azure_disk(data: Data) -> Refusals:
    if data.get("kind") == "Managed" and not _DISK.match(data["diskURI"]):
        yield Refusal(("diskURI",), "must begin with /subscriptions/ID/resourcegroups/NAME/ for a managed disk")


def _fibre_channel(data: Data) -> Refusals:
    names, wide = data.get("targetWWNs"), data.get("wwids")
    if bool(names) == bool(wide):
        yield Refusal(("targetWWNs",), "or wwids are required, and not both")
    if names and data.get("lun") is None:
        yield Refusal(("lun",), "is required with targetWWNs")
    yield from in_range(data, "lun", 0, 255)


def _flocker(data: Data) -> Refusals:
    given = one_of(data, ("datasetName", "datasetUUID"))
    if not any(data[name] for name in given) or len([name for name in given if data[name]]) > 1:
        yield Refusal(("datasetName",), "or datasetUUID is required, and not both")
    if "/" in (data.get("datasetName") or ""):
        yield Refusal(("datasetName",), "must not contain '/'")


def _partition(data: Data) -> Refusals:
    if data.get("partition") != 0:
        yield from in_range(data, "partition", 1, 255)


def _git_repo(data: Data) -> Refusals:
    yield from inside(data, "directory")


def _iscsi(data: Data) -> Refusals:
    for name in ("iqn", "initiatorName"):
        if data.get(name) is not None and not _ISCSI_NAME.fullmatch(data[name]):
            yield Refusal((name,), "must be a name that begins with iqn, eui or naa")
    yield from in_range(data, "lun", 0, 255)
    if (data.get("chapAuthDiscovery") or data.get("chapAuthSession")) and data.get("secretRef") is None:
        yield Refusal(("secretRef",), "is required with chapAuthDiscovery and chapAuthSession")


def _quobyte(data: Data) -> Refusals:
    if not _HOST_AND_PORT.fullmatch(data["registry"]):
        yield Refusal(("registry",), "must be host:port, or several of these with commas between")


def _storage_os(data: Data) -> Refusals:
    yield from needs(data, "volumeName")
    yield from matches(data, "volumeName", syntax.label_name)
    yield from matches(data, "volumeNamespace", syntax.label_name)


_OTHERS: Mapping[str, Rule] = {
    "AWSElasticBlockStoreVolumeSource": _partition,
    "AzureDiskVolumeSource": _azure_disk,
    "FCVolumeSource": _fibre_channel,
    "FlockerVolumeSource": _flocker,
    "GCEPersistentDiskVolumeSource": _partition,
    "GitRepoVolumeSource": _git_repo,
    "ISCSIVolumeSource": _iscsi,
    "QuobyteVolumeSource": _quobyte,
    "StorageOSVolumeSource": _storage_os,
}


def _source(kind: str) -> Rule:
    names, other = _REQUIRED.get(kind, "").split(), _OTHERS.get(kind)

    def rule(data: Data) -> Refusals:
        missing = list(needs(data, *names))
        yield from missing
        if other and not missing:
            yield from other(data)

    return rule


SOURCES: Mapping[str, Rule] = {kind: _source(kind) for kind in {**_REQUIRED, **_OTHERS}}
