"""Volumes: one source each, and what their sources ask."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from render.kubernetes import quantity, syntax
from render.kubernetes.openapi import fields
from render.kubernetes.refusal import Data, Path, Refusal, Refusals, below, in_range, matches, needs, one_of

_EXPIRY = 600, 1 << 32  # seconds of a ServiceAccount's token
_MODES = 0o777
# A server that has not switched these sources on drops them.
_GATED = ("clusterTrustBundle", "image", "podCertificate")


def volume(data: Data) -> Refusals:
    yield from needs(data, "name")
    yield from matches(data, "name", syntax.label_name)
    yield from _one_source(data, sorted(fields("core.v1.Volume").keys() - {"name", *_GATED}))


def projected_volume(data: Data) -> Refusals:
    """Checks that no two files of its sources have one path."""
    yield from with_mode(data)
    seen: set[str] = set()
    for index, source in enumerate(data.get("sources") or ()):
        for path, file in _projected_files(source):
            if file in seen:
                yield Refusal(("sources", index, *path), f"is {file} a second time")
            seen.add(file)


def _projected_files(source: Data) -> Iterator[tuple[Path, str]]:
    for kind in ("configMap", "downwardAPI", "secret"):
        for index, item in enumerate((source.get(kind) or {}).get("items") or ()):
            yield (kind, "items", index, "path"), posixpath.normpath(item["path"])


def projection(data: Data) -> Refusals:
    yield from _one_source(data, sorted(fields("core.v1.VolumeProjection").keys() - {*_GATED}))


def _one_source(data: Data, sources: list[str]) -> Refusals:
    """Refuses more than one; of none the server makes an emptyDir, or nothing."""
    given = one_of(data, sources)
    if len(given) > 1:
        yield Refusal((given[1],), f"must not be there beside {given[0]}: a volume has one source")


def with_mode(data: Data) -> Refusals:
    yield from in_range(data, "defaultMode", 0, _MODES)


def config_map(data: Data) -> Refusals:
    yield from with_mode(data)
    yield from needs(data, "name")


def secret(data: Data) -> Refusals:
    yield from with_mode(data)
    yield from needs(data, "secretName")


def key_to_path(data: Data) -> Refusals:
    yield from in_range(data, "mode", 0, _MODES)
    yield from needs(data, "key", "path")
    yield from file_inside(data, "path")


def downward_file(data: Data) -> Refusals:
    yield from in_range(data, "mode", 0, _MODES)
    yield from needs(data, "path")
    yield from file_inside(data, "path")
    if len(one_of(data, ("fieldRef", "resourceFieldRef"))) != 1:
        yield Refusal(("fieldRef",), "or resourceFieldRef must be there, and not both")


def empty_dir(data: Data) -> Refusals:
    if data.get("sizeLimit") is not None and quantity.is_negative(data["sizeLimit"]):
        yield Refusal(("sizeLimit",), "must not be negative")


def host_path(data: Data) -> Refusals:
    yield from needs(data, "path")
    if ".." in str(data.get("path") or "").split("/"):
        yield Refusal(("path",), "must not lead upwards ('..')")


def token(data: Data) -> Refusals:
    yield from needs(data, "path")
    yield from in_range(data, "expirationSeconds", *_EXPIRY)
    yield from file_inside(data, "path")


def projection_name(data: Data) -> Refusals:
    yield from needs(data, "name")


def csi(data: Data) -> Refusals:
    yield from needs(data, "driver")
    yield from matches(data, "driver", syntax.driver_name)
    if data.get("nodePublishSecretRef") is not None:
        secret = data["nodePublishSecretRef"]
        yield from below(("nodePublishSecretRef",), needs(secret, "name"))
        yield from below(("nodePublishSecretRef",), matches(secret, "name", syntax.subdomain))


def nfs(data: Data) -> Refusals:
    yield from needs(data, "server", "path")
    if data["path"] and not posixpath.isabs(data["path"]):
        yield Refusal(("path",), "must be an absolute path")


def claim(data: Data) -> Refusals:
    yield from needs(data, "claimName")


def inside(data: Data, name: str) -> Refusals:
    """Checks a path below a volume: relative, and not leading out of it."""
    path = data.get(name) or ""
    if posixpath.isabs(path):
        yield Refusal((name,), "must be a relative path")
    if ".." in path.split("/"):
        yield Refusal((name,), "must not lead upwards ('..')")


def file_inside(data: Data, name: str) -> Refusals:
    """Checks a file that is made in a volume: no name of such may begin with '..', as those of the kubelet do."""
    yield from inside(data, name)
    path = data.get(name) or ""
    if path.startswith("..") and ".." not in path.split("/"):
        yield Refusal((name,), "must not begin with '..'")
