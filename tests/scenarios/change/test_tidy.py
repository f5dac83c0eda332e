"""Folding patches of promotions back into the base from the outside."""

from __future__ import annotations

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import changed

PROMOTIONS = """\
# what this cluster promoted

# the cart of this cluster
apiVersion: v1
kind: Namespace
metadata:
  name: cart
  labels:
    istio.io/rev: {cart}
---
# its catalog, by hand
apiVersion: v1
kind: Namespace
metadata:
  name: catalog
  labels:
    istio-injection: null # not any more
    istio.io/rev: {catalog}
"""


KEPT = """\
# what this cluster promoted

# its catalog, by hand
apiVersion: v1
kind: Namespace
metadata:
  name: catalog
  labels:
    istio.io/rev: prod
"""


def with_promotions(fleet: FleetRepo, **clusters: tuple[str, str]) -> None:
    """Each cluster with promotions that say what cart and catalog follow."""
    for name, (cart, catalog) in clusters.items():
        fleet.write(f"overlays/{name}/promotions.yaml", PROMOTIONS.format(cart=cart, catalog=catalog))
        kustomization = fleet.root / f"overlays/{name}/kustomization.yaml"
        text = kustomization.read_text()
        text += "" if "patches:" in text else "patches:\n"
        kustomization.write_text(text + "- path: promotions.yaml\n")
    fleet.meshrev("render")
    fleet.commit("promoted")


def specs_changed(fleet: FleetRepo) -> list[str]:
    assert not [path for path in changed(fleet) if path.startswith("rendered/")]
    return changed(fleet)


def test_what_all_clusters_agree_on_goes_into_the_base_and_what_they_do_not_stays(fleet: FleetRepo) -> None:
    with_promotions(fleet, eu=("default", "prod"), us=("default", "prod"), lab=("default", "default"))
    fleet.meshrev("tidy")
    base = (fleet.root / "base/namespaces.yaml").read_text()
    assert "labels: {team: shop, istio.io/rev: default}" in base
    assert "istio-injection: enabled" not in base
    assert (fleet.root / "overlays/eu/promotions.yaml").read_text() == KEPT
    promotions = [f"overlays/{name}/promotions.yaml" for name in ("eu", "lab", "us")]
    assert specs_changed(fleet) == ["base/namespaces.yaml", *promotions]
    fleet.meshrev("check")
    assert fleet.meshrev("tidy").out.startswith("nothing to do")


def test_the_file_and_its_line_go_with_the_last_of_it(fleet: FleetRepo) -> None:
    plain = {name: (fleet.root / f"overlays/{name}/kustomization.yaml").read_bytes() for name in ("eu", "us", "lab")}
    with_promotions(fleet, eu=("default", "prod"), us=("default", "prod"), lab=("default", "prod"))
    fleet.meshrev("tidy")
    assert not list(fleet.root.glob("overlays/*/promotions.yaml"))
    assert {name: (fleet.root / f"overlays/{name}/kustomization.yaml").read_bytes() for name in plain} == plain
    fleet.meshrev("check")


def test_a_cluster_that_agrees_by_a_patch_of_its_own_counts_and_one_that_says_what_is_so_is_dropped(
    fleet: FleetRepo,
) -> None:
    own = "- patch: |\n    apiVersion: v1\n    kind: Namespace\n    metadata:\n      name: cart\n      labels:\n"
    lab = fleet.root / "overlays/lab/kustomization.yaml"
    lab.write_text(lab.read_text() + own + "        istio.io/rev: default\n")
    with_promotions(fleet, eu=("default", "prod"), us=("default", "default"))
    mine = lab.read_text()
    fleet.meshrev("tidy")
    assert lab.read_text() == mine
    assert "istio.io/rev: default}" in (fleet.root / "base/namespaces.yaml").read_text()
    assert "name: cart" not in (fleet.root / "overlays/eu/promotions.yaml").read_text()


def test_nothing_to_fold_is_nothing_to_do(fleet: FleetRepo) -> None:
    assert fleet.meshrev("tidy").out.startswith("nothing to do")
    with_promotions(fleet, eu=("default", "prod"))
    assert fleet.meshrev("tidy").out.startswith("nothing to do")
