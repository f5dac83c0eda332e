"""What building adds to the objects: they are shared between clusters, and traps of Kustomize are warned of."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from render.errors import InputError
from render.finding import in_order
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import Reader, WorkingTree
from render.kustomize.resource import Resource
from render.yamlio.location import Place


class Counting:
    """A reader that counts what is read of the one behind it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.read_files: list[str] = []

    def read(self, path: str) -> bytes:
        self.read_files.append(path)
        return self.reader.read(path)

    def is_file(self, path: str) -> bool:
        return self.reader.is_file(path)

    def is_folder(self, path: str) -> bool:
        return self.reader.is_folder(path)

    def links(self, path: str) -> tuple[str, ...]:
        return self.reader.links(path)

    def entries(self, path: str) -> list[str]:
        return self.reader.entries(path)


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def configmap(name: str, rest: str = "") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{rest}"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two clusters that share a base and a component, and each patch one object."""
    write(
        tmp_path,
        {
            "base/kustomization.yaml": "resources: [a.yaml, b.yaml]\nlabels: [{pairs: {shared: 'true'}}]\n",
            "base/a.yaml": configmap("a", "data: {deep: {key: value}, list: [1]}\n"),
            "base/b.yaml": configmap("b", "data: {key: value}\n"),
            "component/kustomization.yaml": "kind: Component\nresources: [c.yaml]\n",
            "component/c.yaml": configmap("c"),
        },
    )
    for name in ("one", "two"):
        write(
            tmp_path / "overlays" / name,
            {
                "kustomization.yaml": "resources: [../../base]\ncomponents: [../../component]\n"
                "patches: [{path: patch.yaml}]\nlabels: [{pairs: {env: prod}}]\n",
                "patch.yaml": configmap("b", f"data: {{cluster: {name}}}\n"),
            },
        )
    return tmp_path


def by_name(resources: list[Resource]) -> dict[str, Resource]:
    return {resource.name: resource for resource in resources}


def test_what_an_overlay_does_not_patch_is_the_same_object_in_all(fleet: Path) -> None:
    reader, cache = WorkingTree(fleet), BuildCache()
    one, two = (by_name(build(reader, f"overlays/{name}", cache)) for name in ("one", "two"))
    assert one["a"] is two["a"]
    assert one["c"] is two["c"]
    assert one["b"] is not two["b"]
    assert (one["b"].data["data"]["cluster"], two["b"].data["data"]["cluster"]) == ("one", "two")
    assert one["a"].data["metadata"]["labels"] == {"shared": "true", "env": "prod"}


def test_a_patch_copies_only_what_it_changes(fleet: Path) -> None:
    write(fleet, {"overlays/one/patch.yaml": configmap("a", "data: {new: '1'}\n")})
    reader, cache = WorkingTree(fleet), BuildCache()
    patched, base = (by_name(build(reader, folder, cache))["a"].data for folder in ("overlays/one", "base"))
    assert patched["data"] == {"deep": {"key": "value"}, "list": [1], "new": "1"}
    assert base["data"] == {"deep": {"key": "value"}, "list": [1]}
    again = by_name(build(reader, "overlays/two", cache))["a"].data
    assert again["data"]["deep"] is patched["data"]["deep"]
    assert again["data"]["list"] is patched["data"]["list"]


def test_a_base_is_read_once_a_run(fleet: Path) -> None:
    reader, cache = Counting(WorkingTree(fleet)), BuildCache()
    for name in ("one", "two", "one"):
        build(reader, f"overlays/{name}", cache)
    shared = [path for path in reader.read_files if not path.startswith("overlays/")]
    assert sorted(shared) == sorted(set(shared))
    assert len(shared) == 5


def test_an_object_knows_where_it_and_its_patches_were_written(fleet: Path) -> None:
    b = by_name(build(WorkingTree(fleet), "overlays/one", BuildCache()))["b"]
    assert b.origin == Place("base/b.yaml")
    assert b.patches == (Place("overlays/one/patch.yaml"),)


def test_a_mistake_in_a_base_is_the_same_for_every_overlay(fleet: Path) -> None:
    write(fleet, {"base/b.yaml": "a: [\n"})
    reader, cache = WorkingTree(fleet), BuildCache()
    errors = []
    for name in ("one", "two"):
        with pytest.raises(InputError) as error:
            build(reader, f"overlays/{name}", cache)
        errors += error.value.findings
    assert [finding.text().split(": ")[0] for finding in in_order(errors)] == ["base/b.yaml:2:1"]


