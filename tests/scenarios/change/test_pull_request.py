"""`promote --pr` from the outside: a real git server, and a forge that is held to its own description."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.git.branches import Branch
from render.operations.change.operation import OperationEdits
from render.operations.change.promote import Promote
from render.operations.change.promotion_rules import Promotion
from render.operations.change.pull_request import branch_name
from render.operations.change.selection import Clusters
from tests.support.fleet_repo import Done, FleetRepo, fleet_repo
from tests.support.fleets.served import CART, NAME, at_once, cloned, head, left_behind, serve, state, subjects
from tests.support.forge.gitea_server import GiteaServer
from tests.support.forge.github_server import GitHubServer
from tests.support.forge.gitlab_server import GitLabServer
from tests.support.forge.hosted_fleet import VARIABLES, Branches, names_a_forge
from tests.support.forge.server import ForgeServer
from tests.support.forge.wire import Answer
from tests.support.git.server import PUSH, Drop, GitServer, Meanwhile

PROPOSED = (*CART, "--pr")
TITLE = "Promote namespace cart to default in cluster eu"
BRANCH = "meshrev/main/promote-namespace-cart-to-default-in-cluster-eu"
# In the same files of the same cluster.
CATALOG = ("promote", "--namespace", "catalog", "--to", "prod", "--cluster", "eu", "--push")


@pytest.fixture
def origin(server: GitServer, template: FleetRepo) -> FleetRepo:
    return serve(server, template)


@pytest.fixture
def forge(request: pytest.FixtureRequest, origin: FleetRepo, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgeServer]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with getattr(request, "param", GitHubServer)() as forge:
        forge.branches = Branches(origin)
        monkeypatch.setenv(forge.tokens, forge.token)
        yield forge
        forge.check()


@pytest.fixture
def fleet(server: GitServer, origin: FleetRepo, forge: ForgeServer, tmp_path: Path) -> FleetRepo:
    repo = cloned(server.url(NAME), tmp_path / "ada")
    names_a_forge(repo, f"type: {forge.kind}, url: {forge.url}, project: {forge.project}, labels: [istio]")
    server.requests.clear()
    return repo


@pytest.fixture
def other(origin: FleetRepo, fleet: FleetRepo, tmp_path: Path) -> FleetRepo:
    """Another person's clone, which reaches the repository past the server."""
    return cloned(str(origin.root), tmp_path / "bob", author="Bob")


def proposed(fleet: FleetRepo, forge: ForgeServer, code: int = 0, **environment: str) -> Done:
    """Run it: whatever comes of it, nothing of the person's is touched and the token is nowhere."""
    before = state(fleet)
    done = fleet.meshrev(*PROPOSED, code=code, **environment)
    assert state(fleet) == before
    assert left_behind(fleet) in ([], [f"refs/remotes/origin/{BRANCH}"])
    assert forge.token not in done.out + done.err + (fleet.root / ".git/config").read_text()
    return done


def by_bob(other: FleetRepo, *git: str) -> str:
    """A change of that person on the operation's branch; the commit."""
    other.git("fetch", "-q")
    other.git("checkout", "-q", BRANCH)
    file = other.root / "overlays/eu/promotions.yaml"
    file.write_text(f"# looked at\n{file.read_text()}")
    other.git("-c", "user.name=Bob", "commit", "-qa", *git)
    other.git("push", "-qf", "origin", BRANCH)
    return head(other, "HEAD")


@pytest.mark.parametrize("forge", [GitHubServer, GitLabServer, GiteaServer], indirect=True)
def test_it_opens_one_pull_request_that_says_all(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer
) -> None:
    done = proposed(fleet, forge)
    [pull] = forge.pulls
    assert (pull.title, pull.head, pull.base, pull.sha) == (TITLE, BRANCH, "main", head(origin, BRANCH))
    assert (pull.labels, pull.reviewers) == (["istio"], ["grace"])
    assert pull.body
    assert pull.body.startswith(f"### {head(origin)[:10]} → {head(origin, BRANCH)[:10]}: 1 of 3 clusters differ\n")
    trailers = origin.git("show", "-s", "--format=%(trailers:only)", BRANCH).strip()
    assert pull.body.rstrip().endswith(trailers)
    assert trailers.startswith("Meshrev-Operation: promote-")
    assert f"commit {head(origin, BRANCH)[:10]} on {BRANCH} of origin\n" in done.out
    assert "pull request: https://" in done.out
    assert "note: the pull request was opened\n" in done.err
    assert head(origin, f"{BRANCH}^") == head(origin)
    assert (server.fetches, server.pushes) == (1, 1)


