"""Promoting from the outside: which lines of which files change, what is committed, and what is left alone."""

from __future__ import annotations

import json

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import changed, diff_of, promotable, served, trailers


def brought_in(fleet: FleetRepo, *clusters: str) -> None:
    chosen = [part for name in clusters for part in ("--cluster", name)]
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", *chosen)


def test_a_new_version_comes_in_beside_the_old_one_and_no_pod_moves(fleet: FleetRepo) -> None:
    before = {name: served(fleet, name) for name in ("eu", "us", "lab")}
    brought_in(fleet)
    assert {name: served(fleet, name) for name in ("eu", "us", "lab")} == before
    assert diff_of(fleet, "base/istio.yaml") == [
        "-  version: v1.24.2   # the release",
        "+  version: v1.24.3   # the release",
        "-metadata: {name: default}",
        "+metadata: {name: default, annotations: {meshrev.io/follows: Istio/default}}",
        "-  targetRef: {kind: Istio, name: default}",
        "+  targetRef: {kind: IstioRevision, name: default-v1-24-2}",
    ]
    status = fleet.meshrev("status", "--cluster", "eu", "--output", "json").json["clusters"][0]
    assert {one["name"] for one in status["revisions"]} == {"default-v1-24-2", "default-v1-24-3"}
    fleet.meshrev("check")


def test_moving_the_tag_to_the_new_revision_gives_it_back_what_it_followed(fleet: FleetRepo) -> None:
    original = (fleet.root / "base/istio.yaml").read_text()
    brought_in(fleet)
    done = fleet.meshrev("promote", "--tag", "default", "--to", "default-v1-24-3")
    assert "3 namespaces get another proxy" in done.out
    assert "kubectl --context CLUSTER -n catalog rollout restart deployment,statefulset,daemonset" in done.out
    assert (fleet.root / "base/istio.yaml").read_text() == original.replace("v1.24.2", "v1.24.3")
    assert served(fleet, "eu")["catalog"] == "default-v1-24-3"


def test_a_tag_moves_in_one_cluster_by_a_patch_and_in_all_by_the_base(fleet: FleetRepo) -> None:
    brought_in(fleet)
    fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3", "--cluster", "eu")
    assert [path for path in changed(fleet) if not path.startswith("rendered/eu/")] == [
        "overlays/eu/kustomization.yaml",
        "overlays/eu/promotions.yaml",
    ]
    assert served(fleet, "eu")["cart"] == "default-v1-24-3"
    assert served(fleet, "us")["cart"] == "default-v1-24-2"
    fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3")
    assert diff_of(fleet, "base/istio.yaml") == [
        '-        name: "default-v1-24-2"   # moved by hand',
        '+        name: "default-v1-24-3"   # moved by hand',
    ]
    assert not [path for path in changed(fleet) if path.startswith(("overlays/", "rendered/eu/"))]
    fleet.meshrev("check")


def test_the_last_clusters_of_a_wave_take_a_tag_back_to_what_the_base_said(fleet: FleetRepo) -> None:
    original = (fleet.root / "base/istio.yaml").read_text()
    brought_in(fleet)
    fleet.meshrev("promote", "--tag", "default", "--to", "default-v1-24-3", "--cluster", "eu")
    fleet.meshrev("promote", "--tag", "default", "--to", "default-v1-24-3")
    assert [path for path in changed(fleet) if not path.startswith("rendered/")] == ["base/istio.yaml"]
    assert (fleet.root / "base/istio.yaml").read_text() == original.replace("v1.24.2", "v1.24.3", 1)
    assert {served(fleet, name)["catalog"] for name in ("eu", "us", "lab")} == {"default-v1-24-3"}
    fleet.meshrev("check")


def test_the_patch_that_a_cluster_has_already_is_the_one_that_is_edited(fleet: FleetRepo) -> None:
    brought_in(fleet, "lab")
    assert "      version: v1.24.3" in (fleet.root / "overlays/lab/kustomization.yaml").read_text()
    assert not [path for path in changed(fleet) if not path.startswith(("overlays/lab/", "rendered/lab/"))]


def test_a_namespace_loses_one_label_where_it_gets_the_other(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "--namespace", "catalog", "--to", "prod")
    assert diff_of(fleet, "base/namespaces.yaml") == [
        "-    istio-injection: enabled # as it was from the start",
        "+    istio.io/rev: prod",
    ]
    fleet.meshrev("promote", "--namespace", "cart", "--to", "default")
    assert diff_of(fleet, "base/namespaces.yaml") == [
        "-  labels: {team: shop, istio.io/rev: prod}",
        "+  labels: {team: shop, istio-injection: enabled}",
    ]


