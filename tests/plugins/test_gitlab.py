"""The GitLab job's scripts: real git, the real program; GitLab's API as it is documented."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests.support.cases import ROOT
from tests.support.fleet_repo import Done, FleetRepo, fleet_repo
from tests.support.fleets.one_cluster import CART, MESH, NAMESPACE, SPECS
from tests.support.hosted import api, installed, script

GITLAB = ROOT / "plugins/gitlab"
MARK = "<!-- meshrev diff: . -->"


@dataclass(frozen=True, slots=True)
class Request:
    """A merge request's branch, checked out: HEAD adds a namespace, HEAD^ is what it is compared with."""

    fleet: FleetRepo
    home: Path

    def run(self, **environment: str) -> Done:
        return script(["sh", str(GITLAB / "run.sh"), str(self.home)], self.fleet.root, environment)

    def left(self, name: str) -> str:
        return (self.fleet.root / name).read_text()


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    (tmp_path / "fleet").mkdir()
    repo = fleet_repo(tmp_path / "fleet")
    repo.cluster("east", MESH)
    repo.meshrev("render")
    repo.commit("first")
    repo.write(SPECS, MESH + NAMESPACE)
    return Request(repo, installed(tmp_path / "home"))


def rendered(request: Request) -> dict[str, str]:
    request.fleet.meshrev("render")
    request.fleet.commit("a namespace")
    return {"CI_MERGE_REQUEST_DIFF_BASE_SHA": request.fleet.git("rev-parse", "HEAD^").strip()}


def test_a_merge_request_leaves_what_changes_and_what_is_found(request_: Request) -> None:
    done = request_.run(**rendered(request_))
    assert done.code == 0, done.out + done.err
    assert "1 cluster is as the specs say" in done.out
    assert "MESHREV_TOKEN is not set" in done.out
    assert "cart" in request_.left("meshrev-diff.md")
    assert json.loads(request_.left("meshrev.sarif"))["runs"]
    report = json.loads(request_.left("meshrev-codequality.json"))
    assert {"check_name", "description", "fingerprint", "severity", "location"} == set(report[0])
    assert all((request_.fleet.root / issue["location"]["path"]).is_file() for issue in report)
    assert len({issue["fingerprint"] for issue in report}) == len(report)


def test_a_stale_tree_fails_and_says_so_above_the_comparison(request_: Request) -> None:
    request_.fleet.commit("specs alone")
    done = request_.run(CI_MERGE_REQUEST_DIFF_BASE_SHA=request_.fleet.git("rev-parse", "HEAD^").strip())
    assert done.code == 1
    assert f"missing {CART}" in done.out
    assert request_.left("meshrev-diff.md").startswith("> **What is committed is not what the specs say")


def test_a_merged_result_is_compared_with_the_target_branch(request_: Request) -> None:
    base = rendered(request_)["CI_MERGE_REQUEST_DIFF_BASE_SHA"]
    given = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "0" * 40, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": base}
    assert request_.run(**given).code == 0


def test_on_a_branch_nothing_is_compared(request_: Request) -> None:
    rendered(request_)
    assert request_.run().code == 0
    assert not (request_.fleet.root / "meshrev-diff.md").exists()


def test_specs_that_cannot_be_read_are_the_input_s_fault(request_: Request) -> None:
    request_.fleet.write("meshrev.yaml", "nonsense\n")
    assert request_.run().code == 2
    assert json.loads(request_.left("meshrev-codequality.json")) == []


def noted(
    tmp_path: Path, notes: list[dict[str, Any]], text: str = "### changes\n", status: int = 200
) -> tuple[Done, Any]:
    """Run note.py against a merge request with these notes; what it wrote: method, path, body."""

    def answer(method: str, path: str, _: Any) -> tuple[int, Any]:
        address = urlsplit(path)
        if address.path == "/api/v4/user":
            return status, {"id": 5}
        assert address.path.startswith("/api/v4/projects/3/merge_requests/7/notes")
        if method == "GET":
            asked = {key: int(value) for key, [value] in parse_qs(address.query).items() if value.isdigit()}
            start = (asked["page"] - 1) * asked["per_page"]
            return 200, notes[start : start + asked["per_page"]]
        return 200, {}

    (tmp_path / "diff.md").write_text(text)
    given = {"MESHREV_TOKEN": "s3cret", "CI_MERGE_REQUEST_PROJECT_ID": "3", "CI_MERGE_REQUEST_IID": "7"}
    command = [sys.executable, "-I", str(GITLAB / "note.py"), "diff.md", "."]
    with api(answer) as server:
        done = script(command, tmp_path, {**given, "CI_API_V4_URL": f"{server.address}/api/v4"})
    assert set(server.tokens) == {"s3cret"}
    assert "s3cret" not in done.out + done.err
    return done, [asked for asked in server.asked if asked[0] != "GET"]


def note(number: int, body: str, author: int) -> dict[str, Any]:
    return {"id": number, "body": body, "author": {"id": author}}


def test_the_first_note_is_added(tmp_path: Path) -> None:
    done, wrote = noted(tmp_path, [note(1, "hello", 5)])
    assert done.code == 0, done.err
    assert wrote == [("POST", "/api/v4/projects/3/merge_requests/7/notes", {"body": f"{MARK}\n### changes\n"})]


def test_the_next_one_replaces_it_wherever_it_stands(tmp_path: Path) -> None:
    others = [note(number, f"{MARK}\nforged", 4) for number in range(150)]
    _, wrote = noted(tmp_path, [*others, note(900, f"{MARK}\nold", 5)])
    assert wrote == [("PUT", "/api/v4/projects/3/merge_requests/7/notes/900", {"body": f"{MARK}\n### changes\n"})]


def test_a_note_that_says_the_same_is_not_written_again(tmp_path: Path) -> None:
    assert noted(tmp_path, [note(1, f"{MARK}\n### changes", 5)])[1] == []


def test_no_note_is_begun_where_there_is_nothing_to_say(tmp_path: Path) -> None:
    nothing = "### a → b: no object differs in 3 clusters\n"
    assert noted(tmp_path, [], nothing)[1] == []
    assert len(noted(tmp_path, [note(1, f"{MARK}\nold", 5)], nothing)[1]) == 1


def test_no_line_of_a_note_is_a_quick_action(tmp_path: Path) -> None:
    [(_, _, said)] = noted(tmp_path, [], "### a\n/merge\n  /approve\na/b\n")[1]
    assert said["body"] == f"{MARK}\n### a\n\\/merge\n  \\/approve\na/b\n"


def test_a_token_that_is_refused_fails_and_is_named(tmp_path: Path) -> None:
    done, _ = noted(tmp_path, [], status=401)
    assert done.code == 4
    assert "MESHREV_TOKEN is wrong or has expired" in done.err


def test_the_job_fetches_the_commit_that_it_is_given_and_no_other() -> None:
    """Its script, with the steps that install and run left out."""
    job = yaml.safe_load((GITLAB / "meshrev.gitlab-ci.yml").read_text())["meshrev"]
    lines = [line for line in job["script"][0].splitlines() if "plugins/" not in line]
    assert len(lines) == len(job["script"][0].splitlines()) - 2
    given = {"MESHREV_REPOSITORY": str(ROOT), "MESHREV_COMMIT": "HEAD"}
    done = script(["sh", "-c", "\n".join(lines)], ROOT, given)
    assert (done.code, done.err) == (2, "MESHREV_COMMIT is not the full id of a commit\n")
