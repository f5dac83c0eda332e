"""What a switch to another source of manifests would change, by the program's own charts and by its templates."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.builders import istio, namespace
from tests.support.charts import chart_files, chart_fleet, needs_library, pull
from tests.support.fleet_repo import FleetRepo

pytestmark = needs_library
VERSION = "1.24.3"
SPECS = istio(f"v{VERSION}") + namespace("shop", "istio.io/rev: default-v1-24-3")
CRDS = chart_files("base", VERSION)["files/crd-all.gen.yaml"]
NAMED = f"{{path: crds/istio-{VERSION}.yaml, sha256: {hashlib.sha256(CRDS).hexdigest()}}}"


@pytest.fixture
def builtin(tmp_path: Path) -> FleetRepo:
    """A fleet with definitions of its own, rendered by the program's templates."""
    repo = chart_fleet(tmp_path / "fleet", source="{type: builtin}", crds=NAMED)
    repo.write(f"crds/istio-{VERSION}.yaml", CRDS.decode())
    repo.cluster("eu", SPECS)
    repo.cluster("us", SPECS)
    repo.meshrev("render")
    return repo


def printing(repo: FleetRepo, folder: str, chart: str) -> dict[str, str | None]:
    """What makes a chart print what lies in a folder of the tree of `eu`, whatever its values."""
    objects = [
        data.decode()
        for path, data in repo.tree(f"rendered/eu/{folder}").items()
        if path.endswith(".yaml") and not path.endswith("/kustomization.yaml")
    ]
    gone = [path for path in chart_files(chart, VERSION) if path.startswith("templates/") and "zzz" not in path]
    return {
        **dict.fromkeys(gone),
        "files/objects.yaml": "\n---\n".join(objects),
        "templates/objects.yaml": '{{ .Files.Get "files/objects.yaml" }}',
    }


def test_a_chart_that_prints_the_same_objects_changes_nothing(builtin: FleetRepo) -> None:
    istiod, base = (printing(builtin, *of) for of in (("revisions", "istiod"), ("mesh", "base")))
    pull(builtin, VERSION, {"istiod": istiod, "base": base})
    out = builtin.meshrev("diff", "--source", "chart").out
    assert out.startswith("the specs as they are -> source chart: no object differs in 2 clusters")


def test_a_field_that_a_chart_says_otherwise_is_shown(builtin: FleetRepo) -> None:
    istiod, base = (printing(builtin, *of) for of in (("revisions", "istiod"), ("mesh", "base")))
    istiod["files/objects.yaml"] = (istiod["files/objects.yaml"] or "").replace('"100%"', '"99%"')
    pull(builtin, VERSION, {"istiod": istiod, "base": base})
    out = builtin.meshrev("diff", "--source", "chart").out
    assert out.splitlines()[0].endswith("2 of 2 clusters differ")
    changes = [line.strip() for line in out.partition("Changes in all 2 clusters\n")[2].splitlines() if line.strip()]
    assert changes[:3] == [
        "~ revision default-v1-24-3 (v1.24.3)",
        "~ Deployment/istio-system/istiod-default-v1-24-3",
        "~ spec.strategy.rollingUpdate.maxSurge: 100% -> 99%",
    ]
    assert len(changes) == 4  # and the basis


def test_nothing_is_written_and_the_tree_need_not_be_there(builtin: FleetRepo) -> None:
    pull(builtin, VERSION)
    before = builtin.tree(".")
    builtin.meshrev("diff", "--source", "chart")
    assert builtin.tree(".") == before
    for path in builtin.tree():
        (builtin.root / path).unlink()
    out = builtin.meshrev("diff", "--source", "builtin").out
    assert "no object differs in 2 clusters" in out


def test_only_the_named_clusters_are_compared(builtin: FleetRepo) -> None:
    pull(builtin, VERSION)
    found = builtin.meshrev("diff", "--source", "chart", "--cluster", "us", "-o", "json").json
    assert [one["name"] for one in found["clusters"]] == ["us"]


def test_it_is_compared_with_the_source_that_a_cluster_has_itself(builtin: FleetRepo) -> None:
    pull(builtin, VERSION)
    builtin.cluster("us", SPECS, source="{type: chart}")
    out = builtin.meshrev("diff", "--source", "chart").out
    assert "1 of 2 clusters differ" in out
    assert "only in eu" in out
    assert "only in us" in builtin.meshrev("diff", "--source", "builtin").out


def test_an_istio_that_names_its_source_keeps_it(builtin: FleetRepo) -> None:
    pull(builtin, VERSION)
    kept = SPECS.replace(
        "metadata: {name: default}", "metadata: {name: default, annotations: {meshrev.io/source: builtin}}", 1
    )
    assert kept != SPECS
    builtin.cluster("eu", kept)
    assert "only in us" in builtin.meshrev("diff", "--source", "chart").out


def test_definitions_that_come_with_the_charts_are_shown(builtin: FleetRepo) -> None:
    pull(builtin, VERSION)
    fleet = (builtin.root / "meshrev.yaml").read_text()
    builtin.write("meshrev.yaml", fleet.replace(f"crds: {NAMED}", "keepPrevious: true"))
    found = builtin.meshrev("diff", "--source", "chart").out
    assert "~ CRDs 1.24.3" in found


def test_a_chart_that_is_not_there_is_one_line_for_all_clusters_that_share_a_spec(builtin: FleetRepo) -> None:
    builtin.write("base/specs.yaml", SPECS)
    builtin.write("base/kustomization.yaml", "resources: [specs.yaml]\n")
    for name in ("eu", "us"):
        builtin.write(f"overlays/{name}/kustomization.yaml", "resources: [../../base, cluster.yaml]\n")
    done = builtin.meshrev("diff", "--source", "chart", code=2)
    (line,) = done.err.splitlines()
    assert "`meshrev chart pull 1.24.3`" in line
    assert not done.out


def test_it_goes_without_revisions_of_git(builtin: FleetRepo) -> None:
    assert "without A and B" in builtin.meshrev("diff", "--source", "chart", "HEAD", code=2).err


def test_markdown_names_the_command_that_shows_what_was_cut_off(builtin: FleetRepo) -> None:
    pull(builtin, VERSION)
    out = builtin.meshrev("diff", "--source", "chart", "-o", "markdown", "--limit", "1000").out
    assert "meshrev diff --source chart" in out
