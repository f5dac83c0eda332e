"""The promotion of a workflow and of a job, as their scripts run it: the real verb, a git server that wants the token,
and a forge that is held to its own description."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import yaml

from render.cli.change.promote import command as promote
from tests.support.builders import MESHREV, document
from tests.support.cases import ROOT
from tests.support.fleet_repo import Done, FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable
from tests.support.fleets.served import NAME, cloned, head, serve, subjects
from tests.support.forge.github_server import GitHubServer
from tests.support.forge.gitlab_server import GitLabServer
from tests.support.forge.hosted_fleet import VARIABLES, Branches, names_a_forge
from tests.support.forge.server import ForgeServer
from tests.support.git.server import GitServer, git_server
from tests.support.hosted import installed, script

TITLE = "Promote namespaces cart, catalog to default-v1-24-2 in clusters eu, us"
WHAT = {"NAMESPACE": "cart, catalog", "TO": "default-v1-24-2", "CLUSTER": "eu us", "WAVE": "first"}
NOT_GIVEN = dict.fromkeys(("ISTIO", "VERSION", "TAG", "GATEWAY", "SELECTOR", "PERCENT", "CLUSTER_SELECTOR"), "")


@dataclass(frozen=True, slots=True)
class Host:
    """A fleet at a host: its repository, its forge, and a clone as a job of it has one."""

    git: GitServer
    forge: ForgeServer
    origin: FleetRepo
    clone: FleetRepo
    home: Path

    @property
    def token(self) -> str:
        return self.forge.token

    def run(self, *command: str, **environment: str) -> Done:
        """The script. Its output and the clone's configuration never hold the token."""
        done = script(["sh", str(ROOT / "plugins" / command[0]), *command[1:]], self.clone.root.parent, environment)
        assert self.token not in done.out + done.err + (self.clone.root / ".git/config").read_text()
        return done

    def branches(self) -> list[str]:
        return self.origin.git("for-each-ref", "--format=%(refname:short)").split()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return promotable(fleet_repo(tmp_path_factory.mktemp("template")))


