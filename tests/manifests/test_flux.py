"""What Flux is given: a Kustomization for each stage of a cluster, and the folder that lists what it applies."""

from __future__ import annotations

import json
from typing import Any

from render.areas import REVISIONS
from render.manifests.bundle import Bundle
from render.manifests.cluster import bundles
from render.manifests.flux import AppliedFolder, AppliedObject, FluxFiles, flux_files
from render.plan.cluster import ClusterPlan
from render.specs.kinds import ClusterHandover, Fleet
from tests.manifests.test_cluster import CNI, ZTUNNEL
from tests.support.builders import document, istio, namespace, tag
from tests.support.cluster_plan import fleet, inventory_of, plan
from tests.support.crd_schemas import KUSTOMIZATION, needs_crds, refused

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "istio-system"}
GATEWAY = document("gateway.networking.k8s.io/v1", "Gateway", "edge", namespace="edge", spec="{}")


def flux(**delivery: Any) -> Fleet:
    return fleet(delivery={"type": "flux", **delivery})


def pinned(name: str) -> str:
    return tag(name, OLD, "IstioRevision")


def both_revisions(*more: str, of: Fleet | None = None, **cluster: Any) -> ClusterPlan:
    """Istio at 1.24.3 beside a frozen 1.24.2, which the tag prod pins."""
    before = inventory_of(plan(istio("v1.24.2")))
    return plan("".join((istio("v1.24.3"), pinned("prod"), *more)), before, of or flux(), **cluster)


def made(planned: ClusterPlan, of: Fleet | None = None, crds: bool = False) -> FluxFiles:
    """What a plan gives, with the folders of its frozen revisions as they were when they were rendered."""
    rendered = [*bundles(planned), *bundles(plan(istio("v1.24.2"), of=flux()))]
    folders = {one.folder: applied(one) for one in rendered if one.manifests}
    kept = {f"{REVISIONS}/{one.name}" for one in planned.revisions}
    folders = {name: one for name, one in folders.items() if not name.startswith(REVISIONS) or name in kept}
    return flux_files(
        of or flux(), planned, {"crds": AppliedFolder("shared/crds/1.24.3", ()), **folders} if crds else folders
    )


def applied(bundle: Bundle) -> AppliedFolder:
    objects = (AppliedObject(one.group, one.kind, one.namespace, one.name) for one in bundle.manifests)
    return AppliedFolder(f"c/{bundle.folder}", tuple(objects))


def stages(found: FluxFiles) -> dict[str, dict[str, Any]]:
    return {one.name: json.loads(one.json) for one in found.bundle.manifests}


def specs(found: FluxFiles) -> dict[str, dict[str, Any]]:
    return {name: data["spec"] for name, data in stages(found).items()}


def everything(**delivery: Any) -> FluxFiles:
    more = (CNI, ZTUNNEL, tag("canary"), namespace("shop", "istio.io/rev: canary"), GATEWAY)
    of = flux(**delivery)
    return made(both_revisions(*more, of=of), of, crds=True)


@needs_crds
def test_flux_accepts_each_of_them() -> None:
    for delivery in ({"interval": "1h", "source": "mesh", "namespace": "gitops"}, {"stages": "one"}):
        found = stages(everything(**delivery))
        assert {name: refused(KUSTOMIZATION, data) for name, data in found.items()} == {name: [] for name in found}
    assert {one["metadata"]["namespace"] for one in stages(everything(namespace="gitops")).values()} == {"gitops"}


def test_what_carries_the_mesh_what_decides_who_injects_and_the_rest_are_a_stage_each() -> None:
    found = everything()
    assert {
        path.partition("-")[0] if "control" not in path else path: data["resources"]
        for path, data in found.lists.items()
    } == {
        "flux/control-plane": [
            *("../../revisions/default-v1-24-3", "../../cni", "../../ztunnel", "../../revisions/default-v1-24-2"),
            *("crds", "tags"),
        ],
        "flux/control-plane/crds": ["../../../../shared/crds/1.24.3"],
        "flux/control-plane/tags": ["../../../tags/canary", "../../../tags/prod"],
        "flux/namespaces": ["../../tags/canary", "../../tags/prod", "../../mesh", "../../namespaces"],
        "flux/extra": ["../../extra"],
    }
    paths = {spec["path"] for spec in specs(found).values()}
    assert paths == {f"./rendered/c/{path}" for path in found.lists if path.count("/") == 1}


