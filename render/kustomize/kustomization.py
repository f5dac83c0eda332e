"""A kustomization as data: what its file says, once every field of it is read."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from render.kustomize.report import Spot
from render.kustomize.targets import Target


@dataclass(frozen=True, slots=True)
class PatchEntry:
    """One entry of `patches`: either `path` or `text`. `at` is the entry itself."""

    path: str
    text: str
    target: Target | None
    at: Spot


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels for every object, and for its selectors and pod templates where so asked."""

    pairs: tuple[tuple[str, str], ...]
    selectors: bool = False
    templates: bool = False


@dataclass(frozen=True, slots=True)
class CommonFields:
    """What a kustomization puts into every object; empty where it says nothing."""

    namespace: str
    labels: tuple[LabelSet, ...]
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A kustomization file, checked. `at` is its document."""

    at: Spot
    text: bytes
    component: bool = False
    resources: tuple[tuple[Spot, str], ...] = ()
    components: tuple[tuple[Spot, str], ...] = ()
    patches: tuple[PatchEntry, ...] = ()
    fields: CommonFields | None = None

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.at.place.file) or "."
