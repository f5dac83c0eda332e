"""The fleet's own file, and which folders are overlays."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import InputError
from render.kustomize.reader import WorkingTree
from render.specs.fleet import load_fleet, overlay_folders
from render.specs.kinds import Fleet, ForgeSettings

FLEET = "apiVersion: meshrev.io/v1alpha1\nkind: Fleet\nmetadata: {name: f}\n"


def fleet(root: Path, text: str) -> Fleet:
    (root / "meshrev.yaml").write_text(text)
    return load_fleet(WorkingTree(root))


def refused(root: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        fleet(root, text)
    return [finding.text() for finding in caught.value.findings]


def overlays(root: Path, pattern: str, *folders: str, output: str = "rendered") -> list[str]:
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
    found = fleet(root, f"{FLEET}spec: {{overlays: '{pattern}', output: {output}}}\n")
    return overlay_folders(WorkingTree(root), found)


# meshrev.yaml


def test_the_example_fleet_loads() -> None:
    example = load_fleet(WorkingTree(Path(__file__).parents[2]))
    assert (example.name, example.delivery, example.forge.type) == ("example", "argocd", "github")


def test_without_a_fleet_a_person_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_fleet(WorkingTree(tmp_path))
    (finding,) = caught.value.findings
    assert finding.file == "meshrev.yaml"
    assert "-C FOLDER" in finding.message


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "meshrev.yaml").mkdir()
    with pytest.raises(InputError, match="is a folder where a file should be"):
        load_fleet(WorkingTree(tmp_path))


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_a_file_without_a_fleet_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text) == [
        "meshrev.yaml: no object of kind Fleet (meshrev.io/v1alpha1) is in this file, and one is expected"
    ]


def test_a_second_fleet_is_refused_where_it_begins(tmp_path: Path) -> None:
    assert refused(tmp_path, f"{FLEET}---\n{FLEET}") == [
        "meshrev.yaml:7:12: Fleet/f: metadata.name: is a second Fleet in this file, and a repository is one fleet"
    ]


def test_another_object_does_not_belong_in_the_fleets_file(tmp_path: Path) -> None:
    other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
    assert refused(tmp_path, f"{FLEET}---\n{other}") == [
        "meshrev.yaml:6:1: Namespace/a: kind: Namespace/a does not belong in meshrev.yaml:"
        " put it in an overlay or in what overlays share"
    ]


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    text = f"{FLEET}spec:\n  ouput: x\n  delivery: {{type: argo}}\n  waivers:\n  - code: MR060\n"
    assert refused(tmp_path, text) == [
        "meshrev.yaml:5:3: Fleet/f: spec.ouput: unknown field (did you mean output?)",
        "meshrev.yaml:6:14: Fleet/f: spec.delivery.type: argo is not one of argocd, flux, none (did you mean argocd?)",
        "meshrev.yaml:8:5: Fleet/f: spec.waivers[0].reason: is missing (why it is accepted; shown in reports)",
    ]


def test_where_another_program_is_needed_only_that_is_told(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, f"{FLEET}spec:\n  fieldOfLater: x\n  requiredVersion: '>=99'\n")
    assert line.startswith("meshrev.yaml:6:3: Fleet/f: spec.requiredVersion: needs meshrev >=99, and this is ")


# The forge


def test_a_forge_with_every_field_keeps_them(tmp_path: Path) -> None:
    forge = "{type: gitlab, url: 'https://git.example.com:8443/gitlab/api/v4', project: mesh/eu/fleet,"
    found = fleet(tmp_path, f"{FLEET}spec: {{forge: {forge} labels: [istio, 'kind/upgrade'], reviewers: [ada]}}}}\n")
    assert found.forge == ForgeSettings(
        type="gitlab",
        url="https://git.example.com:8443/gitlab/api/v4",
        project="mesh/eu/fleet",
        labels=("istio", "kind/upgrade"),
        reviewers=("ada",),
    )


@pytest.mark.parametrize(
    "url",
    ["http://git.example.com/api/v3", "git.example.com", "ssh://git@a/b", "https://a/api/v3?x=1", "https://a/b@c"],
)
def test_an_address_that_a_token_must_not_go_to_is_refused(tmp_path: Path, url: str) -> None:
    (line,) = refused(tmp_path, f"{FLEET}spec: {{forge: {{type: github, url: '{url}'}}}}\n")
    assert line.startswith("meshrev.yaml:4:30: Fleet/f: spec.forge.url: ")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_password_in_the_address_is_refused_and_not_shown(tmp_path: Path, scheme: str) -> None:
    (line,) = refused(tmp_path, f"{FLEET}spec: {{forge: {{type: github, url: '{scheme}://ada:secret@a/api/v3'}}}}\n")
    assert line.endswith("spec.forge.url: holds a name or password (the token comes from the environment only)")


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        ("{url: 'https://a/api/v3'}", "spec.forge.url: has no effect without a type (github, gitlab or gitea)"),
        ("{type: none, labels: [a]}", "spec.forge.labels: has no effect without a type (github, gitlab or gitea)"),
        ("{type: github, project: a/b/c}", "spec.forge.project: is owner/name (only GitLab has groups in groups)"),
        (
            "{type: gitlab, reviewers: [ada, org/team]}",
            "spec.forge.reviewers[1]: is a user's name (GitLab has no teams as reviewers)",
        ),
    ],
)
def test_what_does_not_go_with_the_type_is_told(tmp_path: Path, forge: str, told: str) -> None:
    (line,) = refused(tmp_path, f"{FLEET}spec: {{forge: {forge}}}\n")
    assert line.endswith(told)


def test_a_project_stays_on_its_forge(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, f"{FLEET}spec: {{forge: {{type: github, project: ../fleet}}}}\n")
    assert "spec.forge.project: " in line


# Overlays


def test_each_folder_that_matches_is_an_overlay_in_order_of_name(tmp_path: Path) -> None:
    (tmp_path / "overlays").mkdir()
    (tmp_path / "overlays/README.md").write_text("not a folder")
    assert overlays(tmp_path, "overlays/*", "overlays/b", "overlays/a", "overlays/.hidden", "base") == [
        "overlays/a",
        "overlays/b",
    ]


def test_a_pattern_can_have_several_levels_and_parts_of_names(tmp_path: Path) -> None:
    folders = ["clusters/eu/prod-1", "clusters/eu/test-1", "clusters/us/prod-2", "clusters/us/prod-2/inner"]
    assert overlays(tmp_path, "clusters/*/prod-[12]", *folders) == ["clusters/eu/prod-1", "clusters/us/prod-2"]
    assert overlays(tmp_path, "clusters/us/prod-?/") == ["clusters/us/prod-2"]


def test_one_folder_by_name_can_be_the_only_overlay(tmp_path: Path) -> None:
    assert overlays(tmp_path, "cluster", "cluster") == ["cluster"]


def test_the_output_folder_is_never_an_overlay(tmp_path: Path) -> None:
    assert overlays(tmp_path, "*", "a", "rendered") == ["a"]


def test_a_pattern_that_no_folder_matches_is_refused_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        overlays(tmp_path, "clusters/*", "overlays/a")
    assert [finding.text() for finding in caught.value.findings] == [
        "meshrev.yaml:4:8: Fleet/f: spec.overlays: no folder matches clusters/*"
        " (each folder that matches describes one cluster)"
    ]


def test_a_link_out_of_the_fleet_is_no_overlay(tmp_path: Path) -> None:
    inner, outer = tmp_path / "fleet", tmp_path / "outer"
    (inner / "overlays").mkdir(parents=True)
    outer.mkdir()
    (inner / "overlays/a").symlink_to(outer)
    with pytest.raises(InputError, match="leads out of the fleet's root"):
        overlays(inner, "overlays/*")


# Where meshrev writes


@pytest.mark.parametrize("folder", [".git", ".git/hooks", "a/.git", ".GIT/x"])
@pytest.mark.parametrize(("field", "column"), [("output: {}", 8), ("observation: {{path: {}}}", 22)])
def test_a_folder_of_gits_own_is_refused(tmp_path: Path, field: str, column: int, folder: str) -> None:
    (line,) = refused(tmp_path, f"{FLEET}spec: {{{field.format(folder)}}}\n")
    name = "spec.output" if column == 8 else "spec.observation.path"
    assert line.startswith(f"meshrev.yaml:4:{column}: Fleet/f: {name}: lies in {folder}, a folder of git's own")


@pytest.mark.parametrize("folder", [".github/mesh", "git", ".gitops", "a.git"])
def test_a_folder_that_is_only_called_a_little_like_gits_is_not(tmp_path: Path, folder: str) -> None:
    assert fleet(tmp_path, f"{FLEET}spec: {{output: {folder}}}\n").output == folder


@pytest.mark.parametrize("link", ["out", "out/deep"])
@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ("{output: out/deep}", "4:8: Fleet/f: spec.output"),
        ("{observation: {path: out/deep}}", "4:22: Fleet/f: spec.observation.path"),
    ],
)
def test_a_folder_that_meshrev_writes_into_over_a_link_is_refused(
    tmp_path: Path, spec: str, where: str, link: str
) -> None:
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "elsewhere")
    (line,) = refused(tmp_path, f"{FLEET}spec: {spec}\n")
    assert line == f"meshrev.yaml:{where}: out/deep is a symbolic link that leads out of the fleet's root"


@pytest.mark.parametrize(
    ("name", "where"),
    [("rendered", "meshrev.yaml:1:1: Fleet/f: spec.output"), ("observed", "Fleet/f: spec.observation.path")],
)
def test_a_link_in_the_place_of_a_folder_that_is_not_named_is_refused_too(
    tmp_path: Path, name: str, where: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / name).symlink_to("elsewhere")
    (line,) = refused(tmp_path, FLEET)
    assert f"{where}: {name} is a symbolic link: meshrev does not write through one; put a folder here" in line
