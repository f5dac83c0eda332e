"""`promote --push` against a real git server: one fetch, one push, others at work, connections that fail."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.served import (
    CART,
    CART_LABEL,
    CATALOG,
    NAME,
    at_once,
    cloned,
    contents,
    head,
    known_to_git,
    left_behind,
    serve,
    state,
    subjects,
)
from tests.support.git.server import FETCH, FETCH_REFS, PUSH, PUSH_REFS, Drop, GitServer, Meanwhile, Refuse, git_server

PUSHED = (*CART, "--push")
CART_FILE = "rendered/eu/namespaces/cart.yaml"
CATALOG_FILE = "rendered/us/namespaces/catalog.yaml"
PROMOTED = "Promote namespace cart to default in cluster eu"
ALSO = "Promote namespace catalog to prod in cluster us"


@pytest.fixture
def origin(server: GitServer, template: FleetRepo) -> FleetRepo:
    return serve(server, template)


@pytest.fixture
def fleet(server: GitServer, origin: FleetRepo, tmp_path: Path) -> FleetRepo:
    return cloned(server.url(NAME), tmp_path / "ada")


@pytest.fixture
def other(origin: FleetRepo, tmp_path: Path) -> FleetRepo:
    """Another person's clone, which reaches the repository past the server."""
    return cloned(str(origin.root), tmp_path / "bob", author="Bob")


def noted(other: FleetRepo, name: str) -> None:
    """A commit of that person, pushed, that has nothing to do with the fleet."""
    other.git("pull", "-q", "--rebase")
    other.write(f"notes/{name}", "mine\n")
    other.commit(f"note {name}")
    other.git("push", "-q")


def asks_nothing_more(server: GitServer) -> None:
    server.requests.clear()


def test_it_takes_one_fetch_and_one_push_and_is_built_on_the_newest_commit(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, other: FleetRepo
) -> None:
    noted(other, "since the clone")
    newest, before = head(origin), state(fleet)
    asks_nothing_more(server)
    done = fleet.meshrev(*PUSHED)
    assert (server.fetches, server.pushes) == (1, 1)
    assert head(origin, "main^") == newest
    assert subjects(origin)[0] == PROMOTED
    assert CART_LABEL in contents(origin, CART_FILE)
    assert done.out.endswith(
        f"commit {head(origin)[:10]} on main of origin\n`git pull` takes it into your own branch\n"
    )
    assert state(fleet) == before
    assert left_behind(fleet) == []
    fleet.git("pull", "-q", "--ff-only")
    fleet.meshrev("check")


def test_run_twice_it_makes_no_second_commit(server: GitServer, origin: FleetRepo, fleet: FleetRepo) -> None:
    fleet.meshrev(*PUSHED)
    asks_nothing_more(server)
    assert fleet.meshrev(*PUSHED).out.startswith("nothing to do")
    assert (server.fetches, server.pushes) == (1, 0)
    assert len(subjects(origin)) == 1


def test_what_a_person_is_at_work_on_stays_as_it_is(fleet: FleetRepo, origin: FleetRepo) -> None:
    fleet.git("checkout", "-q", "-b", "mine", "--track", "origin/main")
    fleet.write("overlays/eu/kustomization.yaml", "# half done\n")
    fleet.write("base/istio.yaml", "# staged\n")
    fleet.git("add", "base/istio.yaml")
    fleet.write("base/istio.yaml", "# staged, and changed since\n")
    fleet.write("untracked.txt", "mine\n")
    (fleet.root / "overlays/us/cluster.yaml").unlink()
    fleet.git("tag", "-a", "mine-too", "-m", "a tag of mine")
    fleet.git("config", "push.followTags", "true")
    before = state(fleet)
    fleet.meshrev(*PUSHED)
    assert state(fleet) == before
    assert subjects(origin) == [PROMOTED]
    assert origin.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]


def test_a_detached_head_needs_a_branch_by_name(fleet: FleetRepo, origin: FleetRepo) -> None:
    fleet.git("checkout", "-q", "--detach")
    said = fleet.meshrev(*PUSHED, code=2).err
    assert said == "no branch is checked out here: name the one that is meant, --onto BRANCH\n"
    before = state(fleet)
    fleet.meshrev(*PUSHED, "--onto", "main")
    assert state(fleet) == before
    assert subjects(origin) == [PROMOTED]


