"""What would take for ever to build is refused, with the bound; what is only much is built."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.support.cases import ROOT

COMPONENT = "kind: Component\n"


def objects(number: int) -> str:
    return "".join(f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: ns-{one}}}\n" for one in range(number))


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def refused(root: Path) -> str:
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        build(WorkingTree(root), "a", BuildCache())
    assert time.process_time() - began < 10
    return caught.value.findings[-1].text()


def patches(number: int, target: str, patch: str) -> str:
    entries = (f"- {target.format(one)}patch: |\n    {patch.format(one)}\n" for one in range(number))
    return f"resources: [a.yaml]\npatches:\n{''.join(entries)}"


NAMED = "{{apiVersion: v1, kind: Namespace, metadata: {{name: ns-{0}, labels: {{a: b}}}}}}"
ADD = "- {{op: add, path: /metadata/labels, value: {{a: b}}}}"


@pytest.mark.parametrize(
    ("target", "patch"),
    [("", NAMED), ("target: {{name: ns-{0}}}\n  ", ADD), ("target: {{kind: Namespace, name: 'ns-{0}|x.*'}}\n  ", ADD)],
)
def test_a_patch_for_each_of_many_namespaces_is_built(tmp_path: Path, target: str, patch: str) -> None:
    write(tmp_path, {"a/a.yaml": objects(1000), "a/kustomization.yaml": patches(1000, target, patch)})
    began = time.process_time()
    built = build(WorkingTree(tmp_path), "a", BuildCache())
    assert time.process_time() - began < 10
    assert [one.data["metadata"]["labels"] for one in built] == [{"a": "b"}] * 1000


@pytest.mark.parametrize(
    "target",
    [
        "{{labelSelector: team=t{0}}}",
        "{{labelSelector: 'team in (t{0}),!none'}}",
        "{{annotationSelector: team=t{0}}}",
        "{{name: 'ns-{0}|x.*'}}",
        "{{kind: 'Name.*', name: 'n[s]-{0}'}}",
    ],
)
def test_two_thousand_patches_by_what_objects_have_are_built(tmp_path: Path, target: str) -> None:
    named = "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: ns-{0}, {1}: {{team: t{0}}}}}\n"
    field = "annotations" if "annotation" in target else "labels"
    added = '[{{"op": "add", "path": "/metadata/finalizers", "value": ["a"]}}]'
    texts = {"a/a.yaml": "".join(named.format(one, field) for one in range(2000))}
    write(tmp_path, texts | {"a/kustomization.yaml": patches(2000, f"target: {target}\n  ", added)})
    code = "import resource, sys; from pathlib import Path; from render.kustomize.build import BuildCache, build; "
    code += "from render.kustomize.reader import WorkingTree; "
    code += "built = build(WorkingTree(Path(sys.argv[1])), 'a', BuildCache()); "
    code += "print(sum(one.data['metadata']['finalizers'] == ['a'] for one in built)); "
    code += "used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    built, seconds, kilobytes = map(float, done.stdout.split())
    assert built == 2000
    assert seconds < 10
    assert kilobytes < 500 * 1024


def test_patches_that_find_nothing_are_all_told(tmp_path: Path) -> None:
    write(tmp_path, {"a/a.yaml": objects(1000), "a/kustomization.yaml": patches(1000, "", NAMED.replace("ns-", "n-"))})
    assert refused(tmp_path).endswith("Namespace/n-999 (v1) is not among the objects here")


def test_every_patch_on_every_object_is_too_much(tmp_path: Path) -> None:
    patch = "{{metadata: {{name: x, labels: {{a{0}: b}}}}, kind: Namespace}}"
    text = patches(2000, "target: {{kind: Namespace}}\n  ", patch)
    write(tmp_path, {"a/a.yaml": objects(2000), "a/kustomization.yaml": text})
    assert refused(tmp_path) == (
        "a/kustomization.yaml:78:3: patches[25]: is too much: patches would change objects 50,000 times; "
        "let Kustomize build it: kustomize build a | meshrev render --cluster a -"
    )


def test_a_component_again_and_again_is_too_much(tmp_path: Path) -> None:
    text = "resources: [a.yaml]\ncomponents: [" + "../b, " * 100_000 + "]\n"
    write(tmp_path, {"a/a.yaml": objects(1), "a/kustomization.yaml": text, "b/kustomization.yaml": COMPONENT})
    assert ": components[1000]: is one of more than 1,000 components; let Kustomize" in refused(tmp_path)


def test_components_that_double_are_too_much(tmp_path: Path) -> None:
    files = {"a/kustomization.yaml": "components: [../b0]\n", "b30/kustomization.yaml": COMPONENT}
    for number in range(30):
        files[f"b{number}/kustomization.yaml"] = COMPONENT + f"components: [../b{number + 1}, ../b{number + 1}]\n"
    write(tmp_path, files)
    assert "is one of more than 1,000 components" in refused(tmp_path)


def test_one_file_again_and_again_is_read_once(tmp_path: Path) -> None:
    big = "# " + "x" * 1_000_000 + "\n" + objects(1)
    write(tmp_path, {"a/a.yaml": big, "a/kustomization.yaml": "resources: [" + "a.yaml, " * 1000 + "]\n"})
    assert "is there already" in refused(tmp_path)


def test_one_patch_again_and_again_is_read_once(tmp_path: Path) -> None:
    patch = "# " + "x" * 1_000_000 + "\n" + NAMED.format(0)
    text = "resources: [a.yaml]\npatches:\n" + "- path: p.yaml\n" * 5000
    write(tmp_path, {"a/a.yaml": objects(1), "a/p.yaml": patch, "a/kustomization.yaml": text})
    began = time.process_time()
    assert len(build(WorkingTree(tmp_path), "a", BuildCache())) == 1
    assert time.process_time() - began < 10


def test_a_file_of_patches_again_and_again_is_too_much(tmp_path: Path) -> None:
    patch = "".join(f"---\n{NAMED.format(one)}\n" for one in range(1000))
    text = "resources: [a.yaml]\npatches:\n" + "- path: p.yaml\n" * 5000
    write(tmp_path, {"a/a.yaml": objects(1), "a/p.yaml": patch, "a/kustomization.yaml": text})
    assert ": patches[20]: is one of more than 20,000 patches" in refused(tmp_path)


def test_aliases_of_many_files_are_too_much_together(tmp_path: Path) -> None:
    """No file alone has too many."""
    texts = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    texts += "".join(f"a{one}: &a{one} [{', '.join([f'*a{one - 1}'] * 10)}]\n" for one in range(1, 4))
    files = {f"a/{one}.yaml": f"apiVersion: v1\nkind: A\nmetadata: {{name: a{one}}}\n{texts}" for one in range(1000)}
    names = "".join(f"- {one}.yaml\n" for one in range(1000))
    write(tmp_path, {**files, "a/kustomization.yaml": f"resources:\n{names}"})
    assert "the objects have more than 500,000 values, those of aliases included" in refused(tmp_path)


def test_a_base_counts_as_what_is_written_in_the_folder_itself(tmp_path: Path) -> None:
    listed = "[" + "x, " * 90_000 + "]"
    files = {"a/kustomization.yaml": "resources: [../b0]\n"}
    for number in range(7):
        files[f"b{number}/a.yaml"] = f"apiVersion: v1\nkind: A\nmetadata: {{name: a{number}}}\na: {listed}\n"
        below = f", ../b{number + 1}" if number < 6 else ""
        files[f"b{number}/kustomization.yaml"] = f"resources: [a.yaml{below}]\n"
    write(tmp_path, files)
    assert "more than 500,000 values" in refused(tmp_path)
