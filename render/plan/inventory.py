"""What the previous tree held, as data: the plan's second input. The room `tree` reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from render.areas import TAGS, area_of

# What the files of injectors begin with, in the tree.
INJECTOR_FILE = "mutatingwebhookconfiguration-"


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """A rendered revision: the IstioRevision spec that it was made from, and by whom.

    `requested` is the version as the Istio said it (an alias stays an alias); `version` is resolved, with `v`.
    `istio` is the Istio that owns it, None for a revision with a spec of its own.
    `values` are the spec's values, before chart and profile defaults. `files` maps each file name
    in the revision's folder to the SHA-256 of its bytes. `chart` is the digest of the chart that made it, None for the
    builtin source. `operator` is true where `istio` is an IstioOperator.
    """

    name: str
    version: str
    requested: str
    namespace: str
    istio: str | None
    profile: str | None
    platform: str | None
    values: Mapping[str, Any]
    source: str
    program: str
    files: Mapping[str, str] = field(default_factory=dict)
    chart: str | None = None
    operator: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """One cluster's previous tree: its revisions, and every other file (relative to the cluster's folder) with
    its SHA-256; `reasons` says of each such file what asked for it."""

    revisions: Mapping[str, RevisionRecord] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def tags(self) -> frozenset[str]:
        """The tags that the tree serves: the folders below `tags/`."""
        inside = (path.split("/") for path in self.files if area_of(path) == TAGS)
        return frozenset(steps[1] for steps in inside if len(steps) > 2)

    def tag_injector(self, tag: str) -> str | None:
        """Returns the name of the webhook configuration that a tag has in the tree, None where it has none."""
        inside = f"{TAGS}/{tag}/{INJECTOR_FILE}"
        found = [path.removeprefix(inside).removesuffix(".yaml") for path in self.files if path.startswith(inside)]
        return unquote(found[0]) if len(found) == 1 and "~" not in found[0] else None  # a name that is cut has a digest


EMPTY = Inventory()