@pytest.mark.parametrize("kind", ["note", "promotion", "same promotion"])
def test_a_lost_race_is_run_again_on_what_others_made(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, other: FleetRepo, kind: str
) -> None:
    works = {
        "note": lambda: noted(other, "first"),
        "promotion": lambda: other.meshrev(*CATALOG, "--push"),
        "same promotion": lambda: other.meshrev(*PUSHED),
    }
    server.on(PUSH, Meanwhile(works[kind]))
    asks_nothing_more(server)
    done = fleet.meshrev(*PUSHED)
    assert "note: main of origin was moved by somebody else: trying again on what is there now" in done.err
    assert CART_LABEL in contents(origin, CART_FILE)
    if kind == "same promotion":
        assert done.out.startswith("nothing to do")
        assert subjects(origin) == [PROMOTED]
        assert (server.fetches, server.pushes) == (2, 1)
    else:
        assert subjects(origin) == [PROMOTED, "note first" if kind == "note" else ALSO]
        assert (server.fetches, server.pushes) == (2, 2)
    if kind == "promotion":
        assert "istio.io/rev: prod" in contents(origin, CATALOG_FILE)


def test_five_lost_races_are_enough(server: GitServer, origin: FleetRepo, fleet: FleetRepo, other: FleetRepo) -> None:
    count = iter(range(10))
    server.on(PUSH, Meanwhile(lambda: noted(other, str(next(count)))), times=math.inf)
    before = state(fleet)
    done = fleet.meshrev(*PUSHED, code=4)
    assert server.pushes == 5
    assert done.err.splitlines()[-1] == (
        "meshrev: gave up after 5 tries, and nothing was changed: main of origin was moved by somebody else. Try again"
    )
    assert subjects(origin) == ["note 4", "note 3", "note 2", "note 1", "note 0"]
    assert state(fleet) == before
    assert left_behind(fleet) == []


def test_a_hook_of_the_server_refuses_in_its_own_words(server: GitServer, origin: FleetRepo, fleet: FleetRepo) -> None:
    server.hook(NAME, "pre-receive", "echo 'GH006: Protected branch update failed for main.' >&2\nexit 1")
    before = state(fleet)
    done = fleet.meshrev(*PUSHED, code=2)
    assert done.err == (
        "origin refuses the push to main, and nothing was changed: [remote rejected] (pre-receive hook declined) "
        "(GH006: Protected branch update failed for main.). Where the branch is protected: --pr\n"
    )
    assert server.pushes == 1
    assert subjects(origin) == []
    assert state(fleet) == before


def test_a_push_that_was_dropped_before_the_server_acted_is_tried_again(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo
) -> None:
    server.on(PUSH, Drop(acted=False))
    fleet.meshrev(*PUSHED)
    assert server.pushes == 2
    assert subjects(origin) == [PROMOTED]


@pytest.mark.parametrize("sent", [0, 0.5])
def test_a_push_whose_answer_was_lost_is_done_and_not_done_twice(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, sent: float
) -> None:
    server.on(PUSH, Drop(acted=True, sent=sent))
    done = fleet.meshrev(*PUSHED)
    assert server.pushes == 1
    assert subjects(origin) == [PROMOTED]
    assert f"commit {head(origin)[:10]} on main of origin" in done.out


def test_the_last_of_five_pushes_may_be_the_one_that_arrived(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo
) -> None:
    server.on(PUSH, Drop(acted=False), times=4)
    server.on(PUSH, Drop(acted=True), nth=5)
    fleet.meshrev(*PUSHED)
    assert server.pushes == 5
    assert subjects(origin) == [PROMOTED]


def test_where_nobody_can_be_asked_whether_it_arrived_that_is_said(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo
) -> None:
    server.on(PUSH, Drop(acted=True, sent=0))
    server.on(FETCH_REFS, Refuse(503), nth=2)
    done = fleet.meshrev(*PUSHED, code=4)
    said = "whether the push before it arrived is not known: run the same command again"
    assert done.err.splitlines()[-1].endswith(said)
    assert fleet.meshrev(*PUSHED).out.startswith("nothing to do")
    assert subjects(origin) == [PROMOTED]


