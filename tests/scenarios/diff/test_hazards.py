"""The hazards of an upgrade, in a diff."""

from __future__ import annotations

import shutil

from tests.scenarios.diff.upgrades import EXPECTED, MESH, istio, rendered
from tests.support.builders import namespace, node_agent, tag
from tests.support.fleet_repo import FleetRepo


def hazards_of(repo: FleetRepo, *arguments: str) -> str:
    """The part of the text that is about hazards."""
    out = repo.meshrev("diff", *arguments).out
    return out[out.index("Known hazards") : out.index("\nRestart")]


def test_the_hazards_of_an_upgrade_read_as_a_reviewer_needs_them(crossing: FleetRepo) -> None:
    assert hazards_of(crossing, "HEAD~1", "HEAD") == (EXPECTED / "hazards.txt").read_text()


def test_the_hazards_of_an_upgrade_fold_in_a_pull_request(crossing: FleetRepo) -> None:
    out = crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out
    found = out[out.index("**Known hazards") : out.index("<details><summary>Restart")]
    assert found == (EXPECTED / "hazards.md").read_text()


def test_hazards_as_data_agree_with_what_the_verb_hazards_says(crossing: FleetRepo) -> None:
    told = {one["clusters"][0]: one for one in crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["hazards"]}
    said = crossing.meshrev("hazards", "-o", "json").json["clusters"]
    assert sorted(told) == ["one", "two"]
    for cluster in said:
        (upgrade,) = cluster["crossings"]
        found = told[cluster["name"]]
        assert (found["from"], found["to"], found["title"]) == (upgrade["from"], upgrade["to"], upgrade["title"])
        assert found["basis"] == "files"
        for field in ("id", "file", "line", "column", "object", "field", "meeting"):
            assert [one[field] for one in found["met"]] == [one[field] for one in upgrade["met"]]
        assert [one["question"] for one in found["questions"]] == [one["question"] for one in upgrade["questions"]]
        assert found["elsewhere"] == sorted(upgrade["elsewhere"])


def test_specs_of_a_commit_are_read_from_git_and_those_of_the_working_tree_from_disk(crossing: FleetRepo) -> None:
    committed = hazards_of(crossing, "HEAD~1", "HEAD")
    shutil.rmtree(crossing.root / "overlays")
    assert hazards_of(crossing, "HEAD~1", "HEAD") == committed
    alone = hazards_of(crossing, "HEAD~1")
    assert "the specs show none" not in alone
    assert "v1.24.2 -> v1.25.1 in all 2 clusters: specs could not be read, so by versions alone" in alone
    assert "more: meshrev hazards --from 1.24.2 --to 1.25.1" in alone


def test_one_cluster_with_wrong_specs_does_not_hide_the_hazards_of_the_others(crossing: FleetRepo) -> None:
    crossing.write("overlays/two/specs.yaml", "kind: Istio\n")
    found = crossing.meshrev("diff", "HEAD~1", "-o", "json").json["hazards"]
    assert {one["clusters"][0]: one["basis"] for one in found} == {"one": "files", "two": "versions"}


def test_without_a_version_that_moves_there_is_nothing_about_hazards(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH)
    rendered(repo, "after", one=istio(minimum=3) + MESH)
    repo.cluster("one", "not even specs: [")
    for output in ("text", "markdown"):
        assert "azards" not in repo.meshrev("diff", "HEAD~1", "-o", output).out
    assert repo.meshrev("diff", "HEAD~1", "-o", "json").json["hazards"] == []


def test_a_node_agent_and_an_upgrade_in_place_have_their_hazards(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio("v1.23.4", "InPlace") + node_agent("IstioCNI", "v1.23.4"))
    rendered(repo, "agent", one=istio("v1.23.4", "InPlace") + node_agent("IstioCNI", "v1.24.1"))
    rendered(repo, "plane", one=istio("v1.24.1", "InPlace") + node_agent("IstioCNI", "v1.24.1"))
    (agent,) = repo.meshrev("diff", "HEAD~2", "HEAD~1", "-o", "json").json["hazards"]
    assert agent["title"] == "IstioCNI v1.23.4 -> v1.24.1"
    assert ("cni-less-privileged", "IstioCNI/default") in [(one["id"], one["object"]) for one in agent["met"]]
    (plane,) = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["hazards"]
    assert plane["title"] == "Istio/default v1.23.4 -> v1.24.1"
    both = repo.meshrev("diff", "HEAD~2", "HEAD", "-o", "json").json["hazards"]
    assert [one["title"] for one in both] == [plane["title"], agent["title"]]


def test_only_the_move_that_this_change_makes_is_told_of(repo: FleetRepo) -> None:
    old = tag("prod", "default-v1-24-2", "IstioRevision") + namespace("cart", "istio.io/rev: prod")
    rendered(repo, "first", one=istio("v1.24.2") + old)
    rendered(repo, "middle", one=istio("v1.24.3") + old)
    rendered(repo, "last", one=istio("v1.25.1") + old)
    (found,) = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["hazards"]
    assert (found["from"], found["to"]) == ("v1.24.3", "v1.25.1")
    back = repo.meshrev("diff", "HEAD", "HEAD~1", "-o", "json").json["hazards"]
    assert [(one["from"], one["to"]) for one in back] == []  # no pod follows the Istio: nothing moves back
    repo.cluster("one", istio("v1.25.1") + tag("prod") + namespace("cart", "istio.io/rev: prod"))
    repo.meshrev("render")
    (found,) = repo.meshrev("diff", "-o", "json").json["hazards"]
    assert (found["title"], found["basis"]) == ("Istio/default v1.24.2 -> v1.25.1", "files")
