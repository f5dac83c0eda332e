"""CustomResourceDefinitions from a vendored file: the same for every cluster that names it, so rendered once.

They are shared by all revisions of a cluster, and removing one removes every object of its kind: they are
only ever added to or upgraded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from render.areas import CRDS
from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import delivery_annotations
from render.specs.kinds import Crds, Delivery

KIND = "CustomResourceDefinition"


def crds_release(crds: Crds) -> str | None:
    """Returns the Istio release that the file's path names (`crds/istio-1.24.3.yaml` is `1.24.3`), None where it names
    none."""
    found = re.findall(r"(?<![\d.])(\d+\.\d+\.\d+)(?![\d.]*\d)", crds.path)
    return found[-1] if found else None


def crds_bundle(resources: Sequence[Resource], delivery: Delivery) -> Bundle:
    """Returns the definitions of one release as one folder."""
    manifests = []
    for resource in resources:
        text = json.dumps(resource.data, separators=(",", ":"), ensure_ascii=False)
        added = tuple(delivery_annotations(delivery, CRDS, KIND, text).items())
        manifests.append(Manifest(resource.kind, resource.name, "", resource.group, text, added))
    return Bundle(CRDS, "", CRDS, tuple(manifests))
