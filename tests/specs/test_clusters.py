"""Clusters from overlays and from a stream: what is read, what must hold between objects, what a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from render.errors import InputError
from render.finding import Finding
from render.kustomize.reader import WorkingTree
from render.specs.clusters import SpecsCache, load_cluster, load_clusters, load_stream
from render.specs.fleet import load_fleet
from render.specs.kinds import ClusterSpecs, Fleet, ManifestSource, Waiver

ROOT = Path(__file__).parents[2]


def cluster(name: str, spec: str = "{}") -> str:
    return f"apiVersion: meshrev.io/v1alpha1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def istio(name: str = "default", spec: str = "{version: v1.24.3}") -> str:
    return f"apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata:\n  name: {name}\nspec: {spec}\n"


def namespace(name: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"


def secret(name: str) -> str:
    metadata = f"{{name: {name}, namespace: istio-system}}"
    return f"apiVersion: v1\nkind: Secret\nmetadata: {metadata}\nstringData: {{key: hush}}\n"


def resources(*names: str) -> str:
    return "resources:\n" + "".join(f"- {name}\n" for name in names)


class Repo:
    """A fleet repo in a folder; `files` are written below it."""

    def __init__(self, root: Path, files: Mapping[str, str], fleet: str = "{}") -> None:
        text = f"apiVersion: meshrev.io/v1alpha1\nkind: Fleet\nmetadata: {{name: f}}\nspec: {fleet}\n"
        for path, content in {"meshrev.yaml": text, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(content)
        self.reader = WorkingTree(root)

    @property
    def fleet(self) -> Fleet:
        return load_fleet(self.reader)

    def load(self, *names: str) -> tuple[list[ClusterSpecs], list[Finding]]:
        return load_clusters(self.reader, self.fleet, SpecsCache(), names)

    def stream(self, name: str, *documents: str) -> ClusterSpecs:
        text = "---\n".join(documents).encode()
        return load_stream(self.reader, self.fleet, name, text, SpecsCache())[0]

    def refused(self, *names: str) -> list[str]:
        with pytest.raises(InputError) as caught:
            self.load(*names)
        return [finding.text() for finding in caught.value.findings]

    def stream_refused(self, name: str, *documents: str) -> list[str]:
        with pytest.raises(InputError) as caught:
            self.stream(name, *documents)
        return [finding.text() for finding in caught.value.findings]


def one(root: Path, files: Mapping[str, str], *listed: str, fleet: str = "{}") -> Repo:
    """A fleet of the one cluster `a`."""
    own = {"overlays/a/kustomization.yaml": resources(*listed), "overlays/a/cluster.yaml": cluster("a")}
    return Repo(root, {**own, **{f"overlays/a/{name}": text for name, text in files.items()}}, fleet)


# What is read


def test_the_example_fleet_loads_with_all_its_clusters() -> None:
    reader = WorkingTree(ROOT)
    clusters, warnings = load_clusters(reader, load_fleet(reader), SpecsCache())
    assert [(specs.cluster.name, specs.folder) for specs in clusters] == [
        ("prod-eu", "overlays/prod-eu"),
        ("prod-us", "overlays/prod-us"),
        ("staging", "overlays/staging"),
    ]
    assert all(len(specs.namespaces) == 8 for specs in clusters)
    assert warnings == []


def test_every_kind_comes_to_its_place_and_the_rest_is_extra() -> None:
    reader = WorkingTree(Path(__file__).with_name("every-kind"))
    fleet = load_fleet(reader)
    assert fleet.source == ManifestSource("builtin")
    assert (fleet.output, fleet.keep_previous, fleet.restart, fleet.delivery) == ("out", True, "annotate", "flux")
    assert fleet.waivers == (Waiver("MR060", "Secret/istio-system/cacerts", "a test certificate", "2030-01-31"),)
    ((specs,), warnings) = load_clusters(reader, fleet, SpecsCache())
    assert warnings == []
    assert (specs.cluster.role, specs.cluster.source, specs.cluster.delivery) == (
        "external",
        ManifestSource("builtin"),
        "none",
    )
    assert [item.name for item in specs.istios] == ["default"]
    assert [item.name for item in specs.revisions] == ["old"]
    assert [item.name for item in specs.tags] == ["prod"]
    assert [item.namespace for item in specs.cnis] == ["istio-cni"]
    assert [item.namespace for item in specs.ztunnels] == ["ztunnel"]
    assert [item.name for item in specs.namespaces] == ["orders", "carts"]
    assert [item.title for item in specs.extra] == ["ConfigMap/orders/notes", "Secret/istio-system/cacerts"]


def test_a_cluster_can_be_among_the_resources_or_beside_them(tmp_path: Path) -> None:
    files = {
        "overlays/listed/kustomization.yaml": resources("cluster.yaml"),
        "overlays/listed/cluster.yaml": cluster("listed"),
        "overlays/beside/kustomization.yaml": resources("namespace.yaml"),
        "overlays/beside/namespace.yaml": namespace("a"),
        "overlays/beside/cluster.yaml": cluster("beside"),
        "overlays/other/kustomization.yaml": resources("../../base"),
        "base/kustomization.yaml": resources("other.yaml"),
        "base/other.yaml": cluster("other"),
        "overlays/patched/kustomization.yaml": resources("../../shared") + "patches: [{path: cluster.yaml}]\n",
        "overlays/patched/cluster.yaml": cluster("patched", "{network: eu}"),
        "shared/kustomization.yaml": resources("cluster.yaml"),
        "shared/cluster.yaml": cluster("patched", "{platform: gke}"),
    }
    clusters, _ = Repo(tmp_path, files).load()
    assert [specs.cluster.name for specs in clusters] == ["beside", "listed", "other", "patched"]
    assert (clusters[3].cluster.platform, clusters[3].cluster.network) == ("gke", "eu")


def test_clusters_share_what_they_do_not_patch(tmp_path: Path) -> None:
    files = {"base/kustomization.yaml": resources("all.yaml"), "base/all.yaml": istio() + "---\n" + namespace("x")}
    for name in ("a", "b"):
        files |= {
            f"overlays/{name}/kustomization.yaml": resources("../../base") + "patches: [{path: patch.yaml}]\n",
            f"overlays/{name}/patch.yaml": istio(spec=f"{{namespace: {name}}}"),
            f"overlays/{name}/cluster.yaml": cluster(name),
        }
    first, second = Repo(tmp_path, files).load()[0]
    assert first.namespaces[0] is second.namespaces[0]
    assert [specs.istios[0].namespace for specs in (first, second)] == ["a", "b"]


def test_named_clusters_are_loaded_alone_and_mistakes_of_others_do_not_matter(tmp_path: Path) -> None:
    files = {
        "overlays/a/kustomization.yaml": resources(),
        "overlays/a/cluster.yaml": cluster("a"),
        "overlays/b/kustomization.yaml": resources("gone.yaml"),
        "overlays/folder/kustomization.yaml": resources("cluster.yaml"),
        "overlays/folder/cluster.yaml": cluster("called-otherwise"),
    }
    repo = Repo(tmp_path, files)
    assert [specs.cluster.name for specs in repo.load("a")[0]] == ["a"]
    assert [specs.folder for specs in repo.load("called-otherwise")[0]] == ["overlays/folder"]
    assert len(repo.load("a", "called-otherwise")[0]) == 2
    assert repo.refused("folders") == ["there is no cluster folders (known: a, b, called-otherwise)"]
    assert repo.refused("called-otherwis") == ["there is no cluster called-otherwis (did you mean called-otherwise?)"]
    assert "gone.yaml" in repo.refused("b")[0]


# What must hold between objects


def test_two_objects_of_one_identity_are_named_with_both_places(tmp_path: Path) -> None:
    other = istio().replace("name: default", "name: default\n  namespace: x")
    repo = one(tmp_path, {"one.yaml": istio(), "two.yaml": other}, "one.yaml", "two.yaml")
    assert repo.refused() == [
        "overlays/a/two.yaml:4:3: Istio/x/default: metadata.name: is there twice in this cluster;"
        " the other one is in overlays/a/one.yaml:4"
    ]


def test_two_clusters_of_one_name_are_refused(tmp_path: Path) -> None:
    files: dict[str, str] = {}
    for folder in ("x", "y"):
        files |= {
            f"overlays/{folder}/kustomization.yaml": resources("cluster.yaml"),
            f"overlays/{folder}/cluster.yaml": cluster("same"),
        }
    assert Repo(tmp_path, files).refused() == [
        "overlays/y/cluster.yaml:3:12: Cluster/same: metadata.name: another cluster has this name already,"
        " in overlays/x (each has a folder of its name in the tree)"
    ]


def test_an_overlay_without_a_cluster_is_refused(tmp_path: Path) -> None:
    files = {"overlays/a/kustomization.yaml": resources("n.yaml"), "overlays/a/n.yaml": namespace("n")}
    assert Repo(tmp_path, files).refused() == [
        "overlays/a: no object of kind Cluster (meshrev.io/v1alpha1) says which cluster this is:"
        " write cluster.yaml in this folder"
    ]


def test_an_overlay_with_two_clusters_is_refused_also_when_one_lies_beside(tmp_path: Path) -> None:
    repo = one(tmp_path, {"other.yaml": cluster("b")}, "other.yaml")
    assert repo.refused() == [
        "overlays/a/cluster.yaml:3:12: Cluster/a: metadata.name: is a second Cluster in one overlay,"
        " and an overlay is one cluster; the first is in overlays/a/other.yaml:3"
    ]


def test_only_a_cluster_is_read_from_a_file_that_is_not_listed(tmp_path: Path) -> None:
    repo = one(tmp_path, {"cluster.yaml": cluster("a") + "---\n" + namespace("x")})
    assert repo.refused() == [
        "overlays/a/cluster.yaml:7:1: Namespace/x: kind: only a Cluster is read from cluster.yaml"
        " (list the file in kustomization.yaml to use the rest)"
    ]


def test_a_fleet_in_an_overlay_is_refused(tmp_path: Path) -> None:
    fleet = "apiVersion: meshrev.io/v1alpha1\nkind: Fleet\nmetadata: {name: f}\n"
    (line,) = one(tmp_path, {"fleet.yaml": fleet}, "fleet.yaml").refused()
    assert line == (
        "overlays/a/fleet.yaml:2:1: Fleet/f: kind: a Fleet belongs in meshrev.yaml at the fleet's root,"
        " not in an overlay"
    )


# What a person is told


def test_mistakes_of_all_clusters_are_told_together_and_one_in_a_shared_file_once(tmp_path: Path) -> None:
    files = {"base/kustomization.yaml": resources("istio.yaml"), "base/istio.yaml": istio(spec="{version: v1.24.9}")}
    for name in ("a", "b"):
        files |= {
            f"overlays/{name}/kustomization.yaml": resources("../../base", "own.yaml"),
            f"overlays/{name}/own.yaml": namespace(f"{name}_{name}"),
            f"overlays/{name}/cluster.yaml": cluster(name),
        }
    lines = Repo(tmp_path, files).refused()
    assert lines[0] == (
        "base/istio.yaml:5:8: Istio/default: spec.version: v1.24.9 is not known (did you mean v1.24.6?)"
    )
    assert [line.partition(":")[0] for line in lines[1:]] == ["overlays/a/own.yaml", "overlays/b/own.yaml"]


def test_a_mistake_that_came_through_a_patch_is_told_in_the_patch(tmp_path: Path) -> None:
    patch = "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec:\n  version: v1.24.9\n"
    files = {
        "base/kustomization.yaml": resources("istio.yaml"),
        "base/istio.yaml": istio(),
        "overlays/a/kustomization.yaml": resources("../../base") + "patches: [{path: patch.yaml}]\n",
        "overlays/a/patch.yaml": patch,
        "overlays/a/cluster.yaml": cluster("a"),
        "overlays/b/kustomization.yaml": resources("../../base")
        + "patches:\n- patch: |\n"
        + "".join(f"    {line}\n" for line in patch.splitlines()),
        "overlays/b/cluster.yaml": cluster("b"),
        "overlays/c/kustomization.yaml": resources("../../base")
        + "patches:\n- target: {kind: Istio}\n  patch: |\n    - op: add\n      path: /spec/profil\n      value: demo\n",
        "overlays/c/cluster.yaml": cluster("c"),
    }
    message = "Istio/default: spec.version: v1.24.9 is not known (did you mean v1.24.6?)"
    first, second, third = Repo(tmp_path, files).refused()
    assert first == f"overlays/a/patch.yaml:5:3: {message}"
    assert second == f"overlays/b/kustomization.yaml:9:7: {message}"
    assert third.startswith("overlays/c/kustomization.yaml:")
    assert third.endswith("Istio/default: spec.profil: unknown field (did you mean profile?)")


def test_warnings_come_back_and_stop_nothing(tmp_path: Path) -> None:
    text = istio(spec="{version: v1.24.3, updateStrategy: {updateWorkloads: true}}")
    ((specs,), warnings) = one(tmp_path, {"istio.yaml": text}, "istio.yaml").load()
    assert [(item.code, item.severity, item.file, item.line) for item in warnings] == [
        ("MR051", "warning", "overlays/a/istio.yaml", 5)
    ]
    assert specs.istios[0].name == "default"


def test_a_secret_with_data_is_refused_unless_the_fleet_waives_it(tmp_path: Path) -> None:
    files = {"s.yaml": secret("one") + "---\n" + secret("two")}
    lines = one(tmp_path, files, "s.yaml").refused()
    assert [line.split(": ")[1] for line in lines] == ["Secret/istio-system/one", "Secret/istio-system/two"]
    assert not [line for line in lines if "hush" in line]
    waiver = "{waivers: [{code: MR060, object: Secret/istio-system/one, reason: a public key}]}"
    (left,) = one(tmp_path, files, "s.yaml", fleet=waiver).refused()
    assert "Secret/istio-system/two" in left
    ((specs,), _) = one(tmp_path, files, "s.yaml", fleet="{waivers: [{code: MR060, reason: a test fleet}]}").load()
    assert len(specs.extra) == 2


def test_a_waiver_accepts_a_warning_but_no_other_error(tmp_path: Path) -> None:
    waivers = "{waivers: [{code: MR051, reason: known}, {code: MR043, reason: no}]}"
    files = {"i.yaml": istio(spec="{version: v1.24.3, updateStrategy: {updateWorkloads: true}}")}
    assert one(tmp_path, files, "i.yaml", fleet=waivers).load()[1] == []
    files = {"i.yaml": istio(spec="{version: v1.24.9}")}
    assert len(one(tmp_path, files, "i.yaml", fleet=waivers).refused()) == 1


def test_a_cluster_that_needs_another_program_says_only_that(tmp_path: Path) -> None:
    files = {"cluster.yaml": cluster("a", "{requiredVersion: '>=99', later: x}"), "i.yaml": istio(spec="{later: x}")}
    (line,) = one(tmp_path, files, "i.yaml").refused()
    assert "spec.requiredVersion: needs meshrev >=99" in line


def test_a_name_with_a_slash_is_refused_in_every_kind(tmp_path: Path) -> None:
    files = {
        "a.yaml": istio("a/b") + "---\n" + namespace("../../x"),
        "b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ../c}\n",
        "cluster.yaml": cluster("a/b"),
    }
    lines = one(tmp_path, files, "a.yaml", "b.yaml").refused()
    assert len(lines) == 4
    assert all(": metadata.name: " in line for line in lines)


def test_broken_yaml_beside_is_told_with_its_line(tmp_path: Path) -> None:
    (line,) = one(tmp_path, {"cluster.yaml": "kind: [\n"}).refused()
    assert line.startswith("overlays/a/cluster.yaml:")


def test_a_finding_is_one_line_whatever_the_specs_hold(tmp_path: Path) -> None:
    text = istio('"a\\n\\e[2Jb"', '{version: "v1\\n", "x\\n\\"": 1}')
    lines = one(tmp_path, {"i.yaml": text}, "i.yaml").refused()
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_each_object_that_clusters_share_is_checked_once_a_run(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(20)]
    files = {
        "base/kustomization.yaml": resources("all.yaml"),
        "base/all.yaml": "---\n".join(namespace(name) for name in names),
    }
    for folder in ("a", "b", "c"):
        files |= {
            f"overlays/{folder}/kustomization.yaml": resources("../../base"),
            f"overlays/{folder}/cluster.yaml": cluster(folder),
        }
    repo, cache = Repo(tmp_path, files), SpecsCache()
    clusters, _ = load_clusters(repo.reader, repo.fleet, cache)
    assert [len(specs.namespaces) for specs in clusters] == [20, 20, 20]
    assert len(cache.checked) == 20 + 3


# A stream


def test_a_stream_can_bring_its_cluster(tmp_path: Path) -> None:
    specs = one(tmp_path, {}).stream("b", cluster("b"), istio(), namespace("x"))
    assert (specs.cluster.name, specs.folder) == ("b", "-")
    assert [item.name for item in specs.istios] == ["default"]
    assert [item.name for item in specs.namespaces] == ["x"]


def test_a_stream_needs_no_overlay(tmp_path: Path) -> None:
    assert Repo(tmp_path, {}).stream("b", cluster("b"), istio()).istios[0].name == "default"


def test_a_stream_without_a_cluster_takes_the_one_of_the_overlay_of_that_name(tmp_path: Path) -> None:
    repo = one(tmp_path, {"cluster.yaml": cluster("a", "{platform: gke}")})
    specs = repo.stream("a", istio())
    assert (specs.cluster.name, specs.cluster.platform, specs.folder) == ("a", "gke", "overlays/a")
    assert repo.stream_refused("b", istio()) == [
        "-: no object of kind Cluster (meshrev.io/v1alpha1) says which cluster this is:"
        " add one to the stream, or write cluster.yaml in the overlay folder of that name"
    ]


def test_a_stream_that_brings_the_overlays_own_cluster_is_not_two_clusters(tmp_path: Path) -> None:
    repo = one(tmp_path, {"cluster.yaml": cluster("a", "{platform: gke}")})
    assert repo.stream("a", cluster("a", "{platform: eks}"), istio()).cluster.platform == "eks"


def test_a_stream_of_another_cluster_is_refused(tmp_path: Path) -> None:
    (line,) = one(tmp_path, {}).stream_refused("b", cluster("c"))
    assert line == "-:3:12: Cluster/c: metadata.name: is not the cluster that was asked for, b"


def test_mistakes_in_a_stream_have_their_lines_and_all_are_told(tmp_path: Path) -> None:
    lines = one(tmp_path, {}).stream_refused("a", istio(spec="{version: v1.24.9}"), namespace("X"), istio())
    assert [line.split(": ")[0] for line in lines] == ["-:5:8", "-:9:12", "-:14:3"]
    assert "is there twice in this cluster; the other one is in -:4" in lines[2]


def test_a_list_in_a_stream_is_unpacked(tmp_path: Path) -> None:
    items = "".join(f"- {{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n" for name in "xy")
    specs = one(tmp_path, {}).stream("a", f"apiVersion: v1\nkind: List\nitems:\n{items}")
    assert [item.name for item in specs.namespaces] == ["x", "y"]


def test_one_overlay_can_be_loaded_by_its_folder(tmp_path: Path) -> None:
    repo = one(tmp_path, {"i.yaml": istio()}, "i.yaml")
    specs, warnings = load_cluster(repo.reader, repo.fleet, "overlays/a", SpecsCache())
    assert (specs.cluster.name, specs.istios[0].name, warnings) == ("a", "default", [])
