"""The hooks as the real pre-commit runs them: in an environment that it builds from this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.fleet_repo import Done, FleetRepo, fleet_repo
from tests.support.fleets.one_cluster import CART, MESH, NAMESPACE, SPECS

PRE_COMMIT = str(Path(sys.executable).with_name("pre-commit"))
HOOKS = ["meshrev check", "meshrev lint", "meshrev render"]


@dataclass(frozen=True, slots=True)
class Program:
    """This checkout as a repository that pre-commit can clone, and where it keeps what it built."""

    repo: Path
    rev: str
    home: Path


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Made once for all workers of a test run; pre-commit itself locks what it builds."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    repo, home = shared / "program", shared / "pre-commit-home"
    if not repo.exists():
        draft = FleetRepo(tmp_path_factory.mktemp("draft"))
        shutil.copytree(ROOT / "render", draft.root / "render", ignore=shutil.ignore_patterns("__pycache__"))
        for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, draft.root / name)
        draft.git("init", "-q")
        draft.commit("program")
        try:
            draft.root.rename(repo)
        except OSError:  # another worker was first
            assert repo.exists()
    return Program(repo, FleetRepo(repo).git("rev-parse", "HEAD").strip(), home)


@dataclass(frozen=True, slots=True)
class Committer:
    """A fleet repo with the hooks configured and installed."""

    fleet: FleetRepo
    home: Path

    def pre_commit(self, *arguments: str) -> Done:
        return _run([PRE_COMMIT, *arguments], self.fleet.root, self.home)

    def commit(self, *arguments: str) -> Done:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        return _run(["git", *identity, "commit", "-m", "x", *arguments], self.fleet.root, self.home)


def _run(command: list[str], folder: Path, home: Path) -> Done:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    env = {**kept, "PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, program: Program) -> Committer:
    """One cluster, rendered, committed without hooks; then the hooks are installed. Tests copy it."""
    fleet = fleet_repo(tmp_path_factory.mktemp("fleet"))
    fleet.cluster("east", MESH)
    hooks = "".join(f"  - id: {name}\n" for name in ("meshrev-render", "meshrev-check"))
    fleet.write(".pre-commit-config.yaml", f"repos:\n- repo: {program.repo}\n  rev: {program.rev}\n  hooks:\n{hooks}")
    fleet.meshrev("render")
    fleet.commit("first")
    installed = Committer(fleet, program.home)
    built = installed.pre_commit("install", "--install-hooks")
    if built.code and "No matching distribution" in built.out + built.err:
        pytest.skip("pre-commit cannot build an environment here: there is no package index to take libraries from")
    assert built.code == 0, built.out + built.err
    return installed


@pytest.fixture
def committer(installed: Committer, tmp_path: Path) -> Committer:
    shutil.copytree(installed.fleet.root, tmp_path / "fleet")
    return Committer(FleetRepo(tmp_path / "fleet"), installed.home)


def test_what_is_rendered_and_staged_passes_and_no_file_needs_to_be_given(committer: Committer) -> None:
    done = committer.pre_commit("run", "--files")
    assert done.code == 0, done.out
    assert done.out.count("Passed") == 2


def test_a_stale_tree_is_rendered_and_stops_the_commit_until_it_is_added(committer: Committer) -> None:
    fleet = committer.fleet
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.git("add", SPECS)
    done = committer.commit()
    assert done.code == 1
    assert f"  {CART}\n" in done.err
    assert f"missing {CART}" in done.err
    assert (fleet.root / CART).exists()
    fleet.git("add", "-A", "--", "rendered/east")
    assert committer.commit().code == 0
    fleet.meshrev("check")
    assert fleet.git("status", "--porcelain") == ""


def test_an_untracked_output_stops_the_commit(committer: Committer) -> None:
    fleet = committer.fleet
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "-u")
    done = committer.commit()
    assert done.code == 1
    assert f"  {CART}\n" in done.err
    assert f"missing {CART}" in done.err


def test_a_commit_of_all_that_is_tracked_misses_what_is_not(committer: Committer) -> None:
    """`git commit -a` makes an index of its own and names it to the hook."""
    fleet = committer.fleet
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    assert committer.commit("-a").code == 1
    fleet.write(SPECS, MESH.replace("v1.24.2", "v1.24.3"))
    (fleet.root / CART).unlink()
    fleet.meshrev("render")
    done = committer.commit("-a")
    assert done.code == 0, done.err


def test_a_commit_of_the_spec_alone_is_stopped(committer: Committer) -> None:
    fleet = committer.fleet
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "rendered")
    done = committer.commit(SPECS)
    assert done.code == 1
    assert f"missing {CART}" in done.err


def test_a_partly_staged_change_is_judged_by_what_is_staged(committer: Committer) -> None:
    fleet = committer.fleet
    both = MESH + NAMESPACE + NAMESPACE.replace("cart", "later")
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "-A")
    fleet.write(SPECS, both)
    done = committer.commit()
    assert done.code == 0, done.err
    assert (fleet.root / SPECS).read_text() == both
    fleet.git("add", SPECS)
    assert committer.commit().code == 1
    assert (fleet.root / SPECS).read_text() == both


def test_a_spec_staged_before_its_last_edit_is_stopped(committer: Committer) -> None:
    fleet = committer.fleet
    fleet.write(SPECS, MESH + NAMESPACE.replace("cart", "first"))
    fleet.git("add", SPECS)
    fleet.write(SPECS, MESH + NAMESPACE)
    fleet.meshrev("render")
    fleet.git("add", "rendered")
    assert committer.commit().code == 1
    assert (fleet.root / SPECS).read_text() == MESH + NAMESPACE


def test_a_deleted_spec_stops_the_commit_until_its_tree_goes_too(committer: Committer) -> None:
    fleet = committer.fleet
    fleet.write("overlays/east/more.yaml", NAMESPACE)
    fleet.write("overlays/east/kustomization.yaml", "resources: [specs.yaml, more.yaml]\n")
    fleet.meshrev("render")
    fleet.git("add", "-A")
    assert committer.commit().code == 0
    fleet.write("overlays/east/kustomization.yaml", "resources: [specs.yaml]\n")
    fleet.git("add", "-A")
    fleet.git("commit", "-qm", "no longer used", "--no-verify")
    fleet.git("rm", "-q", "overlays/east/more.yaml")
    done = committer.commit()
    assert done.code == 1
    assert f"  {CART}\n" in done.err
    fleet.git("add", "-A", "--", "rendered/east")
    assert committer.commit().code == 0


def test_a_commit_in_another_work_tree_is_checked_there(committer: Committer, tmp_path: Path) -> None:
    """There git names its folder to hooks (GIT_DIR)."""
    committer.fleet.git("worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    other = Committer(FleetRepo(tmp_path / "other"), committer.home)
    other.fleet.write(SPECS, MESH + NAMESPACE)
    other.fleet.git("add", SPECS)
    assert other.commit().code == 1
    other.fleet.git("add", "-A")
    done = other.commit()
    assert done.code == 0, done.err


def test_try_repo_runs_all_three_hooks(committer: Committer, program: Program) -> None:
    done = committer.pre_commit("try-repo", str(program.repo), "--all-files")
    assert done.code == 0, done.out
    assert [line.split(".")[0] for line in done.out.splitlines() if line.endswith("Passed")] == HOOKS
