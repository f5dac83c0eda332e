"""What promoting does where a fleet is not as plain as that: aliases, in place, both labels, several of everything."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.support.builders import istio, namespace
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import changed, diff_of, served, trailers

MORE = istio(name="edge", strategy="InPlace", namespace="istio-edge") + namespace(
    "mesh", "istio.io/dataplane-mode: ambient"
)
MORE += namespace("idle", "team: none")
BOTH = namespace("both", "istio-injection: enabled", "istio.io/rev: prod")
ONLY = namespace("only", "istio.io/rev: prod")


@pytest.fixture(scope="module")
def template(template: FleetRepo, tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """A second Istio, namespaces of other kinds, one in eu only, and a cluster that is not called like its folder."""
    fleet = FleetRepo(shutil.copytree(template.root, tmp_path_factory.mktemp("fleet") / "fleet"))
    fleet.write("base/istio.yaml", (fleet.root / "base/istio.yaml").read_text() + MORE)
    fleet.write("overlays/eu/only.yaml", ONLY)
    fleet.write("overlays/eu/kustomization.yaml", "resources: [../../base, only.yaml]\n")
    (fleet.root / "overlays/us").rename(fleet.root / "overlays/america")
    fleet.meshrev("render")
    fleet.commit("more of everything")
    return fleet


def bring_in(fleet: FleetRepo, version: str, *more: str) -> str:
    return fleet.meshrev("promote", "--istio", "default", "--version", version, *more).out


def specs_changed(fleet: FleetRepo) -> list[str]:
    return [path for path in changed(fleet) if not path.startswith("rendered/")]


def test_a_canary_leaves_nothing_behind_once_all_have_followed_and_tidy_is_asked(fleet: FleetRepo) -> None:
    before = {path.name: path.read_bytes() for path in (fleet.root / "overlays").glob("*/kustomization.yaml")}
    bring_in(fleet, "v1.24.3", "--cluster", "eu")
    bring_in(fleet, "v1.24.3")
    assert specs_changed(fleet) == ["base/istio.yaml"]
    fleet.meshrev("promote", "--tag", "default", "--to", "default-v1-24-3", "--cluster", "eu")
    assert (fleet.root / "overlays/eu/promotions.yaml").read_text().count("kind: IstioRevisionTag") == 1
    fleet.meshrev("promote", "--tag", "default", "--to", "default-v1-24-3")
    assert specs_changed(fleet) == ["base/istio.yaml"]
    fleet.meshrev("tidy")
    assert not (fleet.root / "overlays/eu/promotions.yaml").exists()
    assert {path.name: path.read_bytes() for path in (fleet.root / "overlays").glob("*/kustomization.yaml")} == before


def test_a_tag_remembers_what_it_followed_however_often_that_moves_on(fleet: FleetRepo) -> None:
    bring_in(fleet, "v1.24.3")
    bring_in(fleet, "v1.24.4")
    tag = ["promote", "--tag", "default", "--to"]
    fleet.meshrev(*tag, "default-v1-24-3")
    assert "meshrev.io/follows: Istio/default" in (fleet.root / "base/istio.yaml").read_text()
    fleet.meshrev(*tag, "default-v1-24-4")
    assert diff_of(fleet, "base/istio.yaml")[-1] == "+  targetRef: {kind: Istio, name: default}"
    assert "meshrev.io/follows" not in (fleet.root / "base/istio.yaml").read_text()


def test_an_alias_means_its_release_also_where_the_specs_say_the_alias(fleet: FleetRepo) -> None:
    inventory = fleet.root / "rendered/eu/revisions/default-v1-24-2/inventory.jsonl"
    fleet.write("base/istio.yaml", (fleet.root / "base/istio.yaml").read_text().replace("v1.24.2 ", "v1.24-latest "))
    for cluster in ("eu", "us", "lab"):  # as an older meshrev left it, to which 1.24.2 was the latest
        inventory = fleet.root / f"rendered/{cluster}/revisions/default-v1-24-2/inventory.jsonl"
        inventory.write_text(inventory.read_text().replace('"requested": "v1.24.2"', '"requested": "v1.24-latest"'))
    fleet.meshrev("render")
    fleet.commit("an alias")
    assert served(fleet, "eu")["catalog"] == "default-v1-24-2"
    bring_in(fleet, "v1.24-latest")
    assert "version: v1.24.6 " in (fleet.root / "base/istio.yaml").read_text()
    assert trailers(fleet)["Meshrev-To"] == "v1.24.6"
    assert (fleet.root / "rendered/eu/revisions/default-v1-24-6").is_dir()
    assert served(fleet, "eu")["catalog"] == "default-v1-24-2"
    assert "nothing to do" in bring_in(fleet, "v1.24-latest")


def test_in_place_and_back_to_an_older_release_are_said_once_for_all_clusters(fleet: FleetRepo) -> None:
    done = fleet.meshrev("promote", "--istio", "edge", "--version", "1.23.6")
    notes = [line for line in done.out.splitlines() if line.startswith("note: ")]
    assert [note.rpartition(" (")[2] for note in notes] == ["us, eu, lab)", "us, eu, lab)"]
    assert "is InPlace: its one revision changes" in notes[0]
    assert "v1.23.6 is older than v1.24.2" in notes[1]
    edge = "-spec: {version: v1.24.2, updateStrategy: {type: InPlace}, namespace: istio-edge"
    assert diff_of(fleet, "base/istio.yaml")[0].startswith(edge)


def test_a_namespace_with_both_labels_keeps_the_one_that_says_the_revision(fleet: FleetRepo) -> None:
    fleet.write("base/istio.yaml", (fleet.root / "base/istio.yaml").read_text() + BOTH)
    fleet.meshrev("render")
    fleet.commit("both")
    fleet.meshrev("promote", "-n", "both", "--to", "edge")
    assert diff_of(fleet, "base/istio.yaml") == [
        "-metadata: {name: both, labels: {istio-injection: enabled, istio.io/rev: prod}}",
        "+metadata: {name: both, labels: {istio.io/rev: edge}}",
    ]
    fleet.meshrev("promote", "-n", "both", "--to", "default")
    assert "{name: both, labels: {istio-injection: enabled}}" in (fleet.root / "base/istio.yaml").read_text()
    assert served(fleet, "us")["both"] == "default-v1-24-2"


def test_a_namespace_that_not_every_cluster_has(fleet: FleetRepo) -> None:
    move = ["promote", "-n", "only", "--to", "edge"]
    done = fleet.meshrev(*move, "--cluster", "us", "--cluster", "eu", code=2)
    assert done.err == "--namespace: the specs of us have no Namespace only\n"
    fleet.meshrev(*move, "--cluster-selector", "env=prod")
    assert specs_changed(fleet) == ["overlays/eu/only.yaml"]


def test_a_cluster_is_found_by_its_name_and_named_twice_is_named_once(fleet: FleetRepo) -> None:
    done = fleet.meshrev("promote", "-n", "cart", "--to", "edge", "--cluster", "us", "--cluster", "us")
    assert done.out.startswith("Promote namespace cart to edge in cluster us ")
    assert specs_changed(fleet) == ["overlays/america/kustomization.yaml", "overlays/america/promotions.yaml"]


def test_a_share_is_one_of_all_names_rounded_up_and_the_same_in_every_cluster(fleet: FleetRepo) -> None:
    def moved(percent: str) -> dict[str, set[str]]:
        fleet.meshrev("promote", "--percent", percent, "--to", "edge")
        return {name: {ns for ns, rev in served(fleet, name).items() if rev == "edge"} for name in ("eu", "us")}

    few, more = moved("33"), moved("34")  # of cart, catalog and only
    assert [len(names) for names in (few["eu"], more["eu"])] == [1, 2]
    assert few["eu"] < more["eu"]
    assert few["us"] == few["eu"] - {"only"}
    assert "mesh" not in more["us"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-n", "idle", "--to", "edge"], "nothing injects its pods in us, eu, lab (no label names an injector)"),
        (["--tag", "default", "--to", "prod"], "have no revision prod (known: default-v1-24-2, edge)"),
        (["--istio", "edgy", "--version", "v1.24.3"], "there is no Istio edgy in us, eu, lab (did you mean edge?)"),
        (["--percent", "0", "--to", "edge"], "0 is not in the range 0<x<=100"),
        (["-l", "team in (", "--to", "edge"], "--selector: "),
        (["-n", "cart", "--to", "edge", "--cluster", "america"], "there is no cluster america"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(fleet: FleetRepo, arguments: list[str], said: str) -> None:
    head = fleet.git("rev-parse", "HEAD")
    assert said in fleet.meshrev("promote", *arguments, code=2).err
    assert fleet.git("rev-parse", "HEAD") == head


def test_a_version_that_the_specs_do_not_go_with_changes_nothing(fleet: FleetRepo) -> None:
    base = fleet.root / "base/istio.yaml"
    base.write_text(base.read_text() + "---\n" + json.dumps(PINNED) + "\n")
    fleet.meshrev("render")
    fleet.commit("one of the name to come")
    head = fleet.git("rev-parse", "HEAD")
    done = fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", code=2)
    assert "its revision is named default-v1-24-3, and so is that of" in done.err
    assert (fleet.git("rev-parse", "HEAD"), fleet.git("status", "--porcelain")) == (head, "")


def test_an_error_that_one_cluster_has_already_does_not_hide_that_of_another(fleet: FleetRepo) -> None:
    fleet.write("base/istio.yaml", (fleet.root / "base/istio.yaml").read_text() + BOTH)
    patch = "apiVersion: sailoperator.io/v1\nkind: IstioRevisionTag\nmetadata: {name: default}\nspec: {targetRef: "
    fleet.write("overlays/eu/tag.yaml", patch + "{kind: IstioRevision, name: edge}}\n")
    with (fleet.root / "overlays/eu/kustomization.yaml").open("a") as file:
        file.write("patches: [{path: tag.yaml}]\n")
    fleet.meshrev("render")
    fleet.commit("both labels, which lead elsewhere in eu")
    bring_in(fleet, "v1.24.3")
    done = fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-24-3", code=2)
    assert "means the default (default-v1-24-2): istio.io/rev: prod has no effect" in done.err
    assert "(edge)" not in done.err


PINNED = {
    "apiVersion": "sailoperator.io/v1",
    "kind": "IstioRevision",
    "metadata": {"name": "default-v1-24-3"},
    "spec": {
        "version": "v1.24.3",
        "namespace": "istio-system",
        "values": {"revision": "default-v1-24-3", "global": {"istioNamespace": "istio-system"}},
    },
}


LATE = """\
- target: {kind: IstioRevisionTag, name: prod}
  patch: |-
    - {op: replace, path: /spec/targetRef/name, value: default-v1-24-2}
"""


def test_a_patch_that_is_listed_after_the_promotions_is_named_with_the_way_out(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "lab")
    kustomization = fleet.root / "overlays/lab/kustomization.yaml"
    promotions = "- path: promotions.yaml\n"
    kustomization.write_text(kustomization.read_text() + LATE)
    fleet.commit("a late patch")
    move = ("promote", "--tag", "prod", "--to", "default-v1-24-3", "--cluster", "lab")
    said = fleet.meshrev(*move, code=2).err
    assert said.startswith("overlays/lab/kustomization.yaml:")
    assert "decides about spec.targetRef.name in overlays/lab, since overlays/lab/kustomization.yaml lists it" in said
    assert "after promotions.yaml: move `- path: promotions.yaml` to the end of patches there" in said
    kustomization.write_text(kustomization.read_text().replace(promotions, "") + promotions)
    fleet.commit("as it was said")
    fleet.meshrev(*move)
    assert served(fleet, "lab")["cart"] == "default-v1-24-3"
