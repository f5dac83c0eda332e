"""Specs behind symbolic links: read in a commit as `render` reads them on the disk, and never edited over the link."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import changed, clone, served


@pytest.fixture
def fleet(template: FleetRepo, tmp_path: Path) -> FleetRepo:
    """The cluster `lab` is built from a base of its own name, which is a link to the one of `eu` and `us`."""
    fleet = clone(template, tmp_path / "fleet")
    (fleet.root / "linked").symlink_to("base")
    overlay = fleet.root / "overlays/lab/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("../../base", "../../linked"))
    fleet.meshrev("check")
    fleet.commit("links")
    return fleet


def test_a_file_that_another_cluster_reads_over_a_link_is_not_edited_for_the_chosen_ones(fleet: FleetRepo) -> None:
    before = served(fleet, "lab")
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3", "--cluster-selector", "env=prod")
    assert "base/istio.yaml" not in changed(fleet)
    assert (served(fleet, "eu")["cart"], served(fleet, "lab")) == ("default-v1-24-3", before)
    fleet.meshrev("check")


def test_an_edit_for_a_cluster_that_reads_over_a_link_goes_into_its_overlay(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "lab")
    specs = [path for path in changed(fleet) if not path.startswith("rendered/lab/")]
    assert specs == ["overlays/lab/kustomization.yaml", "overlays/lab/promotions.yaml"]
    assert (fleet.root / "linked").is_symlink()
    fleet.meshrev("check")


def test_all_agree_and_a_rollback_reaches_the_cluster_behind_the_link(fleet: FleetRepo) -> None:
    before = {name: served(fleet, name) for name in ("eu", "lab")}
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3")
    fleet.meshrev("tidy")
    fleet.meshrev("check")
    assert served(fleet, "lab")["cart"] == "default-v1-24-3"
    fleet.meshrev("rollback", "--to", "HEAD~3")
    fleet.meshrev("check")
    assert {name: served(fleet, name) for name in ("eu", "lab")} == before


def test_no_patch_is_added_behind_a_linked_overlay(fleet: FleetRepo) -> None:
    (fleet.root / "clusters").mkdir()
    (fleet.root / "overlays/lab").rename(fleet.root / "clusters/lab")
    (fleet.root / "overlays/lab").symlink_to("../clusters/lab")
    head = fleet.commit("a linked overlay")
    said = fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "lab", code=2).err
    assert "overlays/lab is a symbolic link, and no patch is added behind one" in said
    assert fleet.git("rev-parse", "HEAD").strip() == head


@pytest.mark.parametrize(
    ("target", "why"),
    [("istio.yaml", "does not exist"), ("../../elsewhere", "leads out of"), ("/etc/hostname", "leads out of")],
)
def test_a_link_that_leads_to_itself_or_out_of_the_fleet_is_refused(fleet: FleetRepo, target: str, why: str) -> None:
    (fleet.root / "base/istio.yaml").unlink()
    (fleet.root / "base/istio.yaml").symlink_to(target)
    fleet.commit("a bad link")
    said = fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-2", "--cluster", "us", code=2).err
    assert f"istio.yaml {why}" in said or f"istio.yaml is a symbolic link that {why}" in said


def test_a_fleet_whose_own_file_is_a_link_is_compared_and_promoted(fleet: FleetRepo) -> None:
    (fleet.root / "meshrev.yaml").rename(fleet.root / "fleet.yaml")
    (fleet.root / "meshrev.yaml").symlink_to("fleet.yaml")
    fleet.commit("a linked file of the fleet")
    assert "no object differs in 3 clusters" in fleet.meshrev("diff", "HEAD").out
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "lab")
    assert "meshrev.yaml" not in changed(fleet)


@pytest.mark.parametrize("path", ["overlays/lab/kustomization.yaml", "overlays/lab/cluster.yaml"])
def test_a_link_of_another_cluster_that_leads_out_of_the_fleet_keeps_nobody_from_promoting(
    fleet: FleetRepo, path: str
) -> None:
    (fleet.root / path).unlink()
    (fleet.root / path).symlink_to("/etc/hostname")
    fleet.commit("a link that leads out")
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod", "--cluster", "eu")
    assert "overlays/eu/promotions.yaml" in changed(fleet)
