"""No program that a commit can bring in is run, by no verb and by no script; a person's own where they are meant.

Every setting of git that can name a program has one that leaves a mark (`tests.support.git.traps`).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from render.cli.main import VERBS
from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import clone
from tests.support.git.traps import ATTRIBUTES, MODULES, Traps, bring_in
from tests.support.hosted import installed, script

MOVE = ("--namespace", "cart", "--to", "default", "--cluster", "eu")
# In an order in which each finds something to do.
CALLS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "chart": (("chart", "verify"), ("chart", "pull", "1.32.0", "--from", ".")),
    "check": (("check",), ("check", "--staged")),
    "cmp": (("cmp", "generate"), ("cmp", "parameters")),
    "diff": (("diff",), ("diff", "HEAD", "HEAD"), ("diff", "--source", "builtin")),
    "explain": (("explain", "--cluster", "eu", "--namespace", "cart"),),
    "hazards": (("hazards",),),
    "import": (("import", "-f", "base/kustomization.yaml"),),
    "inject": (("inject", "--cluster", "eu", "--namespace", "cart", "--filename", "base/kustomization.yaml"),),
    "init": (("init", "--cluster", "eu"),),
    "krm": (("krm", "verify", "--cluster", "eu"),),
    "lint": (("lint",), ("lint", "--base", "HEAD")),
    "observe": (("observe", "--cluster", "eu"),),
    "remote-secret": (("remote-secret",),),
    "render": (("render",), ("render", "--exit-code")),
    "schema": (("schema",),),
    "status": (("status",),),
    "template": (("template", "istiod"),),
    "versions": (("versions",),),
    "verify": (("verify", "--context", "none", "--cluster", "eu"),),
    "promote": (("promote", *MOVE, "--dry-run"), ("promote", *MOVE)),
    "log": (("log",),),
    "tidy": (("tidy",),),
    "retire": (("retire", "default-v1-24-2", "--without-observation"),),
    "rollout": (("rollout", "status"), ("rollout", "plan"), ("rollout", "advance")),
    "rollback": (("rollback", "--dry-run"), ("rollback",)),
    "hydrate": (("hydrate", "--cluster", "eu", "--branch", "env/eu"),),
}
PUSHING: Mapping[str, tuple[str, ...]] = {
    "promote": ("promote", "--namespace", "catalog", "--to", "prod", "--cluster", "us", "--push"),
    "hydrate": ("hydrate", "--cluster", "us", "--branch", "env/us", "--push"),
}
# What git runs of a person's own settings to bring a commit to the files that they have checked out, as `git pull`.
FAST_FORWARD = {"filter.trap.smudge", "filter.trap.process"}
REMOTE = {"remote.origin.uploadpack", "remote.origin.receivepack"}
SCRIPTS = sorted(
    path.relative_to(ROOT / "plugins").as_posix()
    for path in (ROOT / "plugins").rglob("*.sh")
    if path.read_text().startswith("#!") and path.name != "install.sh"  # which installs, and is not told of a fleet
)


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path / "traps")


@pytest.fixture
def fleet(template: FleetRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetRepo:
    """A clone without traps, whose files would all pass through a person's filters."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    fleet = clone(template, tmp_path / "fleet")
    fleet.write(".gitattributes", ATTRIBUTES)
    fleet.write(".gitmodules", MODULES)
    fleet.commit("what attributes and submodules can say")
    fleet.git("push", "-q", "origin", "main")
    return fleet


def in_a_folder(fleet: FleetRepo, folder: str) -> FleetRepo:
    """The fleet moved into a folder of its repository."""
    inner = FleetRepo(fleet.root / folder)
    inner.root.mkdir(parents=True)
    for name in ("meshrev.yaml", "base", "overlays", "rendered"):
        shutil.move(fleet.root / name, inner.root / name)
    fleet.commit("in a folder")
    return inner


def what_runs(fleet: FleetRepo, traps: Traps, **environment: str) -> dict[str, set[str]]:
    """The settings whose programs each call ran, without those that ran none."""
    calls = [call for of_a_verb in CALLS.values() for call in of_a_verb]
    found = {}
    for call in [*calls, *PUSHING.values()]:
        fleet.meshrev(*call, code=None, **environment)
        if ran := traps.ran:
            found[" ".join(call)] = ran
    return found


def test_every_verb_is_called() -> None:
    assert set(CALLS) == set(VERBS)


def test_the_traps_work(fleet: FleetRepo, traps: Traps) -> None:
    bring_in(fleet, "fleets", traps)
    for command in (("status",), ("add", "-A"), ("interpret-trailers",)):
        subprocess.run(["git", *command], cwd=fleet.root / "fleets", capture_output=True, input=b"a: b\n")
    assert traps.ran >= {"core.fsmonitor", "hooks/post-index-change", "trailer.trap.command"}


@pytest.mark.parametrize("inside", ["", "/east"])
def test_a_repository_that_a_commit_brings_in_is_no_repository(fleet: FleetRepo, traps: Traps, inside: str) -> None:
    inner = in_a_folder(fleet, f"fleets{inside}")
    bring_in(fleet, "fleets", traps)
    fleet.commit("what looks like a repository")
    assert what_runs(inner, traps) == {}
    assert "a commit can bring such a folder in" in inner.meshrev("promote", *MOVE, code=2).err
    assert traps.ran == set()


