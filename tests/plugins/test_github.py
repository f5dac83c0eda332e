"""The scripts of the GitHub action and workflows: real git, the real program; GitHub's API as it is documented."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import fleet_file
from tests.support.cases import ROOT
from tests.support.fleet_repo import Done, FleetRepo, fleet_repo
from tests.support.fleets.one_cluster import CART, MESH, NAMESPACE, SPECS
from tests.support.hosted import api, installed, script

GITHUB = ROOT / "plugins/github"


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a workflow: its workspace is a clone of a fleet repo."""

    fleet: FleetRepo
    temporary: Path

    def step(self, name: str, **environment: str) -> Done:
        """Run a script; `FOLDER` is the workspace unless it is given."""
        command = ["sh", str(GITHUB / name)] if name.endswith(".sh") else [sys.executable, "-I", str(GITHUB / name)]
        files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
        given = {name: str(self.temporary / file) for name, file in files.items()}
        given |= {"RUNNER_TEMP": str(self.temporary), "FOLDER": ".", **environment}
        return script(command, self.fleet.root, given)

    @property
    def outputs(self) -> dict[str, str]:
        file = self.temporary / "output"
        return dict(line.split("=", 1) for line in file.read_text().splitlines()) if file.exists() else {}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """`main` with one cluster; `change` adds a namespace and its tree, `stale` without its tree; `main` went on."""
    repo = fleet_repo(tmp_path_factory.mktemp("origin"))
    repo.cluster("east", MESH)
    repo.meshrev("render")
    repo.commit("first")
    repo.git("checkout", "-qb", "stale")
    repo.write(SPECS, MESH + NAMESPACE)
    repo.commit("a namespace")
    repo.git("checkout", "-qb", "change")
    repo.meshrev("render")
    repo.commit("its tree")
    repo.git("checkout", "-q", "main")
    repo.write("README", "went on\n")
    repo.commit("went on")
    for branch in ("stale", "change"):
        repo.git("checkout", "-q", "--detach", "main")
        repo.git("merge", "-q", "--no-ff", branch, "-m", "trial merge")
        repo.git("update-ref", f"refs/pull/{branch}/merge", "HEAD")
    repo.git("checkout", "-q", "main")
    return repo


@pytest.fixture
def job(tmp_path: Path) -> Job:
    installed(tmp_path / "temporary/meshrev")
    return Job(FleetRepo(tmp_path / "workspace"), tmp_path / "temporary")


def checked_out(job: Job, origin: FleetRepo, ref: str, depth: int = 2) -> Job:
    """As actions/checkout leaves it."""
    job.fleet.root.mkdir()
    job.fleet.git("init", "-q", "-b", "main")
    job.fleet.git("remote", "add", "origin", str(origin.root))
    job.fleet.git("fetch", "-q", f"--depth={depth}", f"file://{origin.root}", f"+{ref}:refs/remotes/pull/1/merge")
    job.fleet.git("checkout", "-q", "--detach", "refs/remotes/pull/1/merge")
    return job


def pull_request(job: Job) -> dict[str, str]:
    head = job.fleet.git("rev-parse", "HEAD").strip()
    return {"GITHUB_BASE_REF": "main", "GITHUB_REF": "refs/pull/1/merge", "GITHUB_SHA": head}