def test_in_one_cluster_the_label_of_the_base_is_taken_away_by_null(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "--namespace", "catalog", "--to", "prod", "--cluster-selector", "env=staging")
    assert "istio-injection: null" in (fleet.root / "overlays/lab/promotions.yaml").read_text()
    assert (fleet.root / "rendered/lab/namespaces/catalog.yaml").read_text().count("istio") == 1
    assert served(fleet, "eu")["catalog"] == "default-v1-24-2"


def test_a_larger_share_holds_the_smaller_and_twice_the_same_is_nothing(fleet: FleetRepo) -> None:
    def canary(percent: str) -> set[str]:
        done = fleet.meshrev("promote", "--percent", percent, "--to", "default-v1-24-3", "--output", "json")
        assert fleet.meshrev("promote", "--percent", percent, "--to", "default-v1-24-3").out.startswith("nothing to do")
        assert done.json["wave"] == f"{percent}% of all clusters"
        return {name for name, revision in served(fleet, "eu").items() if revision == "default-v1-24-3"}

    brought_in(fleet)
    some = canary("50")
    assert len(some) == 1
    assert some < canary("100") == {"cart", "catalog"}


def test_namespaces_by_their_labels_leave_those_out_that_nothing_injects(fleet: FleetRepo) -> None:
    brought_in(fleet)
    fleet.meshrev("promote", "--selector", "team in (shop,data)", "--to", "default-v1-24-3")
    assert served(fleet, "us") == {"cart": "default-v1-24-3", "catalog": "default-v1-24-3", "etl": None}


def test_the_commit_says_what_from_where_to_and_how_many(fleet: FleetRepo) -> None:
    brought_in(fleet)
    fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3", "--cluster", "eu", "--wave", "first")
    assert fleet.git("log", "-1", "--format=%s|%an <%ae>").strip() == (
        "Promote tag prod to default-v1-24-3 in cluster eu|Ada <ada@example.com>"
    )
    found = trailers(fleet)
    assert found.pop("Meshrev-Operation").startswith("promote-")
    assert len(found.pop("Meshrev-Specs-Digest")) == 64
    assert found == {
        "Meshrev-From": "default-v1-24-2",
        "Meshrev-To": "default-v1-24-3",
        "Meshrev-Wave": "first",
        "Meshrev-Moved": "1 namespace, 0 workloads, 1 cluster",
        "Meshrev-Version": "1.0.0",
    }


def test_what_a_person_is_at_work_on_stays_as_it_is(fleet: FleetRepo) -> None:
    fleet.write("overlays/us/cluster.yaml", (fleet.root / "overlays/us/cluster.yaml").read_text() + "# half done\n")
    fleet.write("notes.txt", "mine\n")
    fleet.write("staged.txt", "mine too\n")
    fleet.git("add", "staged.txt")
    before = fleet.git("status", "--porcelain")
    brought_in(fleet, "eu")
    assert fleet.git("status", "--porcelain") == before
    assert "# half done" in (fleet.root / "overlays/us/cluster.yaml").read_text()
    assert not fleet.git("show", "HEAD:overlays/us/cluster.yaml").endswith("# half done\n")


def test_changes_that_are_in_the_way_stop_it_with_nothing_changed(fleet: FleetRepo) -> None:
    fleet.write("base/istio.yaml", "# mine\n" + (fleet.root / "base/istio.yaml").read_text())
    head = fleet.git("rev-parse", "HEAD")
    done = fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", code=2)
    assert done.err == (
        "your own changes are in the way, and nothing was changed: commit or stash base/istio.yaml first\n"
    )
    assert fleet.git("rev-parse", "HEAD") == head


def test_a_tree_that_was_not_rendered_is_not_rendered_on_the_way(fleet: FleetRepo) -> None:
    specs = fleet.root / "base/istio.yaml"
    specs.write_text(specs.read_text().replace("spec:\n  version", "spec:\n  values: {pilot: {}}\n  version", 1))
    specs.write_text(specs.read_text().replace("pilot: {}", "pilot: {autoscaleMin: 3}"))
    fleet.commit("without rendering")
    done = fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-2", "--cluster", "eu", code=None)
    assert done.out.startswith("nothing to do")
    done = fleet.meshrev("promote", "--namespace", "cart", "--to", "default", "--cluster", "eu", code=2)
    assert done.err.startswith("rendered/eu: is not what the specs at ")
    assert "run `meshrev render` there and commit that first" in done.err