def test_a_repository_inside_of_the_fleet_is_none_of_it(fleet: FleetRepo, traps: Traps) -> None:
    bring_in(fleet, "overlays", traps)
    nested = FleetRepo(fleet.root / "base")
    nested.git("init", "-q")
    traps.arm(nested.root / ".git/config")
    assert what_runs(fleet, traps) == {}


def test_variables_of_a_hook_lead_to_no_other_repository(fleet: FleetRepo, traps: Traps, tmp_path: Path) -> None:
    bring_in(FleetRepo(tmp_path), "other", traps)
    there = str(tmp_path / "other")
    assert what_runs(fleet, traps, GIT_DIR=there, GIT_WORK_TREE=there, GIT_INDEX_FILE=f"{there}/index") == {}


@pytest.mark.parametrize("where", ["clone", "linked"])
def test_of_a_clones_own_settings_only_what_reaches_the_remote_and_writes_your_files_is_used(
    fleet: FleetRepo, traps: Traps, where: str, tmp_path: Path
) -> None:
    config = fleet.root / ".git/config"
    if where == "linked":
        fleet.git("worktree", "add", "-qb", "mine", str(tmp_path / "linked"))
        fleet = FleetRepo(tmp_path / "linked")
    traps.arm(config)
    found = what_runs(fleet, traps)
    landing = {" ".join(call) for call in (("promote", *MOVE), ("tidy",), ("rollback",))}
    remote = {" ".join(call) for call in PUSHING.values()}
    assert found.keys() <= landing | remote
    assert set().union(*(found[call] for call in found.keys() & landing)) <= FAST_FORWARD
    assert {frozenset(found[call]) for call in remote} <= {frozenset(REMOTE), frozenset({"remote.origin.uploadpack"})}
    assert FAST_FORWARD & found["promote " + " ".join(MOVE)]


def test_a_person_signs_with_their_own_program_and_only_where_they_sign(fleet: FleetRepo, traps: Traps) -> None:
    traps.arm(fleet.root / ".git/config")
    fleet.meshrev("promote", *MOVE, "--dry-run", code=None)
    assert not any(name.startswith("gpg.") for name in traps.ran)
    subprocess.run(["git", "config", "commit.gpgSign", "true"], cwd=fleet.root, check=True)
    said = fleet.meshrev("promote", *MOVE, code=2).err
    assert "the commit cannot be signed" in said
    assert {name for name in traps.ran if name.startswith("gpg.")} == {"gpg.openpgp.program"}


def run_script(name: str, folder: Path, tmp_path: Path) -> int:
    """A script as its workflow or job starts it."""
    home = tmp_path / "temporary/meshrev"
    if not home.exists():
        installed(home)
    files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    given = {variable: str(tmp_path / "temporary" / file) for variable, file in files.items()}
    what = ("ISTIO", "VERSION", "TAG", "SELECTOR", "PERCENT", "CLUSTER_SELECTOR", "WAVE", "DRY_RUN")
    given |= dict.fromkeys(what, "") | {"NAMESPACE": "cart", "TO": "default", "CLUSTER": "eu"}
    given |= {"MESHREV_NAMESPACE": "cart", "MESHREV_TO": "default", "MESHREV_CLUSTER": "eu", "GITLAB_TOKEN": "s3cret"}
    given |= {"RUNNER_TEMP": str(home.parent), "FOLDER": str(folder), "MESHREV_FOLDER": str(folder)}
    given |= {"TOKEN": "s3cret", "GITHUB_SERVER_URL": "http://127.0.0.1:9", "CI_SERVER_URL": "http://127.0.0.1:9"}
    given |= {"BRANCH": "main", "MAY_PUSH": "true", "AUTHOR": "mesh", "EMAIL": "mesh@example.com"}
    given |= {"GITLAB_USER_NAME": "mesh", "GITLAB_USER_EMAIL": "mesh@example.com", "CI_COMMIT_BRANCH": "main"}
    given |= {"GITHUB_BASE_REF": "main", "GITHUB_REF": "refs/pull/1/merge", "GITHUB_SHA": "0" * 40}
    given |= {"BASE": "HEAD", "CHECK": "0", "LIMIT": "60000", "STRICT": "false", "SARIF": "true"}
    given |= {"CI_PROJECT_URL": "http://127.0.0.1:9/fleet", "MESHREV_DRY_RUN": "false"}
    given |= {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD"}
    arguments = [str(home)] if name.startswith("gitlab/") else []
    return script(["sh", str(ROOT / "plugins" / name), *arguments], folder, given).code


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs_nothing_of_a_repository_that_a_commit_brings_in(
    name: str, fleet: FleetRepo, traps: Traps, tmp_path: Path
) -> None:
    inner = in_a_folder(fleet, "fleets")
    bring_in(fleet, "fleets", traps)
    config = (inner.root / "config").read_text()
    inner.write("base/more.yaml", "nothing")
    run_script(name, inner.root, tmp_path)
    assert traps.ran == set()
    assert (inner.root / "config").read_text() == config


def test_rendering_a_pull_request_stages_and_commits_without_filters(
    fleet: FleetRepo, traps: Traps, tmp_path: Path
) -> None:
    with (fleet.root / "base/namespaces.yaml").open("a") as file:
        file.write("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: more, labels: {istio.io/rev: prod}}\n")
    fleet.commit("specs alone")
    traps.arm(fleet.root / ".git/config")
    assert run_script("github/render.sh", fleet.root, tmp_path) == 1  # what the push asks the remote for is a trap
    assert traps.ran == {"remote.origin.receivepack"}
    assert fleet.git("log", "-1", "--format=%an %s") == "mesh Render\n"
