"""A build that a function should have added to, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.operations.hosts.kustomize_verify import Verdict, verify
from tests.support.fleet_repo import FleetRepo
from tests.support.krm_functions import again, ask, config, dumped, objects, rendered_fleet, specs, tree


def of(repo: FleetRepo, items: list[dict[str, Any]]) -> Verdict:
    return verify(repo.root, "prod-eu", dumped(items))


def only(verdict: Verdict) -> str:
    (finding,) = verdict.findings
    assert not verdict.holds
    return finding.text()


def test_a_build_with_the_tree_and_more_holds_it(fleet: FleetRepo) -> None:
    more = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}}
    verdict = of(fleet, [*tree(fleet), more])
    assert verdict.holds
    assert (verdict.objects, verdict.folder) == (len(tree(fleet)), "rendered/prod-eu")


def test_what_the_transformer_prints_holds_it(fleet: FleetRepo) -> None:
    for delivery in ("argocd", "flux"):
        file = fleet.root / "meshrev.yaml"
        fleet_file = yaml.safe_load(file.read_text())
        fleet_file["spec"]["delivery"] = {"type": delivery}
        file.write_text(yaml.safe_dump(fleet_file))
        again(fleet)
        _, printed = ask(fleet, config("ClusterSpecs"), objects(specs()))
        assert of(fleet, printed["items"]).findings == ()


@pytest.mark.parametrize("rest", [[], [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}]])
def test_a_skipped_generator_is_one_finding_that_says_what_to_do(fleet: FleetRepo, rest: list[dict[str, Any]]) -> None:
    said = only(of(fleet, rest))
    assert "objects of rendered/prod-eu is in the build: the function was skipped" in said
    assert "--enable-exec" in said
    assert "KUSTOMIZE_PLUGIN_HOME" in said


def test_a_skipped_transformer_leaves_specs(fleet: FleetRepo) -> None:
    assert "Istio/default: is still in the build (and 1 more), so no function took it" in only(
        of(fleet, objects(specs()))
    )


def test_a_configuration_listed_among_the_resources_is_left_in_the_build(fleet: FleetRepo) -> None:
    said = only(of(fleet, [*tree(fleet), config()]))
    assert said.startswith("ClusterTree/mesh: is still in the build")


def test_an_object_that_is_missing_is_named_with_its_file(fleet: FleetRepo) -> None:
    items = [item for item in tree(fleet) if item["kind"] != "Deployment"]
    said = only(of(fleet, items))
    assert said.startswith(
        "Deployment/istio-system/istiod-default-v1-24-2: is not in the build, and rendered/prod-eu/revisions/"
    )


def _replicas(item: dict[str, Any]) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["image"] = "mine"


def _more(item: dict[str, Any]) -> None:
    item["spec"]["paused"] = True


def _fewer(item: dict[str, Any]) -> None:
    del item["spec"]["selector"]


def _longer(item: dict[str, Any]) -> None:
    item["spec"]["template"]["spec"]["volumes"].append({"name": "more"})


def _label(item: dict[str, Any]) -> None:
    item["metadata"]["labels"]["app"] = "mine"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (_replicas, "spec.template.spec.containers[0].image"),
        (_more, "spec.paused"),
        (_fewer, "spec.selector"),
        (_longer, "spec.template.spec.volumes"),
        (_label, "metadata.labels.app"),
    ],
)
def test_a_patched_object_is_named_with_the_field(
    fleet: FleetRepo, change: Callable[[dict[str, Any]], None], field: str
) -> None:
    items = tree(fleet)
    change(next(item for item in items if item["kind"] == "Deployment"))
    said = only(of(fleet, items))
    assert said.startswith(
        f"Deployment/istio-system/istiod-default-v1-24-2: {field}: is not as rendered/prod-eu/revisions/"
    )


def test_added_labels_and_annotations_are_nobodys_business(fleet: FleetRepo) -> None:
    items = tree(fleet)
    for item in items:
        item["metadata"].setdefault("labels", {})["team"] = "mesh"
        item["metadata"].setdefault("annotations", {})["owner"] = "mesh"
    assert of(fleet, items).holds


def test_many_findings_are_cut(fleet: FleetRepo) -> None:
    verdict = of(fleet, [item for item in tree(fleet) if item["kind"] == "Deployment"])
    assert len(verdict.findings) == 11
    assert verdict.findings[-1].message == f"{len(tree(fleet)) - 11} more objects are missing or differ"


def test_without_a_tree_the_rendering_is_compared_with(tmp_path: Path) -> None:
    fleet = rendered_fleet(tmp_path, specs(strategy="InPlace"), render_it=False)
    assert "the function was skipped" in only(of(fleet, []))


def test_an_unknown_cluster_is_wrong_input(fleet: FleetRepo) -> None:
    with pytest.raises(InputError, match="did you mean prod-eu"):
        verify(fleet.root, "prod-ue", b"")
