"""Whatever is done by meshrev's own verbs and by git's, frozen revisions are never said to be changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.frozen import MESH, SPECS, bring, frozen_fleet, older_program
from tests.support.fleets.promotable import promotable

EU = "rendered/eu/revisions"
PROMOTE = ("promote", "--istio", "default", "--version")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """Three clusters, and a revision of v1.24.2 that a promotion has frozen; tests copy it."""
    repo = promotable(fleet_repo(tmp_path_factory.mktemp("honest")))
    repo.meshrev(*PROMOTE, "v1.24.3")
    return repo


def judged(repo: FleetRepo, base: str = "HEAD~1") -> None:
    """All checks are content with frozen revisions; `base` is where the change that is looked at began."""
    for arguments in (("check",), ("check", "--staged"), ("check", "--base", base)):
        done = repo.meshrev(*arguments)
        assert done.err == "", arguments
    assert "frozen" not in repo.meshrev("lint", "--base", base, code=None).err
    for cluster in sorted(path.name for path in (repo.root / "overlays").iterdir()):
        done = repo.meshrev("cmp", "generate", ARGOCD_ENV_MESHREV_CLUSTER=cluster)
        assert done.err == ""


def test_a_promotion(fleet: FleetRepo) -> None:
    judged(fleet)


def test_a_promotion_taken_back_and_done_again(fleet: FleetRepo) -> None:
    fleet.meshrev("rollback")
    judged(fleet)
    fleet.meshrev(*PROMOTE, "v1.24.3")
    judged(fleet)


def retired(repo: FleetRepo) -> None:
    """Nothing refers to the old revision any more, and it goes."""
    for tag in ("prod", "default"):
        repo.meshrev("promote", "--tag", tag, "--to", "default-v1-24-3")
    repo.meshrev("retire", "default-v1-24-2", "--without-observation")


def test_a_retirement_and_what_it_removed_brought_back(fleet: FleetRepo) -> None:
    retired(fleet)
    assert not (fleet.root / EU / "default-v1-24-2").exists()
    judged(fleet)
    fleet.meshrev("rollback", "--restore")
    assert (fleet.root / EU / "default-v1-24-2").exists()
    judged(fleet)


def test_a_retirement_that_git_reverts(fleet: FleetRepo) -> None:
    retired(fleet)
    fleet.git("revert", "--no-edit", "HEAD")
    judged(fleet)


def test_a_commit_of_git_that_takes_a_promotion_back(fleet: FleetRepo) -> None:
    fleet.git("revert", "--no-edit", "HEAD")
    judged(fleet)
    fleet.git("revert", "--no-edit", "HEAD")
    judged(fleet)


def two_promotions(repo: FleetRepo) -> None:
    """A branch with two promotions, beside which the main branch went on."""
    repo.git("checkout", "-q", "-b", "change")
    repo.meshrev(*PROMOTE, "v1.24.4")
    repo.meshrev(*PROMOTE, "v1.24.5")
    judged(repo, "main")
    repo.git("checkout", "-q", "main")
    repo.write("README.md", "words\n")
    repo.commit("words")


def test_a_branch_with_two_promotions_that_is_merged(fleet: FleetRepo) -> None:
    two_promotions(fleet)
    fleet.git("merge", "-q", "--no-ff", "-m", "merged", "change")
    judged(fleet)


def test_a_branch_with_two_promotions_that_is_rebased(fleet: FleetRepo) -> None:
    two_promotions(fleet)
    fleet.git("checkout", "-q", "change")
    fleet.git("rebase", "-q", "main")
    judged(fleet, "main")


def test_a_branch_with_one_promotion_that_is_squashed(fleet: FleetRepo) -> None:
    fleet.git("checkout", "-q", "-b", "change")
    fleet.meshrev(*PROMOTE, "v1.24.4")
    fleet.git("checkout", "-q", "main")
    fleet.git("merge", "-q", "--squash", "change")
    judged(fleet, "HEAD")
    fleet.commit("squashed")
    judged(fleet)


def test_two_branches_that_promote_different_clusters(fleet: FleetRepo) -> None:
    for name, version in (("eu", "v1.24.4"), ("us", "v1.24.5")):
        fleet.git("checkout", "-q", "-b", name, "main")
        fleet.meshrev(*PROMOTE, version, "--cluster", name)
        judged(fleet, "main")
    fleet.git("checkout", "-q", "main")
    for name in ("eu", "us"):
        fleet.git("merge", "-q", "--no-ff", "-m", name, name)
        judged(fleet)


def test_an_upgrade_of_the_program_renders_active_revisions_anew(tmp_path: Path) -> None:
    repo = frozen_fleet(tmp_path / "fleet")
    older_program(repo, "rendered/east/revisions/default-v1-24-3")
    repo.commit("rendered by a program before this one")
    repo.meshrev("render")
    repo.commit("rendered by this program")
    judged(repo)
    bring(repo, "v1.24.4")
    judged(repo)


def test_an_alias_that_meant_an_older_release_then(tmp_path: Path) -> None:
    repo = frozen_fleet(tmp_path / "fleet")
    bring(repo, "v1.24-latest")
    bring(repo, "v1.25-latest")
    judged(repo)


def _promote(version: str) -> Callable[[FleetRepo], None]:
    return lambda repo: (repo.write(SPECS, MESH.format(version=version)), _render(repo))[-1]


def _render(repo: FleetRepo) -> None:
    repo.meshrev("render")
    repo.git("add", "-A")
    repo.git("commit", "-q", "--allow-empty", "-m", "a step")


def _values(repo: FleetRepo) -> None:
    specs = (repo.root / SPECS).read_text()
    line = "  namespace: istio-system\n"
    repo.write(
        SPECS,
        specs.replace(line, f"{line}  values: {{pilot: {{autoscaleMin: 2}}}}\n") if "pilot" not in specs else specs,
    )
    _render(repo)


def _merge(repo: FleetRepo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    _promote("v1.24.6")(repo)
    repo.git("checkout", "-q", "main")
    repo.git("commit", "-q", "--allow-empty", "-m", "words")
    repo.git("merge", "-q", "--no-ff", "-m", "merged", "side")
    repo.git("branch", "-D", "side")


STEPS: dict[str, Callable[[FleetRepo], object]] = {
    "one": _promote("v1.24.4"),
    "another": _promote("v1.24.5"),
    "back": _promote("v1.24.2"),
    "values": _values,
    "merge": _merge,
}


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=3, max_size=5))
def test_no_sequence_of_honest_steps_gives_a_finding(
    tmp_path_factory: pytest.TempPathFactory, begun: FleetRepo, steps: list[str]
) -> None:
    root = tmp_path_factory.mktemp("steps") / "fleet"
    shutil.copytree(begun.root, root)
    repo = FleetRepo(root)
    for step in steps:
        base = repo.git("rev-parse", "HEAD").strip()
        STEPS[step](repo)
        for arguments in (("check",), ("check", "--base", base)):
            assert repo.meshrev(*arguments).err == "", (steps, step)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return frozen_fleet(tmp_path_factory.mktemp("begun") / "fleet")