def test_a_mistake_is_told_of_every_overlay_that_has_it(fleet: Path) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: text}\n"
    write(fleet, {"base/a.yaml": service})
    for name in ("one", "two"):
        write(fleet, {f"overlays/{name}/kustomization.yaml": "resources: [../../base]\ncommonLabels: {a: b}\n"})
    reader, cache = WorkingTree(fleet), BuildCache()
    for name in ("one", "two"):
        with pytest.raises(InputError, match=r"^base/a.yaml:4:8: Service/s: spec.selector: must be a mapping"):
            build(reader, f"overlays/{name}", cache)


def test_a_thousand_overlays_take_seconds_not_minutes(tmp_path: Path) -> None:
    """A guard against work that grows with clusters times objects: the real figure is far below the bound."""
    names = [f"object-{number}" for number in range(60)]
    write(tmp_path, {"base/kustomization.yaml": "resources: [all.yaml]\n"})
    write(tmp_path, {"base/all.yaml": "---\n".join(configmap(name, "data: {key: value}\n") for name in names)})
    patches = "".join(f"- path: {number}.yaml\n" for number in range(3))
    for cluster in range(200):
        write(
            tmp_path / f"overlays/{cluster}",
            {
                "kustomization.yaml": f"resources: [../../base]\npatches:\n{patches}",
                **{f"{number}.yaml": configmap(names[number], f"data: {{c: '{cluster}'}}\n") for number in range(3)},
            },
        )
    reader, cache, start = WorkingTree(tmp_path), BuildCache(), time.perf_counter()
    objects = [item for cluster in range(200) for item in build(reader, f"overlays/{cluster}", cache)]
    assert time.perf_counter() - start < 4
    assert len({id(item) for item in objects}) == 57 + 3 * 200


def warnings(root: Path, files: dict[str, str]) -> list[str]:
    write(root, files)
    cache = BuildCache()
    build(WorkingTree(root), ".", cache)
    assert all(finding.severity == "warning" for finding in cache.warnings)
    return [finding.text() for finding in in_order(cache.warnings)]


def test_a_target_that_selects_nothing_is_warned_of(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [a.yaml]\npatches:\n- path: p.yaml\n  target:\n    name: aa\n",
        "a.yaml": configmap("a"),
        "p.yaml": configmap("a"),
    }
    expected = "kustomization.yaml:4:3: patches[0].target: selects no object, so the patch does nothing"
    assert warnings(tmp_path, files) == [expected]


@pytest.mark.parametrize(
    ("patch", "warning"),
    [
        (
            "metadata: {name: a, labels: {x: null}}",
            'p.yaml:3:30: metadata.labels.x: does not delete: with a target Kustomize makes it the text "null" '
            "(write a JSON patch with remove)",
        ),
        (
            "metadata: {name: a}\n$patch: replace",
            "p.yaml:4:1: Service/a: $patch: replace has no effect on a whole object; write the object itself instead",
        ),
        (
            "metadata: {name: a}\nspec: {ports: [{port: 80, name: http}]}",
            "p.yaml:4:16: Service/a: spec.ports[0]: has no effect: "
            "port and protocol must be written here as in the object",
        ),
        (
            "metadata: {name: a}\nspec: {ports: [{port: 53, protocol: TCP}]}",
            "p.yaml:4:16: Service/a: spec.ports[0]: has no effect: "
            "port and protocol must be written here as in the object",
        ),
        (
            "metadata: {name: a}\nspec: {ports: [{port: 53, $patch: delete}]}",
            "p.yaml:4:16: Service/a: spec.ports[0]: deletes nothing: "
            "Kustomize finds the element only by all keys of the list",
        ),
        (
            "metadata: {name: a}\nspec: {ports: [{port: 80, protocol: TCP, $patch: replace}]}",
            "p.yaml:4:16: Service/a: spec.ports[0]: $patch: replace has no effect on an element of a list; "
            "delete it and add another",
        ),
    ],
)
def test_a_part_of_a_patch_without_effect_is_warned_of(tmp_path: Path, patch: str, warning: str) -> None:
    service = "apiVersion: v1\nkind: Service\n"
    files = {
        "kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: Service}}]\n",
        "a.yaml": f"{service}metadata: {{name: a}}\nspec: {{ports: [{{port: 80, protocol: TCP}}, {{port: 53}}]}}\n",
        "p.yaml": f"{service}{patch}\n",
    }
    assert warnings(tmp_path, files) == [warning]


