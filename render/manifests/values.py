"""The values of a control plane: as its chart is given them, in Sail's order, and as computed from all layers."""

from __future__ import annotations

from typing import Any

from render.manifests.sources import source_of
from render.plan.helm_values import with_profile
from render.plan.inventory import RevisionRecord
from render.plan.revision_names import revision_label
from render.specs import releases
from render.specs.kinds import ClusterSpecs, Values
from render.yamlio.location import merge_maps

ISTIOD = "istiod"
DEFAULT = "default"
_WITHOUT_ISTIO_CNI = releases.Release(1, 24, 0)


def control_plane_values(record: RevisionRecord, platform: str | None) -> dict[str, Any]:
    """Returns the chart values of a revision: profile, the spec's values, the platform, then what cannot be chosen.

    `platform` is the cluster's, or None where this release has no profile for it. The revision and the
    namespace are forced, `defaultRevision` is removed (Sail Operator, computation of values). Those of an IstioOperator
    are whole: its revision is called after them, and they say themselves where proxies look for istiod.
    """
    values = with_profile(record.values, record.profile, platform)
    if record.operator:
        return merge_maps(values, {"revision": ""}) if values.get("revision") == record.name == DEFAULT else values
    values.pop("defaultRevision", None)
    return merge_maps(values, {"revision": revision_label(record.name), "global": {"istioNamespace": record.namespace}})


def rendered_values(record: RevisionRecord, specs: ClusterSpecs) -> dict[str, Any]:
    """Returns the values that a revision's charts are rendered with: as above, with the platform where the release
    knows it. `InputError` for a release that is not known."""
    has = source_of(specs, record.source).platforms(ISTIOD, record.version.removeprefix("v"))
    known = record.platform if record.platform in has else None
    return control_plane_values(record, known)


def computed_values(record: RevisionRecord, specs: ClusterSpecs) -> Values:
    """Returns the values that istiod and its injector are given, for `plan.revision_facts`.

    That is below `rendered_values` all that the chart lays: defaults, profile, compatibility version and platform.
    istiod's own are under `pilot`, whether the release has them there or at the root. Of a release that this program
    does not know, or whose chart is not there any more (a frozen revision), it is what the spec says. `InputError` for
    values that the chart refuses.
    """
    version = record.version.removeprefix("v")
    if record.source == "chart":
        if specs.charts is None or not specs.charts.locked_chart(ISTIOD, version):
            return control_plane_values(record, record.platform)
    elif record.version not in releases.known_versions(aliases=False):
        return control_plane_values(record, record.platform)
    computed = source_of(specs, record.source).computed_values(ISTIOD, version, rendered_values(record, specs))
    # Later injectors are not given this one (1.24 release notes).
    unread = {"istio_cni"} if releases.parse(version) >= _WITHOUT_ISTIO_CNI else frozenset[str]()
    return {name: value for name, value in computed.items() if name not in unread}
