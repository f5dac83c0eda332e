"""Texts that Kustomize reads in another way than YAML has them, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.kustomize.bad_input.mistakes import CM, PATCH, TARGET, K, mistakes, write


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