@pytest.fixture
def host(
    request: pytest.FixtureRequest, template: FleetRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Host]:
    for name in (*VARIABLES, "GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "no_proxy": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    kind: type[ForgeServer] = request.param
    with kind() as forge, git_server(tmp_path / "server", auth=("x-access-token", forge.token)) as git:
        origin = serve(git, template)
        person = cloned(str(origin.root), tmp_path / "person")
        names_a_forge(person, f"type: {forge.kind}, url: {forge.url}, project: {forge.project}")
        forge.branches = Branches(origin)
        clone = cloned(str(origin.root), tmp_path / "job/fleet")
        clone.git("remote", "set-url", "origin", git.url(NAME))
        yield Host(git, forge, origin, clone, installed(tmp_path / "temporary/meshrev"))
        forge.check()


def on_github(host: Host, **given: str) -> Done:
    """promote.sh as the workflow starts it, on an Enterprise Server (which also is its own API)."""
    environment = {**NOT_GIVEN, **WHAT, "RUNNER_TEMP": str(host.home.parent), "FOLDER": "fleet/."}
    environment |= {"GITHUB_SERVER_URL": host.git.url("").rstrip("/"), "GITHUB_API_URL": host.forge.url}
    environment |= {"AUTHOR": "mesh", "EMAIL": "mesh@example.com", "DRY_RUN": "false", "TOKEN": host.token}
    return host.run("github/promote.sh", **{**environment, **given})


def on_gitlab(host: Host, **given: str) -> Done:
    """promote.sh as the job starts it: GitLab's runner has checked out a commit, and no branch."""
    host.clone.git("checkout", "-q", "--detach")
    host.clone.git("branch", "-q", "-D", "main")
    environment = {f"MESHREV_{name}": value for name, value in WHAT.items()}
    environment |= {"MESHREV_FOLDER": "fleet", "MESHREV_DRY_RUN": "false", "GITLAB_TOKEN": host.token}
    environment |= {"CI_SERVER_URL": host.git.url("").rstrip("/"), "CI_COMMIT_BRANCH": "main"}
    environment |= {"CI_PROJECT_URL": host.git.url(NAME).removesuffix(".git")}
    environment |= {"GITLAB_USER_NAME": "mesh", "GITLAB_USER_EMAIL": "mesh@example.com"}
    return host.run("gitlab/promote.sh", str(host.home), **{**environment, **given})


def opened(host: Host, done: Done) -> None:
    """One pull request with the whole promotion, made by who was named."""
    assert done.code == 0, done.out + done.err
    [pull] = host.forge.pulls
    assert (pull.title, pull.base, pull.sha) == (TITLE, "main", head(host.origin, pull.head))
    assert host.origin.git("log", "-1", "--format=%an %ae %s", pull.head) == f"mesh mesh@example.com {TITLE}\n"
    assert "Meshrev-Wave: first" in host.origin.git("show", "-s", "--format=%B", pull.head)
    assert "pull request: https://" in done.out


@pytest.mark.parametrize("host", [GitHubServer], indirect=True)
def test_a_workflow_promotes_in_a_pull_request_with_its_token_alone(host: Host) -> None:
    opened(host, on_github(host, GH_TOKEN="somebody-else-s"))
    assert subjects(host.origin) == ["name the forge"]


@pytest.mark.parametrize("host", [GitHubServer], indirect=True)
def test_a_workflow_shows_a_promotion_without_a_token_and_leaves_nothing(host: Host) -> None:
    done = on_github(host, DRY_RUN="true", TOKEN="")
    assert done.code == 0, done.out + done.err
    assert f"{TITLE}\n" in done.out
    assert (host.branches(), host.forge.pulls, host.git.requests) == (["main"], [], [])


@pytest.mark.parametrize("host", [GitLabServer], indirect=True)
def test_a_job_promotes_in_a_merge_request_with_its_token_alone(host: Host) -> None:
    # A job's own token reads: it stands in the address of the runner's clone, and may not push.
    host.clone.git("remote", "set-url", "origin", host.git.url(NAME).replace("//", "//gitlab-ci-token:job@"))
    opened(host, on_gitlab(host))
    assert "credential" not in (host.clone.root / ".git/config").read_text()  # a runner uses the clone again


@pytest.mark.parametrize("host", [GitLabServer], indirect=True)
def test_a_job_shows_a_promotion_without_a_token_and_leaves_nothing(host: Host) -> None:
    done = on_gitlab(host, MESHREV_DRY_RUN="", GITLAB_TOKEN="")
    assert done.code == 0, done.out + done.err
    assert f"{TITLE}\n" in done.out
    assert (host.branches(), host.forge.pulls) == (["main"], [])


@pytest.mark.parametrize("host", [GitLabServer], indirect=True)
def test_a_job_without_a_token_says_which_to_give(host: Host) -> None:
    done = on_gitlab(host, GITLAB_TOKEN="")
    assert done.code == 2
    assert "GITLAB_TOKEN" in done.err
    assert host.branches() == ["main"]


def test_what_is_handed_over_are_options_of_the_verb() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/meshrev-promote.yml").read_text())
    about = {"folder", "app-client-id", "author", "email"}
    inputs = set(workflow[True]["workflow_call"]["inputs"]) - about  # YAML 1.1 reads `on` as true
    options = {name: one for one in promote.params if isinstance(one, click.Option) for name in one.opts}
    assert {f"--{name}" for name in inputs} <= set(options)
    repeated = {name.removeprefix("--") for name, one in options.items() if one.multiple and name.startswith("--")}
    assert repeated == {"namespace", "gateway", "cluster"}  # ../../plugins/ci/promotion.sh takes these apart


# Rollouts


def with_rollout(host: Host, folder: Path) -> None:
    """Puts a rollout on the branch, and takes it into the job's clone."""
    person = cloned(str(host.origin.root), folder)
    spec = "{istio: default, version: v1.24.3, ready: [], waves: [{name: all}]}"
    person.write("rollouts/next.yaml", document(MESHREV, "RevisionRollout", "next", spec=spec))
    person.commit("A rollout")
    person.git("push", "-q")
    host.clone.git("fetch", "-q", str(host.origin.root), "main:refs/remotes/origin/main")
    host.clone.git("reset", "-q", "--hard", "origin/main")


STEP = "Rollout next: bring the revision in for wave all, in 3 clusters"


@pytest.mark.parametrize("host", [GitHubServer], indirect=True)
@pytest.mark.parametrize("way", ["push", "pr"])
def test_a_workflow_does_the_next_step_of_a_rollout(host: Host, tmp_path: Path, way: str) -> None:
    with_rollout(host, tmp_path / "writer")
    environment = {"RUNNER_TEMP": str(host.home.parent), "FOLDER": "fleet/.", "ROLLOUT": "", "WAY": way}
    environment |= {"GITHUB_SERVER_URL": host.git.url("").rstrip("/"), "GITHUB_API_URL": host.forge.url}
    environment |= {"AUTHOR": "mesh", "EMAIL": "mesh@example.com", "DRY_RUN": "false", "TOKEN": host.token}
    done = host.run("github/rollout.sh", **environment)
    assert done.code == 0, done.out + done.err
    if way == "push":
        assert subjects(host.origin)[0] == STEP
    else:
        assert [pull.title for pull in host.forge.pulls] == [STEP]
        assert subjects(host.origin)[0] == "A rollout"


@pytest.mark.parametrize("host", [GitLabServer], indirect=True)
def test_a_job_does_the_next_step_of_a_rollout(host: Host, tmp_path: Path) -> None:
    with_rollout(host, tmp_path / "writer")
    host.clone.git("checkout", "-q", "--detach")
    host.clone.git("branch", "-q", "-D", "main")
    environment = {"MESHREV_FOLDER": "fleet", "GITLAB_TOKEN": host.token, "CI_COMMIT_BRANCH": "main"}
    environment |= {"CI_SERVER_URL": host.git.url("").rstrip("/")}
    environment |= {"CI_PROJECT_URL": host.git.url(NAME).removesuffix(".git")}
    environment |= {"GITLAB_USER_NAME": "mesh", "GITLAB_USER_EMAIL": "mesh@example.com"}
    done = host.run("gitlab/rollout.sh", str(host.home), **environment)
    assert done.code == 0, done.out + done.err
    assert subjects(host.origin)[0] == STEP


@pytest.mark.parametrize("host", [GitLabServer], indirect=True)
def test_a_job_without_a_token_takes_no_step(host: Host, tmp_path: Path) -> None:
    with_rollout(host, tmp_path / "writer")
    done = host.run("gitlab/rollout.sh", str(host.home), MESHREV_FOLDER="fleet", GITLAB_TOKEN="")
    assert done.code == 2
    assert "GITLAB_TOKEN" in done.err
    assert subjects(host.origin)[0] == "A rollout"
