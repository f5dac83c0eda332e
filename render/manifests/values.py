"""The values of a control plane: as its chart is given them, in Sail's order, and as computed from all layers."""

from __future__ import annotations

from typing import Any

from render.manifests.builtin import component_values, platforms
from render.manifests.builtin.facts import facts_of
from render.plan.helm_values import merge_values, with_profile
from render.plan.inventory import RevisionRecord
from render.plan.revision_names import revision_label
from render.specs import releases
from render.specs.kinds import Values

ISTIOD = "istiod"


def control_plane_values(record: RevisionRecord, platform: str | None) -> dict[str, Any]:
    """Returns the chart values of a revision: profile, the spec's values, the platform, then what cannot be chosen.

    `platform` is the cluster's, or None where this release has no profile for it. The revision and the
    namespace are forced, `defaultRevision` is removed (Sail Operator, computation of values).
    """
    values = with_profile(record.values, record.profile, platform)
    values.pop("defaultRevision", None)
    return merge_values(
        values, {"revision": revision_label(record.name), "global": {"istioNamespace": record.namespace}}
    )


def rendered_values(record: RevisionRecord) -> dict[str, Any]:
    """Returns the values that a revision's charts are rendered with: as above, with the platform where the release
    knows it. `InputError` for a release that is not known."""
    known = record.platform if record.platform in platforms(record.version.removeprefix("v")) else None
    return control_plane_values(record, known)


def computed_values(record: RevisionRecord) -> Values:
    """Returns the values that istiod and its injector are given, for `plan.revision_facts`.

    That is below `rendered_values` all that the chart lays: defaults, profile, compatibility version and platform.
    istiod's own are under `pilot`, whether the release has them there or at the root. Of a release that this program
    does not know (a frozen revision of a newer one), it is what the spec says. `InputError` for values that the chart
    refuses.
    """
    if record.version not in releases.known_versions(aliases=False):
        return control_plane_values(record, record.platform)
    version = record.version.removeprefix("v")
    computed = component_values(ISTIOD, version, rendered_values(record))
    # Later injectors are not given this one (1.24 release notes).
    unread = {"istio_cni"} - set(facts_of(ISTIOD, version).facts["injector_values"])
    return {name: value for name, value in computed.items() if name not in unread}