@pytest.mark.parametrize(
    ("kind", "fault", "said"),
    [
        (FETCH_REFS, Refuse(500), "fetching main of origin failed: fatal: unable to access 'http://127.0.0.1:"),
        (FETCH, Drop(acted=False), "fetching main of origin failed: "),
        (PUSH_REFS, Refuse(403, "You may read only."), "pushing to main of origin failed: "),
    ],
)
def test_a_server_that_fails_or_refuses_at_once_is_asked_once(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, kind: str, fault: Drop | Refuse, said: str
) -> None:
    before = state(fleet)
    asks_nothing_more(server)
    server.on(kind, fault, times=math.inf)
    done = fleet.meshrev(*PUSHED, code=4)
    assert done.err.startswith(f"meshrev: {said}")
    assert done.err.count("\n") == 1
    assert (server.fetches, server.pushes) == (1, int(kind == PUSH_REFS))
    assert subjects(origin) == []
    assert state(fleet) == before
    assert left_behind(fleet) == []


def test_a_wrong_password_is_one_line_and_never_printed(
    template: FleetRepo, settings_of_git: None, tmp_path: Path
) -> None:
    with git_server(tmp_path / "server", auth=("bot", "hush-hush")) as server:
        origin = serve(server, template)
        fleet = cloned(str(origin.root), tmp_path / "ada")
        fleet.git("remote", "set-url", "origin", server.url(NAME).replace("//", "//bot:p%40ss-w0rd@"))
        done = fleet.meshrev(*PUSHED, code=4)
        assert done.err.startswith(
            "meshrev: fetching main of origin failed: fatal: Authentication failed for 'http://1"
        )
        assert done.err.count("\n") == 1
        fleet.git("remote", "set-url", "origin", server.url(NAME, with_auth=True))
        server.hook(NAME, "pre-receive", f"echo 'see {server.url(NAME, with_auth=True)}' >&2\nexit 1")
        refused = fleet.meshrev(*PUSHED, code=2)
        assert f"(see {server.url(NAME)})" in refused.err
        (origin.root / "hooks/pre-receive").unlink()
        pushed = fleet.meshrev(*PUSHED)
        assert subjects(origin) == [PROMOTED]
        for printed in (done, refused, pushed):
            assert not [word for word in ("hush-hush", "w0rd") if word in printed.out + printed.err]


def test_what_is_not_there_is_named(fleet: FleetRepo) -> None:
    done = fleet.meshrev(*PUSHED, "--onto", "mian", code=2)
    assert done.err == "origin has no branch mian: name another with --onto\n"
    done = fleet.meshrev(*PUSHED, "--onto", "main:refs/heads/mine", code=2)
    assert done.err == "--onto main:refs/heads/mine: that is no name of a branch\n"
    done = fleet.meshrev(*PUSHED, "--remote", "upstream", code=2)
    assert done.err == "this repository has no remote upstream (it has origin)\n"
    fleet.git("remote", "remove", "origin")
    done = fleet.meshrev(*PUSHED, code=2)
    assert done.err == "this repository has no remote origin (it has none: git remote add origin URL)\n"


def test_a_branch_may_be_named_below_one_that_there_was(origin: FleetRepo, fleet: FleetRepo) -> None:
    origin.git("branch", "release", "main")
    fleet.meshrev(*PUSHED, "--onto", "release")
    origin.git("branch", "-m", "release", "release/1.24")
    assert fleet.meshrev(*PUSHED, "--onto", "release/1.24").out.startswith("nothing to do")
    assert subjects(origin, "release/1.24") == [PROMOTED]


def test_a_shallow_clone_is_enough(server: GitServer, origin: FleetRepo, other: FleetRepo, tmp_path: Path) -> None:
    noted(other, "so that there is something to leave out")
    fleet = cloned(server.url(NAME), tmp_path / "shallow", "--depth", "1")
    noted(other, "since")
    fleet.meshrev(*PUSHED)
    assert subjects(origin)[0] == PROMOTED
    assert len(subjects(origin)) == 3


