"""A fleet with a git submodule: what is edited or staged is one repository's, and another one is named as such."""

from __future__ import annotations

import shutil

import pytest

from tests.support.fleet_repo import FleetRepo

NAMED = "is a git submodule; meshrev edits and builds one repository"
MORE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: cart}\n"
MOVE = ("promote", "--namespace", "cart", "--to", "default")


def add_submodule(fleet: FleetRepo, path: str) -> FleetRepo:
    """Make a folder of the fleet a repository of its own, which the fleet has as a submodule; its working tree."""
    library = FleetRepo(fleet.root.parent / f"library-{path.replace('/', '-')}")
    shutil.move(fleet.root / path, library.root)
    library.git("init", "-q", "-b", "main")
    library.commit("what was in the fleet")
    fleet.commit("without it")
    fleet.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), path)
    fleet.commit("a submodule")
    return FleetRepo(fleet.root / path)


@pytest.mark.parametrize(
    "command",
    [MOVE, ("retire", "--cluster", "eu"), ("tidy",), ("hydrate", "--cluster", "eu", "--branch", "live/eu")],
    ids=lambda command: command[0],
)
def test_an_operation_names_the_submodule_and_changes_nothing(fleet: FleetRepo, command: tuple[str, ...]) -> None:
    add_submodule(fleet, "base")
    fleet.meshrev("check")
    head = fleet.git("rev-parse", "HEAD")
    assert f"base {NAMED}" in fleet.meshrev(*command, code=2).err
    assert fleet.git("rev-parse", "HEAD") == head


def test_an_output_that_is_a_submodule_is_named_with_the_field(fleet: FleetRepo) -> None:
    add_submodule(fleet, "rendered")
    said = fleet.meshrev(*MOVE, code=2).err
    assert said.startswith(f"meshrev.yaml:4:30: Fleet/test: spec.output: rendered {NAMED}")


def test_another_clusters_overlay_as_a_submodule_is_not_passed_over(fleet: FleetRepo) -> None:
    add_submodule(fleet, "overlays/us")
    assert f"overlays/us: {NAMED}" in fleet.meshrev(*MOVE, code=2).err


def test_a_submodule_beside_the_fleets_files_is_in_nobodys_way(fleet: FleetRepo) -> None:
    fleet.write("theme/style.css", "")
    fleet.commit("a theme")
    add_submodule(fleet, "theme")
    fleet.meshrev(*MOVE)
    fleet.meshrev("check", "--staged")


# What is staged of a submodule is its commit in the index


def move_in_base(base: FleetRepo) -> None:
    """An edit of the specs in a submodule, which moves a namespace."""
    file = base.root / "namespaces.yaml"
    file.write_text(file.read_text().replace("istio.io/rev: prod", "istio.io/rev: default"))


def test_what_is_not_committed_in_a_submodule_is_not_staged(fleet: FleetRepo) -> None:
    base = add_submodule(fleet, "base")
    fleet.meshrev("check", "--staged")
    move_in_base(base)
    fleet.meshrev("render")
    fleet.git("add", "rendered")
    assert "differs rendered/eu/namespaces/cart.yaml" in fleet.meshrev("check", "--staged", code=1).out


def test_a_commit_of_a_submodule_counts_once_it_is_added(fleet: FleetRepo) -> None:
    base = add_submodule(fleet, "base")
    move_in_base(base)
    base.commit("moved")
    fleet.meshrev("render")
    fleet.git("add", "rendered")
    fleet.meshrev("check", "--staged", code=1)
    fleet.git("add", "base")
    fleet.meshrev("check", "--staged")


def test_a_submodule_in_a_submodule_is_read_from_its_commit_too(fleet: FleetRepo) -> None:
    fleet.write("base/inner/kustomization.yaml", "resources: [more.yaml]\n")
    fleet.write("base/inner/more.yaml", MORE)
    fleet.write("base/kustomization.yaml", "resources: [istio.yaml, namespaces.yaml, inner]\n")
    fleet.meshrev("render")
    base = add_submodule(fleet, "base")
    inner = add_submodule(base, "inner")
    fleet.commit("a submodule in it")
    fleet.meshrev("check", "--staged")
    inner.write("more.yaml", MORE.replace("more", "others"))
    fleet.meshrev("check", code=1)
    fleet.meshrev("check", "--staged")


def test_a_submodule_at_a_commit_that_is_not_here_says_how_to_get_it(fleet: FleetRepo) -> None:
    add_submodule(fleet, "base")
    commit = "1234567890" * 4
    fleet.git("update-index", "--cacheinfo", f"160000,{commit},base")
    said = fleet.meshrev("check", "--staged", code=2).err
    assert said == (
        "base: the index has this submodule at 1234567890, which is not in this clone: "
        "git submodule update --init base\n"
    )


def test_a_submodule_that_was_never_fetched_is_an_empty_folder_as_on_the_disk(fleet: FleetRepo) -> None:
    add_submodule(fleet, "base")
    fleet.git("submodule", "--quiet", "deinit", "-f", "base")
    said = fleet.meshrev("check", code=2).err
    assert "base has no kustomization.yaml" in said
    assert fleet.meshrev("check", "--staged", code=2).err == said