def test_the_folder_of_a_stage_is_another_when_it_waits_for_something_else() -> None:
    """Since a Kustomization may see a commit before it has the spec of that commit."""

    def path(*more: str) -> str:
        return str(specs(made(both_revisions(*more)))["mesh-namespaces"]["path"])

    cart, shop = namespace("cart", "istio.io/rev: prod"), namespace("shop", "istio.io/rev: prod")
    assert path(cart) == path(cart, shop)
    assert len({path(), path(cart), path(cart, tag("canary"))}) == 3


def test_a_stage_waits_for_what_is_applied_and_for_nobody_to_be_ready() -> None:
    """Whether it is in the other's inventory, not what that one's conditions or revision are."""
    found = {name: spec.get("dependsOn", []) for name, spec in specs(everything()).items()}
    webhooks = [f"istio-sidecar-injector-{OLD}", "istio-revision-tag-canary", f"istio-sidecar-injector-{NEW}"]
    assert found["mesh-control-plane"] == []
    (waits,) = found["mesh-namespaces"]
    assert waits["name"] == "mesh-control-plane"
    assert sorted(named(waits["readyExpr"])) == sorted(webhooks)
    assert waits["readyExpr"].startswith("has(dep.status.inventory) && [")
    assert waits["readyExpr"].endswith("].all(id, dep.status.inventory.entries.exists(e, e.id == id))")
    assert {one["name"]: named(one["readyExpr"]) for one in found["mesh-extra"]} == {
        "mesh-control-plane": [],
        "mesh-namespaces": ["istio-revision-tag-canary", "istio-revision-tag-prod"],
    }


def named(expression: str) -> list[str]:
    """The webhooks that an expression looks for."""
    ids = [one for one in expression.split("'") if one.startswith("_")]
    assert all(one.endswith("_admissionregistration.k8s.io_MutatingWebhookConfiguration") for one in ids)
    return [one.split("_")[1] for one in ids]


def test_a_revision_that_nothing_points_at_is_waited_for_by_nobody() -> None:
    (waits,) = specs(made(both_revisions()))["mesh-namespaces"]["dependsOn"]
    assert named(waits["readyExpr"]) == [f"istio-sidecar-injector-{OLD}"]


def test_nobody_waits_for_a_stage_that_is_not_there() -> None:
    planned = plan(namespace("shop", "istio-injection: disabled"), of=flux())
    assert {name: spec.get("dependsOn") for name, spec in specs(made(planned)).items()} == {"mesh-namespaces": None}