def test_a_fleet_in_a_folder_of_the_repository_and_a_linked_worktree(
    template: FleetRepo, server: GitServer, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    subprocess.run(["git", "clone", "-q", str(template.root), str(whole / "clusters/mesh")], check=True)
    subprocess.run(["mv", str(whole / "clusters/mesh/.git"), str(whole)], check=True)
    mono = FleetRepo(whole)
    known_to_git(mono)
    mono.commit("all in a folder")
    origin = serve(server, mono)
    mono.git("remote", "set-url", "origin", server.url(NAME))
    mono.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "mine")
    linked = FleetRepo(tmp_path / "linked/clusters/mesh")
    linked.meshrev(*PUSHED, "--onto", "main")
    FleetRepo(tmp_path).meshrev("-C", "whole/clusters/mesh", *CATALOG, "--push")
    assert CART_LABEL in contents(origin, f"clusters/mesh/{CART_FILE}")
    assert "istio.io/rev: prod" in contents(origin, f"clusters/mesh/{CATALOG_FILE}")
    assert mono.git("status", "--porcelain") == linked.git("status", "--porcelain") == ""
    linked.meshrev(*CART)  # in the branch that is checked out there
    assert subjects(mono, "mine")[0] == PROMOTED
    assert CART_LABEL in (linked.root / CART_FILE).read_text()
    assert mono.git("worktree", "list").count("\n") == 2
    assert left_behind(mono) == []


@pytest.mark.parametrize("clones", [1, 2])
@pytest.mark.parametrize("second", [CART, CATALOG])
def test_two_at_once_are_both_in_the_result(
    server: GitServer, origin: FleetRepo, fleet: FleetRepo, other: FleetRepo, clones: int, second: tuple[str, ...]
) -> None:
    before = state(fleet)
    done = at_once((fleet, PUSHED), (fleet if clones == 1 else other, (*second, "--push")))
    assert [code for code, _ in done] == [0, 0], done
    assert sorted(subjects(origin)) == ([PROMOTED] if second == CART else [PROMOTED, ALSO])
    assert CART_LABEL in contents(origin, CART_FILE)
    assert state(fleet) == before
    assert left_behind(fleet) == []
    fleet.git("fsck", "--no-dangling")


@pytest.mark.parametrize("second", [CART, CATALOG])
def test_two_at_once_in_one_clone_without_a_push_are_both_in_the_branch(
    fleet: FleetRepo, second: tuple[str, ...]
) -> None:
    done = at_once((fleet, CART), (fleet, second))
    assert [code for code, _ in done] == [0, 0], done
    assert sorted(subjects(fleet)) == ([PROMOTED] if second == CART else [PROMOTED, ALSO])
    assert fleet.git("status", "--porcelain") == ""
    assert left_behind(fleet) == []
    fleet.meshrev("check")


def test_a_branch_that_is_checked_out_elsewhere_or_locked_is_left_alone(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "mine")
    before = state(fleet)
    done = FleetRepo(tmp_path / "linked").meshrev(*CART, "--onto", "main", code=2)
    assert done.err == f"main is checked out in {fleet.root}: run the same command there, or with --push\n"
    (fleet.root / ".git/index.lock").touch()
    done = fleet.meshrev(*CART, code=4)
    assert done.err == (
        "meshrev: another git command is at work here (index.lock): wait for it to end, then try again\n"
    )
    (fleet.root / ".git/index.lock").unlink()
    assert state(fleet) == before


@pytest.mark.parametrize("more", [(), ("--push",), ("--pr",), ("--onto", "main")])
def test_outside_of_a_repository_that_is_said(fleet: FleetRepo, tmp_path: Path, more: tuple[str, ...]) -> None:
    outside = FleetRepo(tmp_path / "outside")
    outside.write("meshrev.yaml", contents(fleet, "meshrev.yaml"))
    done = outside.meshrev(*CART, *more, code=2, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert "not a git repository" in done.err
    assert done.err.count("\n") == 1


def test_commits_that_were_not_pushed_are_told_of_since_the_operation_goes_without_them(fleet: FleetRepo) -> None:
    fleet.write("notes/mine", "mine\n")
    fleet.commit("not pushed")
    said = fleet.meshrev(*PUSHED, "--dry-run").err
    assert "1 commit of your branch is not in main of origin, and so not in this either" in said


def test_where_git_would_push_to_a_fork_it_asks_which_is_meant(fleet: FleetRepo, origin: FleetRepo) -> None:
    before = head(origin)
    fleet.git("remote", "add", "fork", "https://git.example.com/ada/fleet.git")
    fleet.git("config", "branch.main.pushRemote", "fork")
    done = fleet.meshrev(*PUSHED, code=2)
    assert "main comes from origin, and `git push` goes to fork: say which is meant" in done.err
    assert head(origin) == before
    fleet.meshrev(*PUSHED, "--remote", "origin")
    assert head(origin) != before
