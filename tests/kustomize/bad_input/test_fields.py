"""A field or target of a kustomization that is wrong is told, with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kustomize.bad_input.mistakes import CM, OUT, K, mistakes


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
