"""Files that hold no objects of their own, and objects that get into each other's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.kustomize.bad_input.mistakes import CM, OUT, PATCH, K, mistakes

WRITE_ONE = "(write one, or: kustomize create --autodetect --recursive)"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("hello", "a.yaml:1:1: a Kubernetes object is expected here (apiVersion, kind, metadata), not hello"),
        ("- a", "a.yaml:1:1: a Kubernetes object is expected here (apiVersion, kind, metadata), not a list"),
        ("kind: ConfigMap", "a.yaml:1:1: apiVersion: a Kubernetes object needs one, and it must be text"),
        ("apiVersion: v1\nkind: 5", "a.yaml:2:1: kind: a Kubernetes object needs one, and it must be text"),
        (CM.replace("name:", "generateName:"), "a.yaml:3:1: metadata.name: a Kubernetes object needs one"),
        (CM + "  namespace: {a: b}", "a.yaml:5:3: metadata.namespace: must be text, not an object"),
        (CM + "  annotations: text", "a.yaml:5:3: metadata.annotations: must be a mapping of annotations, not text"),
        (CM + "  annotations: {a: b, c: [d]}", "a.yaml:5:23: metadata.annotations.c: must be text, not a list"),
        (
            f"--- # first\n{CM}---\t# next\n--- {{}}",
            "a.yaml:7:5: Kustomize takes nothing but a comment behind ---; write it on a line of its own",
        ),
        ("apiVersion: v1\nkind: List\nitems: {}", "a.yaml:3:1: items: must be a list, not an object"),
        (
            "apiVersion: v1\nkind: List\nitems:\n- 5",
            "a.yaml:4:3: items[0]: a Kubernetes object is expected here (apiVersion, kind, metadata), not the number 5",
        ),
        (f"{CM}---\n{CM}", "a.yaml:9:3: ConfigMap/a: metadata.name: is there already, from overlays/prod/a.yaml:4"),
        (
            f"{CM}---\n{CM}".replace("v1", "v2", 1),
            "a.yaml:9:3: ConfigMap/a: metadata.name: is there already, from overlays/prod/a.yaml:4",
        ),
    ],
)
def test_what_is_no_object_of_its_own_is_refused(tmp_path: Path, text: str, mistake: str) -> None:
    assert mistakes(tmp_path, {"kustomization.yaml": K, "a.yaml": text + "\n"}) == [mistake]


def test_an_object_of_two_files_is_refused_with_both_places(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "resources:\n- a.yaml\n- b.yaml\n", "a.yaml": CM, "b.yaml": f"# b\n{CM}"}
    expected = "b.yaml:5:3: ConfigMap/a: metadata.name: is there already, from overlays/prod/a.yaml:4"
    assert mistakes(tmp_path, files) == [expected]


def test_a_base_that_comes_in_twice_is_one_mistake(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources:\n- one\n- two\n",
        "one/kustomization.yaml": "resources: [../../../base]\n",
        "two/kustomization.yaml": "resources: [../../../base]\n",
        "/base/kustomization.yaml": "resources: [a.yaml]\n",
        "/base/a.yaml": f"{CM}---\n{CM.replace('name: a', 'name: b')}",
    }
    expected = (
        "kustomization.yaml:3:3: resources[1]: ConfigMap/a from base/a.yaml:4 is there already (and 1 more like it)"
    )
    assert mistakes(tmp_path, files) == [expected]


def test_a_namespace_that_makes_two_objects_one_is_refused(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [a.yaml, b.yaml]\nnamespace: mesh\n",
        "a.yaml": CM,
        "b.yaml": CM + "  namespace: other\n",
    }
    expected = (
        "kustomization.yaml:2:1: namespace: makes one object, ConfigMap/mesh/a, of two: "
        "from overlays/prod/a.yaml:4 and from overlays/prod/b.yaml:4"
    )
    assert mistakes(tmp_path, files) == [expected]


def test_a_circle_of_folders_is_refused(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [../../base]\n",
        "/base/kustomization.yaml": "resources: [../other]\n",
        "/other/kustomization.yaml": "components: [../base]\n",
    }
    place = "other/kustomization.yaml:1:14: components[0]"
    expected = f"{place}: the folders refer to each other in a circle: base -> other -> base"
    assert mistakes(tmp_path, files) == [expected]


def test_a_label_that_has_no_place_is_refused(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: text\n"
    files = {"kustomization.yaml": f"{K}commonLabels: {{a: b}}\n", "a.yaml": text}
    expected = "a.yaml:5:3: Service/a: spec.selector: must be a mapping of labels or annotations, not text"
    assert mistakes(tmp_path, files) == [expected]


def test_renaming_is_left_to_kustomize(tmp_path: Path) -> None:
    options = "  options:\n    allowNameChange: true\n    allowKindChange: false\n    other: true\n"
    assert mistakes(tmp_path, {"kustomization.yaml": PATCH + options, "a.yaml": CM, "p.yaml": CM}) == [
        f"kustomization.yaml:6:5: patches[0].options.allowNameChange: is not built by meshrev, "
        f"which keeps names as written; {OUT}",
        "kustomization.yaml:8:5: patches[0].options.other: is not an option of a patch",
    ]


def test_all_mistakes_of_a_folder_are_told(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources:\n- a.yaml\n- b.yaml\n- c.yaml\n- ../../base\n"
        "patches:\n- path: p.yaml\nimages: []\n",
        "a.yaml": "a: [1\n",
        "b.yaml": "kind: 1\n",
        "p.yaml": "\tx\n",
        "/base/kustomization.yaml": "vars: []\n",
    }
    found = mistakes(tmp_path, files)
    assert [line.split(": ")[0] for line in found] == [
        "base/kustomization.yaml:1:1",
        "a.yaml:2:1",
        "b.yaml:1:1",
        "kustomization.yaml:4:3",
        "kustomization.yaml:8:1",
        "p.yaml:1:1",
    ]


@pytest.mark.parametrize(
    ("names", "mistake"),
    [
        (
            [],
            f"overlays/prod: this folder has no kustomization.yaml {WRITE_ONE}",
        ),
        (
            ["Kustomization", "kustomization.yaml"],
            "overlays/prod: this folder has kustomization.yaml and Kustomization; Kustomize takes exactly one of them",
        ),
    ],
)
def test_a_folder_needs_exactly_one_kustomization(tmp_path: Path, names: list[str], mistake: str) -> None:
    assert mistakes(tmp_path, {"a.yaml": CM, **dict.fromkeys(names, "")}) == [mistake]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^overlays/none: this folder does not exist$"):
        build(WorkingTree(tmp_path), "overlays/none", BuildCache())