def test_a_trial_merge_is_compared_with_what_it_was_merged_into(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/pull/change/merge")
    assert job.step("base.sh", **pull_request(job)).code == 0
    assert job.outputs == {"base": origin.git("rev-parse", "main").strip()}


def test_a_branch_is_compared_with_where_it_left(job: Job, origin: FleetRepo) -> None:
    origin.git("clone", "-q", "-b", "change", str(origin.root), str(job.fleet.root))
    assert job.step("base.sh", **pull_request(job)).code == 0
    assert job.outputs == {"base": origin.git("merge-base", "main", "change").strip()}


def test_a_clone_that_is_too_shallow_says_what_to_set(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/pull/change/merge", depth=1)
    done = job.step("base.sh", **pull_request(job))
    assert done.code == 2
    assert "fetch-depth of actions/checkout to 2" in done.out


def test_without_a_pull_request_nothing_is_compared(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/heads/main")
    assert job.step("base.sh", GITHUB_BASE_REF="").code == 0
    assert job.outputs == {}


def test_check_tells_its_exit_code_and_fails_only_in_the_verdict(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/pull/stale/merge")
    done = job.step("check.sh", BASE="")
    assert done.code == 0
    assert f"missing {CART}" in done.out
    assert job.outputs == {"check": "1"}


def test_check_believes_what_the_request_is_compared_with(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/pull/change/merge")
    assert job.step("check.sh", BASE="HEAD^1").code == 0
    assert job.outputs == {"check": "0"}
    assert "nothing names no commit here" in job.step("check.sh", BASE="nothing").out


def test_what_is_printed_of_files_is_no_command_to_the_runner(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/pull/stale/merge")
    lines = job.step("check.sh", BASE="").out.splitlines()
    opening = next(line for line in lines if line.startswith("::stop-commands::"))
    closing = f"::{opening.removeprefix('::stop-commands::')}::"
    assert len(closing) == 36
    assert lines.index(opening) < next(n for n, line in enumerate(lines) if CART in line) < lines.index(closing)
    assert job.step("check.sh", BASE="").out.splitlines()[0] != opening


@pytest.mark.parametrize(
    ("codes", "expected"),
    [(("0", "0", "0"), 0), (("1", "0", ""), 1), (("0", "1", "0"), 1), (("1", "2", "0"), 2), (("0", "0", "4"), 4)],
)
def test_the_verdict_is_the_worst_of_all(job: Job, codes: tuple[str, str, str], expected: int) -> None:
    job.fleet.root.mkdir()
    done = job.step("verdict.sh", CHECK=codes[0], LINT=codes[1], DIFF=codes[2])
    assert done.code == expected
    assert done.out.count("::error") == sum(code == "1" for code in codes) + (expected > 1)


def test_findings_stand_beside_lines_of_the_repository_and_in_a_sarif(job: Job) -> None:
    """The fleet is in a folder of it."""
    inner = FleetRepo(job.fleet.root / "a,b")
    inner.root.mkdir(parents=True)
    job.fleet.git("init", "-q")
    inner.write("meshrev.yaml", fleet_file())
    inner.cluster("east", MESH.replace("v1.24.2", "v9.9.9"))
    done = job.step("lint.sh", FOLDER="a,b", BASE="", STRICT="false", SARIF="true")
    assert done.code == 0
    assert "::error file=a%2Cb/overlays/east/specs.yaml,line=5," in done.out
    assert job.outputs == {"sarif": str(job.temporary / "meshrev.sarif"), "prefix": "a,b/", "lint": "2"}


def test_the_comparison_goes_to_the_summary_and_says_what_changes(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/pull/change/merge")
    assert job.step("diff.sh", BASE="HEAD^1", CHECK="0", LIMIT="60000").code == 0
    summary = (job.temporary / "summary").read_text()
    assert "cart" in summary
    assert summary == Path(job.outputs["body"]).read_text()
    assert (job.outputs["diff"], job.outputs["differs"]) == ("0", "true")


def test_where_nothing_changes_there_is_nothing_to_say(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/heads/main", depth=3)
    assert job.step("diff.sh", BASE="HEAD^1", CHECK="0", LIMIT="60000").code == 0
    assert job.outputs["differs"] == "false"


def test_a_stale_tree_is_said_above_the_comparison_even_if_nothing_differs(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/pull/stale/merge")
    assert job.step("diff.sh", BASE="HEAD^1", CHECK="1", LIMIT="60000").code == 0
    assert Path(job.outputs["body"]).read_text().startswith("> [!WARNING]\n> What is committed is not what the specs")
    assert job.outputs["differs"] == "true"


def test_a_comparison_that_fails_keeps_its_exit_code(job: Job, origin: FleetRepo) -> None:
    checked_out(job, origin, "refs/heads/main", depth=1)
    assert job.step("diff.sh", BASE="nothing", CHECK="0", LIMIT="60000").code == 0
    assert job.outputs == {"diff": "2"}


MARK = "<!-- meshrev diff: . -->"


def commented(job: Job, comments: list[dict[str, Any]], refused: Any = None, **given: str) -> tuple[Done, list[Any]]:
    """Run comment.py against a pull request with these comments, two a page; the variables of all mutations."""

    def answer(_: str, __: str, body: Any) -> tuple[int, Any]:
        query, variables = body["query"], body["variables"]
        if "mutation" in query:
            if refused:
                return refused
            node = {"url": "https://github.example/c"}
            return 200, {
                "data": {"updateIssueComment": {"issueComment": node}, "addComment": {"commentEdge": {"node": node}}}
            }
        first = int(variables["after"] or 0)
        page = {"hasNextPage": first + 2 < len(comments), "endCursor": str(first + 2)}
        found = {"id": "PR_1", "comments": {"nodes": comments[first : first + 2], "pageInfo": page}}
        return 200, {"data": {"repository": {"pullRequest": found if variables["number"] == 7 else None}}}

    job.fleet.root.mkdir(exist_ok=True)
    (job.temporary / "body.md").write_text("### changes\n")
    environment = {"GITHUB_TOKEN": "s3cret", "GITHUB_REPOSITORY": "o/r", "NUMBER": "7", "DIFFERS": "true"}
    environment["BODY"] = str(job.temporary / "body.md")
    with api(answer) as server:
        done = job.step("comment.py", GITHUB_GRAPHQL_URL=f"{server.address}/graphql", **{**environment, **given})
    assert set(server.tokens) == {"Bearer s3cret"}
    assert "s3cret" not in done.out + done.err
    return done, [body["variables"] for _, _, body in server.asked if "mutation" in body["query"]]


def comment(name: str, body: str, own: bool) -> dict[str, Any]:
    return {"id": name, "body": body, "url": f"https://github.example/{name}", "viewerDidAuthor": own}


def test_the_first_comment_is_added(job: Job) -> None:
    done, said = commented(job, [comment("a", "hello", own=True)])
    assert done.code == 0, done.out
    assert said == [{"id": "PR_1", "body": f"{MARK}\n### changes\n"}]


def test_the_next_one_replaces_it_wherever_it_stands(job: Job) -> None:
    others = [comment(str(number), "hello", own=False) for number in range(4)]
    _, said = commented(job, [*others, comment("mine", f"{MARK}\nold", own=True)])
    assert said == [{"id": "mine", "body": f"{MARK}\n### changes\n"}]


def test_somebody_elses_comment_with_the_same_mark_is_left_alone(job: Job) -> None:
    _, said = commented(job, [comment("theirs", f"{MARK}\nforged", own=False)])
    assert [variables["id"] for variables in said] == ["PR_1"]


def test_each_fleet_of_a_repository_has_a_comment_of_its_own(job: Job) -> None:
    _, said = commented(job, [comment("mine", f"{MARK}\nold", own=True)], FOLDER="mesh")
    assert [variables["id"] for variables in said] == ["PR_1"]


def test_a_comment_that_says_the_same_is_not_written_again(job: Job) -> None:
    assert commented(job, [comment("mine", f"{MARK}\n### changes", own=True)])[1] == []


def test_no_comment_is_begun_where_there_is_nothing_to_say(job: Job) -> None:
    assert commented(job, [], DIFFERS="false")[1] == []
    assert len(commented(job, [comment("mine", f"{MARK}\nold", own=True)], DIFFERS="false")[1]) == 1


@pytest.mark.parametrize(
    "refused",
    [
        (200, {"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}),
        (403, {"message": "Resource not accessible by integration"}),
    ],
)
def test_a_token_that_only_reads_is_a_notice(job: Job, refused: Any) -> None:
    done, _ = commented(job, [], refused)
    assert done.code == 0
    assert done.out.startswith("::notice ")


@pytest.mark.parametrize(
    "refused",
    [
        (200, {"errors": [{"type": "X", "message": "broken\n::warning::b"}]}),
        (502, {}),
        (403, {"message": "API rate limit"}),
    ],
)
def test_any_other_refusal_fails_in_one_line(job: Job, refused: Any) -> None:
    done, _ = commented(job, [], refused)
    assert done.code == 4
    assert done.out.startswith("::error ")
    assert "\n::" not in done.out


def test_a_pull_request_that_is_not_there_fails(job: Job) -> None:
    assert "no pull request 8" in commented(job, [], NUMBER="8")[0].out


def test_findings_reach_code_scanning_with_paths_of_the_repository(job: Job) -> None:
    job.fleet.root.mkdir()
    location = {"physicalLocation": {"artifactLocation": {"uri": "base/a%20b.yaml"}}}
    log = {"runs": [{"results": [{"locations": [location]}]}]}
    (job.temporary / "log").write_text(json.dumps(log))
    given = {"GITHUB_TOKEN": "s3cret", "GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": "c" * 40, "GITHUB_REF": "refs/heads/m"}
    given |= {"SARIF": str(job.temporary / "log"), "PREFIX": "my mesh/", "FOLDER": "my mesh"}
    for status, code in {202: 0, 403: 0, 404: 0, 400: 4}.items():
        with api(lambda *_, status=status: (status, {})) as server:
            assert job.step("sarif.py", GITHUB_API_URL=server.address, **given).code == code
    [(_, path, body)] = server.asked
    assert path == "/repos/o/r/code-scanning/sarifs"
    assert (body["commit_sha"], body["ref"]) == ("c" * 40, "refs/heads/m")
    [run] = json.loads(gzip.decompress(base64.b64decode(body["sarif"])))["runs"]
    assert run["automationDetails"] == {"id": "meshrev/my mesh/"}
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "my%20mesh/base/a%20b.yaml"}


def cloned(job: Job, origin: FleetRepo, branch: str, tmp_path: Path) -> tuple[dict[str, str], FleetRepo]:
    """A clone as the render workflow has it, and the repository that it pushes to."""
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(origin.root), str(bare)], check=True)
    subprocess.run(["git", "clone", "-q", "-b", branch, str(bare), str(job.fleet.root)], check=True)
    given = {"BRANCH": branch, "MAY_PUSH": "true", "TOKEN": "s3cret", "GITHUB_SERVER_URL": "https://github.example"}
    return {**given, "AUTHOR": "mesh", "EMAIL": "mesh@example.com"}, FleetRepo(bare)


def test_a_stale_pull_request_is_rendered_and_pushed(job: Job, origin: FleetRepo, tmp_path: Path) -> None:
    given, bare = cloned(job, origin, "stale", tmp_path)
    done = job.step("render.sh", **given)
    assert done.code == 0, done.out + done.err
    assert job.outputs == {"pushed": "true"}
    assert bare.git("log", "-1", "--format=%an %ae %s", "stale") == "mesh mesh@example.com Render\n"
    assert bare.git("diff", "--name-only", "stale", "change") == ""
    assert "s3cret" not in done.out + done.err
    job.fleet.meshrev("check", "--staged")


def test_a_pull_request_that_is_rendered_gets_no_commit(job: Job, origin: FleetRepo, tmp_path: Path) -> None:
    given, bare = cloned(job, origin, "change", tmp_path)
    assert job.step("render.sh", **given).code == 0
    assert job.outputs == {"pushed": "false"}
    assert bare.git("rev-parse", "change") == origin.git("rev-parse", "change")


def test_a_workflow_that_may_not_push_fails_and_names_the_files(job: Job, origin: FleetRepo, tmp_path: Path) -> None:
    given, bare = cloned(job, origin, "stale", tmp_path)
    done = job.step("render.sh", **{**given, "MAY_PUSH": "false", "TOKEN": ""})
    assert done.code == 1
    assert CART in done.out
    assert bare.git("rev-parse", "stale") == origin.git("rev-parse", "stale")


def test_what_somebody_pushed_meanwhile_is_never_overwritten(job: Job, origin: FleetRepo, tmp_path: Path) -> None:
    given, bare = cloned(job, origin, "stale", tmp_path)
    bare.git("update-ref", "refs/heads/stale", "main")
    done = job.step("render.sh", **given)
    assert done.code == 1
    assert "The commit was not taken" in done.out
    assert bare.git("rev-parse", "stale") == bare.git("rev-parse", "main")


def test_wrong_specs_stop_the_render(job: Job, origin: FleetRepo, tmp_path: Path) -> None:
    given, _ = cloned(job, origin, "stale", tmp_path)
    job.fleet.write(SPECS, MESH.replace("v1.24.2", "v9.9.9"))
    assert job.step("render.sh", **given).code == 2


def test_git_gets_the_token_from_the_environment_and_for_the_forge_alone(job: Job) -> None:
    job.fleet.root.mkdir()
    job.fleet.git("init", "-q")
    command = f'. "{ROOT}/plugins/ci/as-token.sh"; printf "protocol=https\\nhost=%s\\n\\n" "$1" | git credential fill'
    given = {"TOKEN": "s3cret", "GITHUB_SERVER_URL": "https://github.example", "FOLDER": "."}
    done = script(["sh", "-c", command, "sh", "github.example"], job.fleet.root, given)
    assert "username=x-access-token\npassword=s3cret\n" in done.out
    assert "s3cret" not in (job.fleet.root / ".git/config").read_text()
    assert "s3cret" not in script(["sh", "-c", command, "sh", "other.example"], job.fleet.root, given).out


def promoted(job: Job, **given: str) -> tuple[Done, list[str]]:
    """Run promote.sh with a program that only writes down its arguments; test_promotion.py has the real one."""
    job.fleet.root.mkdir()
    job.fleet.git("init", "-q")
    program = job.temporary / "meshrev/bin/meshrev"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$RUNNER_TEMP/arguments"\n')
    what = (
        "ISTIO",
        "VERSION",
        "TAG",
        "TO",
        "NAMESPACE",
        "GATEWAY",
        "SELECTOR",
        "PERCENT",
        "CLUSTER",
        "CLUSTER_SELECTOR",
        "WAVE",
    )
    fixed = {"DRY_RUN": "false", "GITHUB_SERVER_URL": "https://github.example", "AUTHOR": "a", "EMAIL": "e@example.com"}
    done = job.step("promote.sh", **{**dict.fromkeys((*what, "TOKEN"), ""), **fixed, **given})
    file = job.temporary / "arguments"
    return done, file.read_text().splitlines() if file.exists() else []


def test_a_promotion_hands_over_what_was_given_each_as_one_argument(job: Job) -> None:
    odd = "a=b; $(touch x) *"
    done, arguments = promoted(job, ISTIO="default", VERSION="v1.24.3", SELECTOR=odd, CLUSTER="* e$(id)", TOKEN="t")
    assert done.code == 0
    names = ("--cluster=*", "--cluster=e$(id)")
    assert arguments[2:] == [
        *("promote", "--istio=default", "--version=v1.24.3", f"--selector={odd}", *names, "--pr"),
    ]


def test_a_promotion_without_a_token_says_which_to_give(job: Job) -> None:
    done, arguments = promoted(job, TAG="prod", TO="r")
    assert done.code == 2
    assert "app-client-id" in done.out
    assert arguments == []
