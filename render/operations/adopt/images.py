"""Values that keep the images which run, where those of the release would be others.

A profile's variant (`distroless`) has no effect where an operator was given whole images, and would take effect here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from render.kustomize.resource import Resource
from render.manifests.builtin.component import component_values
from render.operations.adopt.adoption import CHANGES_MEANING, Adoption
from render.operations.adopt.dump import Dump, DumpObject, maps_at
from render.plan.helm_values import with_profile
from render.plan.revision_names import istiod_service
from render.specs.check import check
from render.specs.releases import resolve
from render.yamlio.location import Place, merge_maps, value_at

_IMAGE = re.compile(r"(?P<hub>.+)/(?P<name>[^/:@]+):(?P<tag>[^:@/]+)", re.ASCII)


def keep_images(dump: Dump, adoption: Adoption) -> None:
    """Gives each spec the image that its workload has in what was handed over; what was not is said."""
    for spec in _right_specs(adoption):
        kind, name, container, usual = _workload(spec)
        found = next((one for one in dump.of(kind, "apps") if one.name == name), None)
        image = _image(found, container) if found else None
        if image is None:
            message = f"its image is not known, and so not kept: {kind} {name} was not handed over"
            adoption.note(CHANGES_MEANING, message, object=f"{spec['kind']}/{spec['metadata']['name']}")
            continue
        if image == _usual_image(spec, usual):
            continue
        spec["spec"]["values"] = merge_maps(spec["spec"].get("values") or {}, _values(spec["kind"], image, usual))


def tell_variants(dump: Dump, adoption: Adoption) -> None:
    """Tells of specs of Sail's whose profile has another variant of the images, where what runs was not handed over:
    whole images that the operator was given win over it."""
    for spec in _right_specs(adoption):
        kind, name, _, usual = _workload(spec)
        own = value_at(spec, "spec", "values", "global", "variant")
        if (
            own is None
            and _has_variant(_usual_image(spec, usual))
            and not any(one.name == name for one in dump.of(kind))
        ):
            message = (
                f"gets the image {_usual_image(spec, usual)}, by its profile: under an operator that was given whole "
                f"images it has another one. Hand over the {kind} {name} with --keep-images, or say global.variant"
            )
            adoption.note(CHANGES_MEANING, message, object=f"{spec['kind']}/{spec['metadata']['name']}")


def _right_specs(adoption: Adoption) -> list[dict[str, Any]]:
    """Returns the specs with images in which there is no mistake: of others nobody can say which images they have."""
    kinds = adoption.of_kind("Istio", "IstioRevision", "IstioCNI", "ZTunnel")
    return [one for one in kinds if check(Resource(one, Place(""))).spec is not None]


def _has_variant(image: str) -> bool:
    return "-" in image.rpartition(":")[2]


def _workload(spec: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Returns kind and name of the workload that a spec makes, its container, and what its image is usually called."""
    name = str(spec["metadata"]["name"])
    if spec["kind"] == "IstioCNI":
        return "DaemonSet", "istio-cni-node", "install-cni", "install-cni"
    if spec["kind"] == "ZTunnel":
        return "DaemonSet", "ztunnel", "istio-proxy", "ztunnel"
    if spec["kind"] == "Istio" and value_at(spec, "spec", "updateStrategy", "type") == "RevisionBased":
        name = f"{name}-{spec['spec']['version'].replace('.', '-')}"
    return "Deployment", istiod_service(name), "discovery", "pilot"


def _image(workload: DumpObject, container: str) -> str | None:
    containers = maps_at(workload.data, "spec", "template", "spec", "containers")
    found = next((one for one in containers if one.get("name") == container), None)
    return str(found["image"]) if found and found.get("image") else None


def _usual_image(spec: Mapping[str, Any], usual: str) -> str:
    """Returns the image that a spec has by its values and those of the release."""
    chart = {"IstioCNI": "cni", "ZTunnel": "ztunnel"}.get(spec["kind"], "istiod")
    layered = with_profile(spec["spec"].get("values") or {}, spec["spec"].get("profile"), None)
    if spec["kind"] == "ZTunnel":
        layered = merge_maps({"profile": "ambient"}, layered)
    values = component_values(chart, resolve(spec["spec"]["version"]).removeprefix("v"), layered)
    hub, tag, variant = (value_at(values, "global", name) for name in ("hub", "tag", "variant"))
    return f"{hub}/{usual}:{tag}" + (f"-{variant}" if variant else "")


def _values(kind: str, image: str, usual: str) -> dict[str, Any]:
    """Returns registry and tag, which proxies take as well; the whole image where it is called otherwise."""
    match = _IMAGE.fullmatch(image)
    if match and match["name"] == usual:
        return {"global": {"hub": match["hub"], "tag": match["tag"], "variant": ""}}
    place = {"IstioCNI": "cni", "ZTunnel": "ztunnel"}.get(kind, "pilot")
    return {place: {"image": image}}
