"""Charts that say for which Kubernetes they are, and clusters that have another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from render.manifests.chart.kubernetes_range import is_inside
from render.specs.kinds import HelmKind
from tests.support.builders import istio, namespace, node_agent
from tests.support.charts import chart_files, chart_fleet, needs_library, pull, with_helm
from tests.support.fleet_repo import FleetRepo

pytestmark = needs_library
OLD, NEW = "1.97.0", "1.98.0"


def asking(versions: str, *charts: str, release: str = NEW) -> dict[str, dict[str, str | None]]:
    """The Chart.yaml of some charts, for a range of versions of Kubernetes."""
    line = f"kubeVersion: {json.dumps(versions)}\n"
    return {name: {"Chart.yaml": chart_files(name, release)["Chart.yaml"].decode() + line} for name in charts}


def on(repo: FleetRepo, version: str, specs: str = istio(f"v{NEW}"), **spec: str) -> FleetRepo:
    repo.cluster("eu", specs, kubernetes=f'{{version: "{version}"}}', **spec)
    return repo


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    return chart_fleet(tmp_path / "fleet")


def test_a_chart_for_another_kubernetes_is_refused_where_the_cluster_says_its_own(fleet: FleetRepo) -> None:
    pull(fleet, NEW, asking(">=1.35.0-0", "istiod", "base"))
    error = on(fleet, "v1.34.1-gke.100").meshrev("render", code=2).err
    assert error.startswith("overlays/eu/cluster.yaml:4:")
    assert (
        f"Cluster/eu: spec.kubernetes.version: the charts base, istiod of {NEW} are for Kubernetes '>=1.35.0-0', and "
        "this is v1.34.1-gke.100: take a release that is for it, or update the cluster first" in error
    )
    assert not (fleet.root / "rendered").exists()
    (finding,) = [one for one in fleet.meshrev("lint", "-o", "json", code=1).json["findings"] if one["code"] == "MR128"]
    assert finding["severity"] == "error"


def test_a_cluster_that_does_not_say_its_kubernetes_is_told_to(fleet: FleetRepo) -> None:
    pull(fleet, NEW, asking(">= 1.35", "istiod"))
    fleet.cluster("eu", istio(f"v{NEW}"))
    error = fleet.meshrev("render", code=2).err
    assert "v1.34.0 is taken where no Cluster says what it has: say it, as spec.kubernetes.version" in error
    on(fleet, "1.35").meshrev("render")


@pytest.mark.parametrize("helm", ["library", "program"])
@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (">=1.30.0", True),  # also of a vendor's version, which would be a pre-release
        ("1.30 - 1.34", True),
        ("^1.30 || >=2", True),
        (">=1.30, <1.34.1", False),
        ("~1.33.0", False),
        ("no range", False),
    ],
)
def test_a_range_means_what_it_means_to_helm(
    versions: str, expected: bool, helm: HelmKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_helm(monkeypatch)
    assert is_inside(versions, "v1.34.1-gke.100", helm) == expected


def test_the_chart_of_a_node_agent_is_asked_as_well(fleet: FleetRepo) -> None:
    pull(fleet, NEW, asking("<1.34", "ztunnel"))
    specs = istio(f"v{NEW}", values="{profile: ambient}") + node_agent("ZTunnel", f"v{NEW}")
    specs += node_agent("IstioCNI", f"v{NEW}", profile="ambient")
    assert (
        f"the chart ztunnel {NEW} is for Kubernetes '<1.34'" in on(fleet, "1.34", specs).meshrev("render", code=2).err
    )


def test_what_is_not_rendered_anew_from_a_chart_is_not_asked(fleet: FleetRepo) -> None:
    pull(fleet, OLD, asking("<1.34", "istiod", release=OLD))
    pull(fleet, NEW)
    shop = namespace("shop", "istio.io/rev: default-v1-97-0")
    on(fleet, "1.33", istio(f"v{OLD}") + shop).meshrev("render")
    fleet.commit("as it was")
    on(fleet, "1.34", istio(f"v{NEW}") + shop).meshrev("render")
    assert "rendered/eu/revisions/default-v1-97-0/inventory.jsonl" in fleet.tree()
    on(fleet, "1.20", istio("v1.24.3"), source="{type: builtin}").meshrev("render", code=None)
    assert "is for Kubernetes" not in fleet.meshrev("lint", code=None).out
