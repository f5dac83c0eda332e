"""Rules on revisions that somebody else runs."""

from __future__ import annotations

from collections.abc import Iterator

from render.lint.rule import Rule, Violation
from render.lint.view import View

GOOGLES = "asm-managed"


def deprecated_control_plane(view: View) -> Iterator[Violation]:
    """One of Google's channels: which implementation a cluster has behind it, files do not tell."""
    settings = view.settings
    for index, one in enumerate(settings.managed):
        if one.name == GOOGLES or one.name.startswith(f"{GOOGLES}-"):
            message = (
                f"{one.name} is a channel of Google's Cloud Service Mesh. Google has deprecated its implementation "
                "ISTIOD, and the control plane in clusters of GKE; TRAFFIC_DIRECTOR stays. Which one a cluster has is "
                "told by `gcloud container fleet mesh describe`"
            )
            yield Violation(message, settings.managed_resource, ("spec", "managedRevisions", index, "name"))


RULES = (Rule("MR335", "Google gives it up, and moves or ends what still runs on it.", deprecated_control_plane),)
