"""The hazards of a comparison: whose specs they are looked for in, and how they are said once for many clusters."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from render.errors import InputError
from render.git.commit_reader import CommitReader
from render.git.trees import Repository, Side
from render.hazards.data import every_hazard, hazards
from render.kustomize.reader import WorkingTree
from render.operations.diff.model import ClusterDiff, Diff, MetHazard, PartDiff, Upgrade
from render.operations.diff.report.as_markdown import markdown
from render.operations.diff.report.as_text import lines
from render.operations.diff.report.hazard_words import QUESTIONS, hazard_groups, hazard_lines, question_lines, questions

MOVE = ("v1.24.2", "v1.26.4")
KNOWN = tuple(hazards(*MOVE))
ALONE = next(one for one in every_hazard() if one.is_of_version_alone)
SEEN = next(one for one in KNOWN if one.looks and not one.is_of_version_alone)


def met(cluster: str, line: int = 3) -> MetHazard:
    return MetHazard(SEEN, "comes with", f"overlays/{cluster}/specs.yaml", line, 1, "Gateway/a", "metadata.name")


def many(number: int) -> Diff:
    """Clusters that all make the same move and meet the same hazard, each in its own file."""
    names = tuple(f"c{index:03}" for index in range(number))
    clusters = tuple(
        ClusterDiff(
            name,
            "changed",
            (PartDiff("mesh", "", "changed"),),
            hazards=(Upgrade("Istio/default", *MOVE, "files", (met(name),), KNOWN[:30], ("Thing.example.io",)),),
        )
        for name in names
    )
    return Diff(Side("a", "1" * 40), Side("b", "2" * 40), names, clusters)


def test_a_hazard_that_many_clusters_meet_is_said_once_with_some_of_its_places() -> None:
    found = many(200)
    (group,), left = hazard_groups(found)
    assert not left
    assert len(group.clusters) == len(group.places) == 200
    said = list(hazard_lines(group, found))
    assert said[0] == f"{SEEN.severity} {SEEN.id}: {SEEN.title}"
    assert said[1] == "v1.24.2 -> v1.26.4 comes with it, in all 200 clusters"
    assert said[2:6] == [
        *(f"overlays/c00{index}/specs.yaml:3:1: Gateway/a: metadata.name" for index in range(3)),
        "and 197 more places",
    ]
    assert said[-1] == f"first: {SEEN.avoid}"
    assert len(list(lines(found))) < 100


def test_of_many_questions_the_shortest_are_asked_and_the_rest_is_counted() -> None:
    (one,) = questions(many(3))
    assert one.clusters == ("c000", "c001", "c002")
    lengths = [len(question.question) for question in one.questions]
    assert lengths == sorted(lengths)
    said = list(question_lines(one))
    assert len(said) == QUESTIONS + 2
    assert said[QUESTIONS:] == [
        "20 more: meshrev hazards --from 1.24.2 --to 1.26.4",
        "not looked for where the specs hold none of: Thing",
    ]


def test_what_a_release_alone_is_guilty_of_is_left_behind() -> None:
    gone = MetHazard(ALONE, "leaves", "a.yaml", 1, 1, "Istio/default", "spec.version")
    upgrade = Upgrade("Istio/default", *MOVE, "files", (gone,))
    found = Diff(Side("a"), Side("b"), ("one",), (ClusterDiff("one", "changed", (), hazards=(upgrade,)),))
    worse, left = hazard_groups(found)
    assert not worse
    assert [group.hazard.id for group in left] == [ALONE.id]
    text = [line.text for line in lines(found)]
    assert "Known hazards: the specs show none" in text
    assert f"left behind: {ALONE.id}" in text


@pytest.mark.parametrize("limit", [1000, 1500, 2000])
def test_hazards_keep_to_the_limit_of_markdown(limit: int) -> None:
    found = many(50)
    cut = markdown(found, limit)
    assert len(cut.encode()) <= limit < len(markdown(found).encode())
    assert cut.count("<details>") == cut.count("</details>")
    assert "left out to keep within" in cut


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    for path in ("meshrev.yaml", "overlays/one/cluster.yaml", "overlays/one/deep/er/a.yaml", "overlays/two.yaml"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"file: {path}\n")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.parametrize("folder", [".", "overlays"])
def test_a_commit_is_read_as_the_working_tree_is(repo: Path, folder: str) -> None:
    with Repository(repo / folder) as repository:
        committed, on_disk = CommitReader(repository, repository.side("HEAD")), WorkingTree(repo / folder)
        paths = ["overlays", "overlays/one", "one", "one/deep", "overlays/one/deep/er/", "./one/../one", "nowhere"]
        for path in [*paths, "meshrev.yaml", "overlays/two.yaml", "two.yaml", "one/deep/er/a.yaml", "."]:
            assert committed.is_file(path) == on_disk.is_file(path), path
            assert committed.is_folder(path) == on_disk.is_folder(path), path
            assert committed.entries(path) == [name for name in on_disk.entries(path) if name != ".git"], path
            if committed.is_file(path):
                assert committed.read(path) == on_disk.read(path), path
        with pytest.raises(InputError, match="does not exist in HEAD"):
            committed.read("nowhere.yaml")
        with pytest.raises(InputError, match="leads out of"):
            committed.read("../outside.yaml")