def test_run_again_it_leaves_all_as_it_is_also_where_others_went_on(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer, other: FleetRepo
) -> None:
    proposed(fleet, forge)
    first, sent = head(origin, BRANCH), forge.changing()
    other.write("notes", "mine\n")
    other.commit("a note")
    other.git("push", "-q")
    done = proposed(fleet, forge)
    assert "note: the pull request was unchanged\n" in done.err
    assert f"commit {first[:10]} on {BRANCH} of origin\n" in done.out
    assert (head(origin, BRANCH), forge.changing(), server.pushes) == (first, sent, 1)


def test_where_the_result_differs_by_now_branch_and_pull_request_are_made_anew(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer, other: FleetRepo
) -> None:
    proposed(fleet, forge)
    before = forge.pulls[0].body
    other.meshrev(*CATALOG)
    done = proposed(fleet, forge)
    assert "note: the pull request was updated\n" in done.err
    assert head(origin, f"{BRANCH}^") == head(origin)
    assert subjects(origin, BRANCH)[0] == TITLE
    assert len(forge.pulls) == 1
    assert forge.pulls[0].body != before
    assert server.pushes == 2


@pytest.mark.parametrize("git", [("-m", "look at it"), ("--amend", "--no-edit")])
def test_a_commit_of_a_person_on_the_branch_is_never_pushed_over(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer, other: FleetRepo, git: tuple[str, ...]
) -> None:
    proposed(fleet, forge)
    while time.time() < int(origin.git("log", "-1", "--format=%ct", BRANCH)) + 1:
        time.sleep(0.1)  # within the same second, an amended commit is told by nothing
    commit = by_bob(other, *git)
    done = proposed(fleet, forge, code=2)
    author = "Ada" if "--amend" in git else "Bob"
    assert done.err == (
        f"{BRANCH} of origin has a commit of {author}, {commit[:7]}, which would be lost: merge or close its pull "
        "request first, or delete the branch\n"
    )
    assert head(origin, BRANCH) == commit
    assert server.pushes == 1


def test_a_branch_that_the_base_was_merged_into_stays_as_it_is(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer, other: FleetRepo
) -> None:
    proposed(fleet, forge)
    other.write("notes", "mine\n")
    other.commit("a note")
    other.git("push", "-q")
    other.git("fetch", "-q")
    other.git("checkout", "-q", BRANCH)
    other.git("merge", "-q", "--no-edit", "origin/main")
    other.git("push", "-q")
    proposed(fleet, forge)
    assert head(origin, BRANCH) == head(other, "HEAD")
    assert server.pushes == 1
    assert forge.pulls[0].body
    assert "Meshrev-Operation: " in forge.pulls[0].body


def test_once_it_is_closed_another_is_opened_and_once_it_is_merged_there_is_nothing_to_do(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer
) -> None:
    proposed(fleet, forge)
    forge.pulls[0].state = "closed"
    assert "note: the pull request was opened\n" in proposed(fleet, forge).err
    assert [pull.state for pull in forge.pulls] == ["closed", "open"]
    origin.git("update-ref", "refs/heads/main", BRANCH)
    forge.pulls[1].state = "merged"
    assert proposed(fleet, forge).out.startswith("nothing to do")
    assert (len(forge.pulls), server.pushes) == (2, 1)


LIMIT = {"Retry-After": "3600"}


@pytest.mark.parametrize(
    ("answer", "token", "code", "said"),
    [
        (
            None,
            "",
            2,
            "GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN is not set: it takes a fine-grained or GitHub App",
        ),
        (None, "wrong", 2, "it does not accept the token in GH_ENTERPRISE_TOKEN (wrong, expired or revoked)"),
        (
            Answer(403, {"message": "Not for you"}),
            None,
            2,
            "it does not let the token in GH_ENTERPRISE_TOKEN do this: N",
        ),
        (
            Answer(403, {"message": "API rate limit exceeded"}, LIMIT),
            None,
            4,
            "its rate limit is used up: try again af",
        ),
    ],
)
def test_what_the_forge_would_refuse_is_told_of_before_anything_is_pushed(
    server: GitServer,
    origin: FleetRepo,
    fleet: FleetRepo,
    forge: ForgeServer,
    answer: Answer | None,
    token: str | None,
    code: int,
    said: str,
) -> None:
    if answer:
        forge.fail(answer)
    done = proposed(fleet, forge, code, **({} if token is None else {forge.tokens: token}))
    assert said in done.err
    assert done.err.count("\n") == 1
    assert server.pushes == 0
    assert origin.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]