def test_the_first_stage_brings_a_tag_only_where_there_is_none() -> None:
    lists = everything().lists
    assert lists["flux/control-plane/tags"]["commonAnnotations"] == {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
    annotated = {path for path, data in lists.items() if "commonAnnotations" in data}
    assert annotated == {"flux/control-plane/tags", "flux/control-plane/crds"}


def test_definitions_are_never_pruned_whoever_they_are_shared_with() -> None:
    never = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    assert everything().lists["flux/control-plane/crds"]["commonAnnotations"] == never
    assert everything(stages="one").lists["flux/all/crds"]["commonAnnotations"] == never


def test_health_is_that_of_what_is_used_or_new_and_of_nine_nodes_in_ten() -> None:
    spec = specs(everything())["mesh-control-plane"]
    assert [(one["kind"], one["name"]) for one in spec["healthChecks"]] == [
        *(("Deployment", f"istiod-{NEW}"), ("DaemonSet", "istio-cni-node"), ("DaemonSet", "ztunnel")),
        ("Deployment", f"istiod-{OLD}"),
    ]
    (share,) = spec["healthCheckExprs"]
    assert (share["kind"], "numberReady * 10 >= status.desiredNumberScheduled * 9" in share["current"]) == (
        "DaemonSet",
        True,
    )


def test_a_revision_that_was_left_is_no_part_of_the_health() -> None:
    left = plan(istio("v1.24.3"), inventory_of(plan(istio("v1.24.2"))), flux())
    checks = specs(made(left))["mesh-control-plane"]["healthChecks"]
    assert checks == [{**DEPLOYMENT, "name": f"istiod-{NEW}"}]


def test_a_gateway_is_healthy_once_it_is_programmed() -> None:
    spec = specs(everything())["mesh-extra"]
    assert spec["wait"] is True
    (programmed,) = spec["healthCheckExprs"]
    assert (programmed["kind"], "Programmed" in programmed["current"]) == ("Gateway", True)


def test_no_stage_takes_its_objects_away_with_itself_replaces_or_substitutes_anything() -> None:
    for data in stages(everything()).values():
        assert (data["spec"]["prune"], data["spec"]["deletionPolicy"]) == (True, "Orphan")
        assert "force" not in data["spec"]
        assert "postBuild" not in data["spec"]


def test_one_stage_applies_all_folders_and_waits_for_nothing() -> None:
    found = everything(stages="one")
    assert list(specs(found)) == ["mesh-all"]
    assert "dependsOn" not in specs(found)["mesh-all"]
    assert len(found.lists["flux/all"]["resources"]) == 10


def test_a_cluster_may_have_its_stages_source_and_interval_otherwise() -> None:
    of = flux(interval="1h", source="mesh", path="teams/mesh")
    own = ClusterHandover(interval="2m", source="own", stages="one")
    (spec,) = specs(made(both_revisions(of=of, handover=own), of)).values()
    assert (spec["interval"], spec["sourceRef"]["name"]) == ("2m", "own")
    assert spec["path"] == "./teams/mesh/rendered/c/flux/all"


def test_a_clusters_own_source_goes_before_the_fleets_source_ref() -> None:
    of = flux(sourceRef={"kind": "OCIRepository", "name": "mesh"}, timeout="1m")
    for spec in specs(made(both_revisions(of=of, handover=ClusterHandover(source="own")), of)).values():
        assert (spec["sourceRef"], spec["timeout"]) == ({"kind": "GitRepository", "name": "own"}, "1m")


@needs_crds
def test_fields_of_kustomizations_are_as_the_fleet_and_the_cluster_say_them() -> None:
    shared = {"timeout": "5m", "serviceAccountName": "mesh", "sourceRef": {"kind": "OCIRepository", "name": "mesh"}}
    own = {"suspend": True, "deletionPolicy": "MirrorPrune", "kubeConfig": {"secretRef": {"name": "eu"}}}
    of = flux(retryInterval="30s", decryption={"provider": "sops"}, **shared)
    handover = ClusterHandover(kustomization={**own, "timeout": "1m"})
    found = stages(made(both_revisions(of=of, handover=handover), of))
    assert [refused(KUSTOMIZATION, data) for data in found.values()] == [[], []]
    wanted = {**shared, **own, "timeout": "1m", "retryInterval": "30s", "decryption": {"provider": "sops"}}
    for data in found.values():
        assert {name: data["spec"][name] for name in wanted} == wanted


def test_each_is_labelled_by_its_cluster_and_stage() -> None:
    labels = [one["metadata"]["labels"] for one in stages(everything()).values()]
    assert [one["meshrev.io/stage"] for one in labels] == ["control-plane", "namespaces", "extra"]
    assert {one["meshrev.io/cluster"] for one in labels} == {"c"}


def test_what_istiod_writes_into_validating_webhooks_is_left_alone_where_there_are_any() -> None:
    rules = {name: spec.get("ignore") for name, spec in specs(everything()).items()}
    assert {name for name, rule in rules.items() if rule} == {"mesh-control-plane", "mesh-namespaces"}
    assert rules["mesh-namespaces"] == [
        {
            "target": {"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration"},
            "paths": ["/webhooks/0/failurePolicy"],
        }
    ]
