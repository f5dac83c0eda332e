"""An object as Kustomize gives it, and where each part of it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.yamlio.location import Place


@dataclass(frozen=True, slots=True)
class Resource:
    """One Kubernetes object. `data` must not be changed: it is shared between clusters.

    `origin` is where it was written, `patches` the patches that changed it, in order.
    """

    data: Mapping[str, Any]
    origin: Place
    patches: tuple[Place, ...] = ()

    @property
    def kind(self) -> str:
        return str(self.data.get("kind", ""))

    @property
    def api_version(self) -> str:
        return str(self.data.get("apiVersion", ""))

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def name(self) -> str:
        return str((self.data.get("metadata") or {}).get("name", ""))

    @property
    def namespace(self) -> str:
        """The namespace as written, empty where none is."""
        return str((self.data.get("metadata") or {}).get("namespace") or "")

    @property
    def title(self) -> str:
        """`Kind/name` or `Kind/namespace/name`, for messages."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)
