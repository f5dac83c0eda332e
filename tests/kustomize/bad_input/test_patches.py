"""A patch that cannot be read or applied is told, at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kustomize.bad_input.mistakes import CM, OUT, PATCH, TARGET, K, mistakes

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n"


@pytest.mark.parametrize(
    ("kustomization", "patch", "mistake"),
    [
        (PATCH, "", "p.yaml:1:1: is empty; a patch is expected here"),
        (PATCH, "hello", "p.yaml:1:1: a patch is a part of an object, or a list of JSON patch operations, not hello"),
        (
            PATCH,
            CM.replace("kind: ConfigMap\n", ""),
            "p.yaml:1:1: kind: is missing in the patch: it says what to patch",
        ),
        (
            TARGET,
            "kind: ConfigMap\n",
            "p.yaml:1:1: metadata.name: is missing in the patch: "
            "Kustomize wants one here even with a target; any will do",
        ),
        (
            PATCH,
            CM.replace("name: a", "name: aa"),
            "p.yaml:4:3: metadata.name: ConfigMap/default/aa (v1) is not among the objects here (did you mean a?)",
        ),
        (
            PATCH,
            CM + "  namespace: other\n",
            "p.yaml:4:3: metadata.name: ConfigMap/other/a (v1) is not among the objects here "
            "(it is there in namespace default)",
        ),
        (
            PATCH,
            CM.replace("v1", "v2"),
            "p.yaml:4:3: metadata.name: ConfigMap/default/a (v2) is not among the objects here (it is there as v1)",
        ),
        (
            TARGET,
            f"{CM}---\n{CM}",
            "kustomization.yaml:5:3: patches[0].target: several patches in one text cannot have a target",
        ),
        (
            PATCH,
            "- op: add",
            "kustomization.yaml:4:3: patches[0]: a JSON patch needs a target, which says what to patch",
        ),
        (
            TARGET,
            "- op: ad",
            "p.yaml:1:3: [0].op: op must be one of add, remove, replace, move, copy, test (did you mean add?)",
        ),
        (TARGET, "- x: y", "p.yaml:1:3: [0]: op must be one of add, remove, replace, move, copy, test"),
        (TARGET, "- 5", "p.yaml:1:3: [0]: an operation is a mapping with op and path, not the number 5"),
        (TARGET, "- {op: add, value: 1}", "p.yaml:1:3: [0]: add needs a path, such as /spec/replicas"),
        (TARGET, "- {op: add, path: /a}", "p.yaml:1:3: [0]: add needs a value"),
        (TARGET, "- {op: move, path: /a}", "p.yaml:1:3: [0]: move needs a from, such as /spec/replicas"),
        (
            TARGET,
            "- {op: remove, path: a}",
            "p.yaml:1:16: [0].path: must begin with /, as /spec/replicas does (RFC 6901), not a",
        ),
        (
            TARGET,
            "- op: remove\n  path: /a\n---\n- op: x",
            "p.yaml:4:1: a JSON patch is one list; this is a second document",
        ),
        (
            TARGET,
            "- op: remove\n  path: /a",
            "p.yaml:2:3: ConfigMap/a: [0].path: remove /a: the object has no such field",
        ),
        (
            TARGET,
            "- {op: add, path: /a/b, value: 1}",
            "p.yaml:1:13: ConfigMap/a: [0].path: add /a/b: the object has nothing at /a; add that first",
        ),
        (
            TARGET,
            "- {op: add, path: /kind/b, value: 1}",
            "p.yaml:1:13: ConfigMap/a: [0].path: add /kind/b: "
            "the object has ConfigMap at /kind, and no fields below it",
        ),
        (
            TARGET,
            "- {op: add, path: /a, value: [1]}\n- {op: replace, path: /a/1, value: 2}",
            "p.yaml:2:17: ConfigMap/a: [1].path: replace /a/1: 1 is not a position in the list of 1 that is there",
        ),
        (
            TARGET,
            "- {op: test, path: /kind, value: Secret}",
            "p.yaml:1:14: ConfigMap/a: [0].path: test /kind: ConfigMap is there, not Secret",
        ),
        (
            TARGET,
            "- {op: copy, from: /no, path: /b}",
            "p.yaml:1:14: ConfigMap/a: [0].from: copy /no: the object has no such field",
        ),
        (
            TARGET,
            "- {op: replace, path: /metadata/name, value: b}",
            f"p.yaml:1:1: ConfigMap/a: changes the name, which meshrev keeps as written; {OUT}",
        ),
        (
            TARGET,
            "- {op: remove, path: /metadata/name}",
            "p.yaml:1:1: ConfigMap/a: leaves an object without metadata.name",
        ),
        (
            PATCH,
            CM + "data:\n  a: {$patch: drop}\n",
            "p.yaml:6:7: ConfigMap/a: data.a.$patch: must be delete, replace or merge, not drop",
        ),
        (
            PATCH,
            CM + "data:\n  $retainKeys: [a]\n",
            "p.yaml:6:3: data.$retainKeys: Kustomize does not read $retainKeys and would leave it in the object; "
            "remove it",
        ),
        (
            PATCH,
            CM + "data: {a: [{$patch: delete}]}\n",
            "p.yaml:5:13: ConfigMap/a: data.a[0].$patch: this list is replaced as a whole, and Kustomize would leave "
            "the $patch in it; write the whole list",
        ),
        (
            PATCH,
            CM + "data: [x]\nkey: {}\n",
            "p.yaml:5:1: ConfigMap/a: data: the patch has a list where the object has a mapping",
        ),
    ],
)
def test_a_wrong_patch_is_explained(tmp_path: Path, kustomization: str, patch: str, mistake: str) -> None:
    files = {"kustomization.yaml": kustomization, "a.yaml": CM + "data: {key: value}\n", "p.yaml": patch + "\n"}
    assert mistakes(tmp_path, files) == [mistake]


@pytest.mark.parametrize(
    ("ports", "patch", "mistake"),
    [
        (
            "[{port: 80}]",
            "[{name: http}]",
            "p.yaml:7:6: Service/a: spec.ports[0]: this element has no port, by which the list is merged",
        ),
        (
            "[{port: 80}]",
            "[http]",
            "p.yaml:7:6: Service/a: spec.ports[0]: this element has no port, by which the list is merged",
        ),
        (
            "[{port: 80}]",
            "[{port: 1}, {port: 1}]",
            "p.yaml:7:17: Service/a: spec.ports[1]: the patch has an element of this port and protocol twice",
        ),
        (
            "[{name: http}]",
            "[{port: 80}]",
            "p.yaml:6:3: Service/a: spec.ports: an element of this list in the object has no port, by which it merges",
        ),
        (
            "[{port: 53, protocol: UDP}, {port: 53}]",
            "[{port: 1}]",
            "p.yaml:6:3: Service/a: spec.ports: with this patch Kustomize would lose an element: "
            "give each one in the object port and protocol",
        ),
        (
            "null",
            "[{$patch: replace}, {port: 1}]",
            "p.yaml:6:3: Service/a: spec.ports: the object has no such list to replace; "
            "Kustomize would leave the $patch in it",
        ),
        (
            "[{port: 80}]",
            "[{$patch: replace}, {port: 1, $patch: replace}]",
            "p.yaml:7:25: Service/a: spec.ports[1]: with $patch: replace of the list Kustomize would leave this out",
        ),
    ],
)
def test_a_merge_in_which_something_would_be_lost_is_refused(
    tmp_path: Path, ports: str, patch: str, mistake: str
) -> None:
    files = {"kustomization.yaml": PATCH, "a.yaml": f"{SERVICE}    {ports}\n", "p.yaml": f"{SERVICE}    {patch}\n"}
    assert mistakes(tmp_path, files) == [mistake]


def test_a_former_name_is_forgotten_with_the_annotations(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [base]\npatches: [{path: gone.yaml}, {path: p.yaml}]\n",
        "base/kustomization.yaml": "resources: [a.yaml]\nnamespace: mesh\n",
        "base/a.yaml": CM,
        "gone.yaml": CM + "  annotations: null\n",
        "p.yaml": CM,
    }
    (mistake,) = mistakes(tmp_path, files)
    assert mistake.startswith("p.yaml:4:3: metadata.name: ConfigMap/default/a (v1) is not among the objects here")


def test_any_merge_of_an_object_is_refused_where_a_list_of_it_would_lose_elements(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": PATCH,
        "a.yaml": f"{SERVICE}    [{{port: 80}}, {{name: a}}]\n",
        "p.yaml": SERVICE.partition("spec")[0],
    }
    assert mistakes(tmp_path, files) == [
        "p.yaml:1:1: Service/a: an element of spec.ports in the object has no port, by which it merges; "
        "with any patch Kustomize would lose elements"
    ]


def test_a_patch_for_several_objects_is_refused(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [one, two]\npatches:\n- path: p.yaml\n",
        "one/kustomization.yaml": "resources: [../../../base]\nnamespace: one\n",
        "two/kustomization.yaml": "resources: [../../../base]\nnamespace: two\n",
        "/base/kustomization.yaml": "resources: [a.yaml]\n",
        "/base/a.yaml": CM,
        "p.yaml": CM,
    }
    expected = "p.yaml:4:3: metadata.name: is for 2 objects: ConfigMap/one/a, ConfigMap/two/a"
    assert mistakes(tmp_path, files) == [expected]


def test_mistakes_in_inline_patches_have_lines_of_the_file(tmp_path: Path) -> None:
    patch = "    apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: a\n      name: b\n"
    (found,) = mistakes(tmp_path, {"kustomization.yaml": f"{K}patches:\n- patch: |-\n\n{patch}", "a.yaml": CM})
    assert found == "kustomization.yaml:10:7: metadata.name: name is given twice; remove one (first in line 9)"
    broken = "    - op: add\n      path: /a\n     value: 1\n"
    files = {"kustomization.yaml": f"{K}patches:\n- target: {{}}\n  patch: |\n{broken}", "a.yaml": CM}
    (found,) = mistakes(tmp_path, files)
    assert found.startswith("kustomization.yaml:8:6: not valid YAML: ")
