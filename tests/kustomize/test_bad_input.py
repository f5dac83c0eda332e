"""What is wrong with a kustomization is told in one line each, with its place and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n"
K = "resources:\n- a.yaml\n"
PATCH = K + "patches:\n- path: p.yaml\n"
TARGET = PATCH + "  target: {kind: ConfigMap}\n"
OUT = "let Kustomize build it: kustomize build overlays/prod | meshrev render --cluster prod -"
WRITE_ONE = "(write one, or: kustomize create --autodetect --recursive)"


def write(root: Path, files: dict[str, str]) -> None:
    """Files below `overlays/prod`, where their name does not say otherwise with a leading `/`."""
    for name, text in files.items():
        path = root / name[1:] if name[0] == "/" else root / "overlays/prod" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def mistakes(root: Path, files: dict[str, str]) -> list[str]:
    write(root, files)
    with pytest.raises(InputError) as error:
        build(WorkingTree(root), "overlays/prod", BuildCache())
    lines = [finding.text() for finding in error.value.findings]
    assert not any("\n" in line for line in lines)
    return [line.replace("overlays/prod/", "", 1) for line in lines]


@pytest.mark.parametrize(
    ("kustomization", "mistake"),
    [
        ("resource: []", "1:1: resource: is not a field of a kustomization (did you mean resources?)"),
        ("namePrefix: x-", f"1:1: namePrefix: is not built by meshrev; {OUT}"),
        ("images:\n- name: x", f"1:1: images: is not built by meshrev; {OUT}"),
        ("configMapGenerator:\n- name: x", f"1:1: configMapGenerator: is not built by meshrev; {OUT}"),
        ("helmCharts: []", f"1:1: helmCharts: is not built by meshrev; {OUT}"),
        ("labels:\n- pairs: {a: b}\n  fields: []", f"3:3: labels[0].fields: is not built by meshrev; {OUT}"),
        (
            "bases: []",
            "1:1: bases: is Kustomize's old form, which meshrev does not read; list the folder under resources",
        ),
        (
            "patchesStrategicMerge: []",
            "1:1: patchesStrategicMerge: is Kustomize's old form, which meshrev does not read; "
            "write `patches: [{path: FILE}]`",
        ),
        (
            "patchesJson6902: []",
            "1:1: patchesJson6902: is Kustomize's old form, which meshrev does not read; "
            "write `patches: [{path: FILE, target: {kind: ..., name: ...}}]`",
        ),
        ("patches: [p.yaml]", "1:11: patches[0]: must be a mapping, not p.yaml (write `- path: p.yaml`)"),
        ("resources: a.yaml", "1:1: resources: must be a list, not a.yaml"),
        ("resources: [5]", "1:13: resources[0]: must be a path, not the number 5; put it in quotes"),
        ("- resources", "1:1: a kustomization is a mapping, not a list"),
        ("namespace: a\n---\nnamespace: b", "3:1: is a second document; Kustomize reads only the first"),
        ("kind: Deployment", "1:1: kind: must be Kustomization or Component, not Deployment"),
        (
            "apiVersion: v1",
            "1:1: apiVersion: must be kustomize.config.k8s.io/v1beta1 for a Kustomization, not v1",
        ),
        ("namespace: Foo_Bar", "1:1: namespace: Foo_Bar is not a name that a namespace can have"),
        ("commonLabels: {a: 1}", "1:16: commonLabels.a: must be text, not the number 1; put it in quotes"),
        (
            "commonLabels: {a: yes}",
            "1:16: commonLabels.a: must be text, not true; put it in quotes "
            "(yes, no, on, off, y and n mean true and false in this file)",
        ),
        ("commonLabels: {a: b c}", "1:16: commonLabels.a: b c is not a value that a label can have"),
        (
            "commonAnnotations: {a b: c}",
            '1:21: commonAnnotations["a b"]: is not a name that a label or annotation can have',
        ),
        ("labels:\n- pair: {}", "2:3: labels[0].pair: is not a field of an entry of labels (did you mean pairs?)"),
        ("patches:\n- target: {kind: A}", "2:3: patches[0]: needs either path or patch"),
        ("patches:\n- path: a\n  patch: b", "2:3: patches[0]: needs either path or patch, not both"),
        ("resources:\n- x\nresources:\n- y", "3:1: resources: resources is given twice; remove one (first in line 1)"),
        ("resources:\n- none.yaml", "2:3: resources[0]: none.yaml does not exist"),
        ("components:\n- none", "2:3: components[0]: none does not exist"),
        ("patches:\n- path: none.yaml", "2:3: patches[0].path: none.yaml does not exist"),
        (
            "resources:\n- below",
            "2:3: resources[0]: overlays/prod/below has no kustomization.yaml "
            "(write one, or: kustomize create --autodetect --recursive)",
        ),
        ("components:\n- object.yaml", "2:3: components[0]: object.yaml is a file where a folder should be"),
        ("patches:\n- path: below", "2:3: patches[0].path: below is a folder where a file should be"),
        ("resources:\n- /etc", "2:3: resources[0]: /etc is an absolute path; write it relative to the fleet's root"),
        (
            "resources:\n- ../../../other",
            "2:3: resources[0]: ../../../other leads out of the fleet's root; only files below it are read",
        ),
        (
            "resources:\n- ../beside.yaml",
            "2:3: resources[0]: ../beside.yaml is not below the folder overlays/prod, where Kustomize reads files; "
            "refer to a folder instead",
        ),
        (
            "resources:\n- kustomization.yaml",
            "2:3: resources[0]: kustomization.yaml is a kustomization; refer to its folder",
        ),
        *(
            (
                f"resources:\n- {url}",
                f"2:3: resources[0]: {url} is on another machine; a fleet is rendered from its own repository alone, "
                "so copy it there",
            )
            for url in (
                "https://example.com/istio.yaml",
                "github.com/istio/istio//manifests?ref=1.24.3",
                "git@github.com:istio/istio",
                "ssh://git@example.com/repo",
                "../../base?ref=main",
            )
        ),
        (
            "resources:\n- .",
            "2:3: resources[0]: the folders refer to each other in a circle: overlays/prod -> overlays/prod",
        ),
        (
            "resources:\n- ..",
            "2:3: resources[0]: overlays contains overlays/prod, which refers to it; "
            "Kustomize takes only folders beside or below",
        ),
        (
            "components:\n- folder",
            "2:3: components[0]: overlays/prod/folder is not of kind Component; list it under resources",
        ),
        (
            "resources:\n- component",
            "2:3: resources[0]: overlays/prod/component is of kind Component; list it under components",
        ),
    ],
)
def test_a_wrong_field_is_named_with_the_way_out(tmp_path: Path, kustomization: str, mistake: str) -> None:
    files = {
        "kustomization.yaml": kustomization + "\n",
        "/overlays/kustomization.yaml": "",
        "/overlays/beside.yaml": CM,
        "object.yaml": CM,
        "below/a.yaml": CM,
        "folder/kustomization.yaml": "",
        "component/kustomization.yaml": "kind: Component\n",
    }
    assert mistakes(tmp_path, files) == [f"kustomization.yaml:{mistake}"]


@pytest.mark.parametrize(
    ("target", "mistake"),
    [
        ("{nam: a}", "nam: is not a field of a target (did you mean name?)"),
        ("{name: 5}", "name: must be text, not the number 5; put it in quotes"),
        ("{name: '['}", "name: is not a regular expression: missing ]: ["),
        ("{name: 'a(?=b)'}", "name: is not a regular expression: invalid perl operator: (?="),
        ("{name: '(a)\\1'}", "name: is not a regular expression: invalid escape sequence: \\1"),
        ("{name: 'a*+'}", "name: is not a regular expression: bad repetition operator: *+"),
        ("{name: '(?<!a)b'}", "name: is not a regular expression that Kustomize takes: (?<!a)b"),
        ("{name: 'a\\C'}", "name: is not a regular expression that Kustomize takes: a\\C"),
        ("{labelSelector: 'a in b'}", "labelSelector: ( is expected before 'b' in: a in b"),
        ("{labelSelector: 'a=b,'}", "labelSelector: ends with a comma: a=b,"),
        ("{labelSelector: 'a=b c=d'}", "labelSelector: , is expected before 'c' in: a=b c=d"),
        ("{labelSelector: '-a'}", "labelSelector: '-a' is not the name of a label, in: -a"),
        ("{labelSelector: 'a=b/c'}", "labelSelector: 'b/c' is not a value that a label can have, in: a=b/c"),
        ("{labelSelector: 'a>b'}", "labelSelector: a > takes a whole number, not 'b'"),
        ("{annotationSelector: '=a'}", "annotationSelector: a label is expected before '=' in: =a"),
    ],
)
def test_a_wrong_target_is_explained(tmp_path: Path, target: str, mistake: str) -> None:
    files = {"kustomization.yaml": f"{K}patches:\n- path: p.yaml\n  target: {target}\n", "a.yaml": CM, "p.yaml": CM}
    (found,) = mistakes(tmp_path, files)
    assert found.startswith("kustomization.yaml:5:12: patches[0].target.")
    assert found.endswith(f"target.{mistake}")


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


def test_a_circle_of_folders_is_refused(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [../../base]\n",
        "/base/kustomization.yaml": "resources: [../other]\n",
        "/other/kustomization.yaml": "components: [../base]\n",
    }
    place = "other/kustomization.yaml:1:14: components[0]"
    expected = f"{place}: the folders refer to each other in a circle: base -> other -> base"
    assert mistakes(tmp_path, files) == [expected]


def test_mistakes_in_inline_patches_have_lines_of_the_file(tmp_path: Path) -> None:
    patch = "    apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: a\n      name: b\n"
    (found,) = mistakes(tmp_path, {"kustomization.yaml": f"{K}patches:\n- patch: |-\n\n{patch}", "a.yaml": CM})
    assert found == "kustomization.yaml:10:7: metadata.name: name is given twice; remove one (first in line 9)"
    broken = "    - op: add\n      path: /a\n     value: 1\n"
    files = {"kustomization.yaml": f"{K}patches:\n- target: {{}}\n  patch: |\n{broken}", "a.yaml": CM}
    (found,) = mistakes(tmp_path, files)
    assert found.startswith("kustomization.yaml:8:6: not valid YAML: ")


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


@pytest.mark.parametrize("line", ["%YAML 1.1", "%YAML 1.2", "%TAG !e! tag:example.com,2000:"])
def test_lines_with_a_percent_sign_are_refused_in_all_files_of_a_folder(tmp_path: Path, line: str) -> None:
    text = f"{line}\n---\n"
    files = {
        "kustomization.yaml": text + PATCH,
        "a.yaml": text + CM,
        "p.yaml": text + CM,
    }
    message = "has a line with % before it (%YAML or %TAG), which Kustomize does not take; remove the line"
    assert mistakes(tmp_path, files) == [
        f"{name}:3:1: {message}" for name in ("a.yaml", "kustomization.yaml", "p.yaml")
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("kustomization.yaml", '{"resources": ["a.yaml",\n            ".\\/b.yaml"]}'),
        ("a.yaml", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name":\n            "a\\/b"}}'),
    ],
)
def test_an_escaped_slash_is_refused_outside_of_json_patches(tmp_path: Path, name: str, text: str) -> None:
    (line,) = mistakes(tmp_path, {"kustomization.yaml": K, "a.yaml": CM, name: text})
    assert line.startswith(f"{name}:2:13: ")
    assert line.endswith(": Kustomize does not take \\/ in quotes; write / alone")


def test_a_backslash_before_an_escaped_backslash_is_no_escaped_slash(tmp_path: Path) -> None:
    write(tmp_path, {"kustomization.yaml": K, "a.yaml": CM + "data: {a: \"b\\\\/c\", d: 'e\\/f', g: h\\/i}\n"})
    (resource,) = build(WorkingTree(tmp_path), "overlays/prod", BuildCache())
    assert resource.data["data"] == {"a": "b\\/c", "d": "e\\/f", "g": "h\\/i"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("[{op: add, path: /data, value: {}}]", 1, 3),
        ('[{"op": "remove", "path": "/data"}]\n# why', 2, 1),
    ],
)
@pytest.mark.parametrize("is_inline", [True, False])
def test_a_list_in_brackets_that_is_no_json_is_no_json_patch(
    tmp_path: Path, text: str, line: int, column: int, is_inline: bool
) -> None:
    indented = text.replace("\n", "\n    ")
    inline = f"{K}patches:\n- target: {{kind: ConfigMap}}\n  patch: |\n    {indented}\n"
    files = {"kustomization.yaml": inline if is_inline else TARGET, "a.yaml": CM, "p.yaml": text}
    message = "is not JSON, as which Kustomize reads a patch that begins with [; write it as a list of `- op: ...`"
    place = f"kustomization.yaml:{line + 5}:{column + 4}" if is_inline else f"p.yaml:{line}:{column}"
    assert mistakes(tmp_path, files) == [f"{place}: {message}"]


@pytest.mark.parametrize(
    ("kind", "fields", "mistake"),
    [
        ("RoleBinding", "subjects: text", "5:1: {}: subjects: must be a list, not text"),
        ("RoleBinding", "subjects: [text]", "5:12: {}: subjects[0]: must be a mapping, not text"),
        (
            "ClusterRoleBinding",
            "subjects: [{kind: ServiceAccount}]",
            "5:12: {}: subjects[0]: has no name, by which Kustomize looks for what it refers to",
        ),
        (
            "RoleBinding",
            "subjects: [{kind: ServiceAccount, name: a, namespace: {b: c}}]",
            "5:44: {}: subjects[0].namespace: must be text, not an object",
        ),
        (
            "RoleBinding",
            "subjects: [{kind: ServiceAccount, name: a, namespace: null}]",
            "5:44: {}: subjects[0].namespace: must be text, not nothing",
        ),
        (
            "RoleBinding",
            "subjects: [{kind: 1, name: a, namespace: b}]",
            "5:13: {}: subjects[0].kind: must be text, not the number 1",
        ),
        ("RoleBinding", "subjects: [{kind: User, name: [a]}]", "5:25: {}: subjects[0].name: must be text, not a list"),
        ("MutatingWebhookConfiguration", "webhooks: {a: b}", "5:1: {}: webhooks: must be a list, not an object"),
        (
            "ValidatingWebhookConfiguration",
            "webhooks: [{clientConfig: text}]",
            "5:13: {}: webhooks[0].clientConfig: must be a mapping, not text",
        ),
        (
            "ValidatingWebhookConfiguration",
            "webhooks: [{clientConfig: {service: {name: 5}}}]",
            "5:38: {}: webhooks[0].clientConfig.service.name: must be text, not the number 5",
        ),
    ],
)
def test_references_of_other_types_are_told(tmp_path: Path, kind: str, fields: str, mistake: str) -> None:
    group = "rbac.authorization.k8s.io" if kind.endswith("Binding") else "admissionregistration.k8s.io"
    text = f"apiVersion: {group}/v1\nkind: {kind}\nmetadata:\n  name: a\n{fields}\n"
    (line,) = mistakes(tmp_path, {"kustomization.yaml": K, "a.yaml": text})
    assert line == "a.yaml:" + mistake.format(f"{kind}/a")
