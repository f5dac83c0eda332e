"""The values that a control plane is rendered with, in Sail's order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from render.plan.helm_values import at, merged
from render.plan.inventory import RevisionRecord
from render.plan.revision_names import revision_label
from render.specs.kinds import Values

# What each profile of Sail's API means as chart values (Sail Operator, profiles of its releases). `external` is
# accepted by the API and ships with no release: the values of an external control plane are the user's.
PROFILES: Mapping[str, Values] = {
    "ambient": {"profile": "ambient"},
    "default": {},
    "demo": {"profile": "demo"},
    "empty": {},
    "external": {},
    "openshift": {"global": {"platform": "openshift"}},
    "openshift-ambient": {"profile": "ambient", "global": {"platform": "openshift"}},
    "preview": {"profile": "preview"},
    "remote": {"profile": "remote"},
    "stable": {"profile": "stable"},
}


def with_profile(values: Values, profile: str | None, platform: str | None) -> dict[str, Any]:
    """Profile below the values, platform where neither says one. Used by every component of Sail's API."""
    layered = merged(PROFILES[profile or "default"], values)
    if platform and not at(layered, "global", "platform"):
        layered = merged(layered, {"global": {"platform": platform}})
    return layered


def control_plane_values(record: RevisionRecord, platform: str | None) -> dict[str, Any]:
    """The chart values of a revision: profile, the spec's values, the platform, then what cannot be chosen.

    `platform` is the cluster's, or None where this release has no profile for it. The revision and the
    namespace are forced, `defaultRevision` is removed (Sail Operator, computation of values).
    """
    values = with_profile(record.values, record.profile, platform)
    values.pop("defaultRevision", None)
    return merged(values, {"revision": revision_label(record.name), "global": {"istioNamespace": record.namespace}})