def test_a_dry_run_shows_the_message_and_leaves_nothing(fleet: FleetRepo) -> None:
    head, status = fleet.git("rev-parse", "HEAD"), fleet.git("status", "--porcelain")
    done = fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--dry-run")
    assert "Meshrev-To: v1.24.3" in done.out
    assert "would edit base/istio.yaml" in done.out
    assert (fleet.git("rev-parse", "HEAD"), fleet.git("status", "--porcelain")) == (head, status)
    assert fleet.git("worktree", "list").count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--tag", "prdo", "--to", "default-v1-24-2"],
            "--tag: there is no tag prdo in eu, lab, us (did you mean prod?)",
        ),
        (["--tag", "prod", "--to", "default-v1-24-1"], "--to: eu, lab, us have no revision default-v1-24-1"),
        (["--istio", "default", "--version", "v1.24.9"], "version: v1.24.9 is not known (did you mean v1.24.6?)"),
        (["-n", "crat", "--to", "prod"], "the specs of eu, lab, us have no Namespace crat (did you mean cart?)"),
        (["-n", "etl", "--to", "prod"], "nothing injects its pods in eu, lab, us (istio-injection: disabled)"),
        (["-n", "cart", "--to", "prod", "--cluster", "eux"], "there is no cluster eux (did you mean eu?)"),
        (["-n", "cart", "--to", "prod", "--cluster-selector", "env=x"], "no cluster has the labels env=x (known: env="),
        (["-l", "team=", "--to", "prod"], "no cluster that was chosen has namespaces with team= with an injector"),
        (["--tag", "prod", "--to", "default-v1-24-2", "--push"], "this repository has no remote origin"),
        (["--tag", "prod"], "--tag needs --to"),
        (["--tag", "prod", "--istio", "default"], "--istio and --tag do not go together"),
        ([], "name what to move"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_changed(fleet: FleetRepo, arguments: list[str], said: str) -> None:
    head = fleet.git("rev-parse", "HEAD")
    done = fleet.meshrev("promote", *arguments, code=2)
    assert said in done.err
    assert fleet.git("rev-parse", "HEAD") == head


def test_workloads_of_this_repo_are_restarted_by_an_annotation_where_the_fleet_says_so(repo: FleetRepo) -> None:
    fleet = promotable(repo, restart="annotate")
    fleet.write(
        "base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: cart}\nspec:\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata:\n      labels: {app: web}\n"
        "    spec: {containers: [{name: web, image: web:1}]}\n",
    )
    fleet.write("base/kustomization.yaml", "resources:\n- istio.yaml\n- namespaces.yaml\n- web.yaml\n")
    fleet.meshrev("render")
    fleet.commit("a workload")
    brought_in(fleet)
    fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3")
    assert diff_of(fleet, "base/web.yaml") == [
        "+      annotations:",
        "+        meshrev.io/restarted-for: default-v1-24-3",
    ]
    assert "meshrev.io/restarted-for" in (fleet.root / "rendered/eu/extra/deployment-web_cart.yaml").read_text()
    assert fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3").out.startswith("nothing to do")


def test_json_tells_a_program_all_of_it(fleet: FleetRepo) -> None:
    brought_in(fleet)
    done = fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3", "--output", "json").json
    assert done["commit"] == fleet.git("rev-parse", "HEAD").strip()
    assert done["specs"] == ["base/istio.yaml"]
    assert done["moved"] == {"namespaces": 3, "workloads": 0, "clusters": 3}
    again = fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3", "--output", "json")
    assert json.loads(again.out) == {"changed": False}


def test_an_ignored_file_that_is_in_the_way_is_kept(fleet: FleetRepo) -> None:
    fleet.write(".gitignore", "overlays/*/promotions.yaml\n")
    head = fleet.commit("ignore")
    mine = fleet.write("overlays/us/promotions.yaml", "# mine\n")
    said = fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "us", code=2).err
    assert said.endswith("and nothing was changed: commit or stash overlays/us/promotions.yaml first\n")
    assert (mine.read_text(), fleet.git("rev-parse", "HEAD").strip()) == ("# mine\n", head)