def test_a_token_that_may_only_read_leaves_a_branch_that_the_next_run_takes_up(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer
) -> None:
    forge.before += [lambda request: None, lambda request: None]
    forge.fail(Answer(403, {"message": "Resource not accessible by integration"}))
    done = proposed(fleet, forge, code=2)
    assert "Resource not accessible by integration; needed is a fine-grained" in done.err
    assert forge.pulls == []
    pushed = head(origin, BRANCH)
    proposed(fleet, forge)
    assert [pull.sha for pull in forge.pulls] == [pushed]
    assert server.pushes == 1


def test_a_push_whose_answer_was_lost_becomes_a_pull_request_all_the_same(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer
) -> None:
    server.on(PUSH, Drop(acted=True))
    proposed(fleet, forge)
    assert [pull.sha for pull in forge.pulls] == [head(origin, BRANCH)]
    assert server.pushes == 1


def test_a_branch_that_somebody_else_pushed_meanwhile_is_taken_as_it_is(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer, other: FleetRepo
) -> None:
    other.git("pull", "-q")
    server.on(PUSH, Meanwhile(lambda: other.meshrev(*PROPOSED)))
    done = proposed(fleet, forge)
    assert f"{BRANCH} of origin was moved by somebody else: trying again" in done.err
    assert "note: the pull request was unchanged\n" in done.err
    assert origin.git("log", "-1", "--format=%an", BRANCH) == "Bob\n"
    assert [pull.sha for pull in forge.pulls] == [head(origin, BRANCH)]


def test_two_at_once_open_one(server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer) -> None:
    done = at_once((fleet, PROPOSED), (fleet, PROPOSED))
    assert [code for code, _ in done] == [0, 0], done
    assert [pull.sha for pull in forge.pulls] == [head(origin, BRANCH)]
    assert head(origin, f"{BRANCH}^") == head(origin)


def test_without_a_forge_the_branch_is_pushed_and_that_is_said(
    server: GitServer, origin: FleetRepo, tmp_path: Path
) -> None:
    fleet = cloned(server.url(NAME), tmp_path / "ada")
    done = fleet.meshrev(*PROPOSED)
    assert done.err == (
        "note: no forge is named (spec.forge.type in meshrev.yaml): open the pull request of this branch by hand\n"
    )
    assert subjects(origin, BRANCH) == [TITLE]
    assert subjects(origin) == []


def test_taking_back_what_came_last_is_another_pull_request_for_each_that_came(
    origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer, other: FleetRepo
) -> None:
    back = []
    for operation in (CATALOG, (*CART, "--push")):
        other.git("pull", "-q")
        done = other.meshrev(*operation, "--output", "json").json
        back.append(f"meshrev/main/rollback-of-{done['operation']}")
        fleet.meshrev("rollback", "--pr")
    assert [pull.head for pull in forge.pulls] == back
    assert [pull.title for pull in forge.pulls] == [
        "Roll back: Promote namespace catalog to prod in cluster eu",
        f"Roll back: {TITLE}",
    ]


def test_in_a_shallow_clone_a_branch_that_was_left_behind_asks_for_the_history(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, forge: ForgeServer, other: FleetRepo, tmp_path: Path
) -> None:
    proposed(fleet, forge)
    other.write("notes", "mine\n")
    other.commit("a note")
    other.git("push", "-q")
    before = head(origin, BRANCH)
    shallow = cloned(server.url(NAME), tmp_path / "shallow", "--depth", "1")
    done = proposed(shallow, forge, code=2)
    assert "this clone is shallow, and older commits are not in it: `git fetch --unshallow` gets them" in done.err
    assert head(origin, BRANCH) == before


def test_a_branch_is_of_one_operation_of_one_fleet_for_one_branch(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    (repo.root / "clusters/a").mkdir(parents=True)
    (repo.root / "clusters/b").mkdir()
    names = set()
    for folder in (".", "clusters/a", "clusters/b"):
        for base in ("main", "release/1.24"):
            for tag in ("prod", "prod."):
                operation = Promote(Promotion("tag", "default-v1-24-3", tag), Clusters())
                edited = OperationEdits("", {}, ())
                names.add(branch_name(repo.root / folder, operation, edited, Branch(base, "origin")))
    assert len(names) == 12
    assert "meshrev/main/promote-tag-prod-to-default-v1-24-3-in-all-clusters" in names
    for name in names:
        repo.git("check-ref-format", "--branch", name)