def test_a_json_patch_that_replaces_what_is_not_there_is_not_warned_of(tmp_path: Path) -> None:
    """All of Kustomize takes it, and adds."""
    files = {
        "kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n",
        "a.yaml": configmap("a"),
        "p.yaml": "- op: replace\n  path: /data\n  value: {}\n",
    }
    assert warnings(tmp_path, files) == []


def test_an_empty_value_that_goes_with_a_patch_is_warned_of(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n",
        "a.yaml": configmap("a", "data:\n  gone:\n  stays: null\n  taken:\n  list: [{a}]\n"),
        "p.yaml": configmap("a", "data: {taken: null, added: '1'}\n"),
    }
    message = "is left empty, which Kustomize takes away with a patch of the object; write null to keep it"
    assert warnings(tmp_path, files) == [f"a.yaml:6:3: ConfigMap/a: data.gone: {message}"]


def test_what_does_something_is_not_warned_of(fleet: Path) -> None:
    cache = BuildCache()
    build(WorkingTree(fleet), "overlays/one", cache)
    assert cache.warnings == set()


def test_labels_reach_templates_but_not_selectors_where_asked(tmp_path: Path) -> None:
    """`includeTemplates`, which Kustomize has since 4.5.5, and the Kustomize of the other tests not yet."""
    deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {matchLabels: {b: c}}}\n"
    files = {
        "kustomization.yaml": "resources: [a.yaml]\nlabels: [{pairs: {env: prod}, includeTemplates: true}]\n",
        "a.yaml": deployment,
    }
    write(tmp_path, files)
    (resource,) = build(WorkingTree(tmp_path), ".", BuildCache())
    assert resource.data["metadata"]["labels"] == {"env": "prod"}
    assert resource.data["spec"] == {
        "selector": {"matchLabels": {"b": "c"}},
        "template": {"metadata": {"labels": {"env": "prod"}}},
    }


def test_one_patch_file_may_hold_several_patches(tmp_path: Path) -> None:
    """As in Kustomize 5, and not yet in the Kustomize of the other tests."""
    files = {
        "kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n",
        "a.yaml": configmap("a") + "---\n" + configmap("b"),
        "p.yaml": configmap("a", "data: {x: '1'}\n") + "---\n" + configmap("b", "data: {x: '2'}\n"),
    }
    write(tmp_path, files)
    a, b = build(WorkingTree(tmp_path), ".", BuildCache())
    assert (a.data["data"], b.data["data"]) == ({"x": "1"}, {"x": "2"})
    assert (a.patches, b.patches) == ((Place("p.yaml", 0),), (Place("p.yaml", 1),))


def test_dates_stay_text(tmp_path: Path) -> None:
    """As in Kubernetes' own parser; Kustomize writes 2024-01-01 as 2024-01-01T00:00:00Z, which no label can be."""
    write(
        tmp_path,
        {
            "kustomization.yaml": "resources: [a.yaml]\n",
            "a.yaml": configmap("a", "  labels: {since: 2024-01-01}\n"),
        },
    )
    (resource,) = build(WorkingTree(tmp_path), ".", BuildCache())
    assert resource.data["metadata"]["labels"] == {"since": "2024-01-01"}


def test_admission_policies_have_no_namespace(tmp_path: Path) -> None:
    """As in Kubernetes, and in Kustomize from api v0.21.2 on; 5.8.1 gives them one, which an API server refuses."""
    kinds = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    objects = (f"apiVersion: admissionregistration.k8s.io/v1\nkind: {kind}\nmetadata: {{name: a}}\n" for kind in kinds)
    write(tmp_path, {"kustomization.yaml": "resources: [a.yaml]\nnamespace: ns\n", "a.yaml": "---\n".join(objects)})
    assert [item.namespace for item in build(WorkingTree(tmp_path), ".", BuildCache())] == ["", ""]
