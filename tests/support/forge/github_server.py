"""GitHub, as much of it as pull requests need. The JSON starts from the examples in GitHub's own description, so that
fields that nobody here looks at are there as well."""

from __future__ import annotations

import copy
import functools
import json
from pathlib import Path
from typing import Any

from tests.support.forge.description import Description
from tests.support.forge.server import ForgeServer, Pull, route
from tests.support.forge.wire import Answer, Request

FILE = Path(__file__).parents[3] / ".tools/node_modules/@octokit/openapi/generated/api.github.com.json"
PULLS = "/repos/{owner}/{repo}/pulls"
PATHS = (
    PULLS,
    f"{PULLS}/{{pull_number}}",
    f"{PULLS}/{{pull_number}}/merge",
    f"{PULLS}/{{pull_number}}/reviews",
    f"{PULLS}/{{pull_number}}/requested_reviewers",
    "/repos/{owner}/{repo}/issues/{issue_number}/labels",
    "/repos/{owner}/{repo}/commits/{ref}/check-runs",
    "/repos/{owner}/{repo}/commits/{ref}/status",
)
DOCS = "https://docs.github.com/rest"
STATES = {
    "ready": (True, "clean"),
    "conflict": (False, "dirty"),
    "checking": (None, "unknown"),
    "waiting": (True, "blocked"),
    "failing": (True, "unstable"),
    "draft": (True, "draft"),
    "behind": (True, "behind"),
}


@functools.cache
def described() -> tuple[Description, dict[str, Any]]:
    """The description and its examples, read once."""
    document = json.loads(FILE.read_bytes())
    examples = {name: example.get("value") for name, example in document["components"]["examples"].items()}
    return Description(document, PATHS), examples


class GitHubServer(ForgeServer):
    kind = "github"
    base = "/api/v3"
    authorization = "Bearer {}"
    tokens = "GH_ENTERPRISE_TOKEN"

    def __init__(self) -> None:
        super().__init__()
        self.teams = ["mesh"]
        self.methods = {"allow_merge_commit": True, "allow_squash_merge": True, "allow_rebase_merge": True}
        self.says: str | None = None  # why a merge is refused although it looked ready

    def description(self) -> Description:
        return described()[0]

    def answer(self, request: Request) -> Answer:
        repo = f"/repos/{self.project}"
        if route(request, f"GET {repo}/pulls"):
            return self._list(request)
        if route(request, f"POST {repo}/pulls"):
            return self._open(request.data)
        if found := route(request, rf"(GET|PATCH) {repo}/pulls/(\d+)"):
            pull = self.numbered(found[2])
            if found[1] == "PATCH":
                pull.title = request.data.get("title", pull.title)
                pull.body = request.data.get("body", pull.body)
            return Answer(200, self._json(pull, "pull-request"))
        if found := route(request, rf"PUT {repo}/pulls/(\d+)/merge"):
            return self._merge(self.numbered(found[1]), request.data)
        if found := route(request, rf"POST {repo}/issues/(\d+)/labels"):
            pull = self.numbered(found[1])
            pull.labels += [name for name in request.data["labels"] if name not in pull.labels]
            return Answer(200, self._labels(pull))
        if found := route(request, rf"POST {repo}/pulls/(\d+)/requested_reviewers"):
            return self._ask(self.numbered(found[1]), request.data)
        if found := route(request, rf"GET {repo}/pulls/(\d+)/reviews"):
            return self.page(request, self._reviews(self.numbered(found[1])), "per_page")
        if route(request, rf"GET {repo}/commits/[0-9a-f]+/check-runs"):
            return self._check_runs()
        if route(request, rf"GET {repo}/commits/[0-9a-f]+/status"):
            return self._statuses()
        return Answer(404, {"message": "Not Found", "documentation_url": DOCS})

    def _check_runs(self) -> Answer:
        """What has ended is a check run here, what runs a status: of a run that has not ended GitHub says `conclusion:
        null`, which its own description does not allow."""
        found = copy.deepcopy(described()[1]["check-run-paginated"])
        (example,) = found["check_runs"]
        ends = {"passed": "neutral", "failed": "timed_out"}
        runs = [
            {**example, "name": name, "status": "completed", "conclusion": ends[state]}
            for name, state in [*self.checks_of_commits.items()][::2]
            if state in ends
        ]
        return Answer(200, {**found, "total_count": len(runs), "check_runs": runs})

    def _statuses(self) -> Answer:
        found = copy.deepcopy(described()[1]["combined-commit-status"])
        example = found["statuses"][0]
        words = {"passed": "success", "failed": "error", "pending": "pending"}
        every = [*self.checks_of_commits.items()]
        some = [*every[1::2], *(one for one in every[::2] if one[1] == "pending")]
        statuses = [{**example, "context": name, "state": words[state]} for name, state in some]
        return Answer(200, {**found, "total_count": len(statuses), "statuses": statuses})

    def _list(self, request: Request) -> Answer:
        owner, _, head = request.query["head"].partition(":")
        assert owner == self.project.partition("/")[0]
        listed = [
            self._json(pull, "pull-request-simple-items")
            for pull in self.pulls
            if pull.state == request.query["state"] and (pull.head, pull.base) == (head, request.query["base"])
        ]
        return self.page(request, listed, "per_page")

    def _open(self, data: Any) -> Answer:
        if self.find_open(data["head"], data["base"]):
            owner = self.project.partition("/")[0]
            return self._invalid(f"A pull request already exists for {owner}:{data['head']}.")
        if self.branches.get(data["head"]) == self.branches.get(data["base"]):
            return self._invalid(f"No commits between {data['base']} and {data['head']}")
        sha = self.branches[data["head"]]
        fields = {key: data[key] for key in ("title", "body", "head", "base", "draft")}
        return Answer(201, self._json(self.add(sha=sha, **fields), "pull-request"))

    def _merge(self, pull: Pull, data: Any) -> Answer:
        if data["sha"] != self.branches[pull.head]:
            message = "Head branch was modified. Review and try the merge again."
            return Answer(409, {"message": message, "documentation_url": DOCS})
        if self.says:
            return Answer(405, {"message": self.says, "documentation_url": DOCS})
        if not self.methods[{"merge": "allow_merge_commit"}.get(data["merge_method"], "allow_squash_merge")]:
            return Answer(405, {"message": "Merge commits are not allowed on this repository."})
        pull.state = "merged"
        return Answer(200, {"sha": "c" * 40, "merged": True, "message": "Pull Request successfully merged"})

    def _ask(self, pull: Pull, data: Any) -> Answer:
        users, teams = data.get("reviewers", []), data.get("team_reviewers", [])
        if not (set(users) <= set(self.users) and set(teams) <= set(self.teams)):
            message = "Reviews may only be requested from collaborators."
            return Answer(422, {"message": message, "documentation_url": DOCS})
        pull.reviewers += [name for name in users if name not in pull.reviewers]
        pull.teams += [name for name in teams if name not in pull.teams]
        return Answer(201, self._json(pull, "pull-request-review-request"))

    def _invalid(self, message: str) -> Answer:
        error = {"resource": "PullRequest", "code": "custom", "message": message}
        return Answer(422, {"message": "Validation Failed", "errors": [error], "documentation_url": DOCS})

    def _json(self, pull: Pull, example: str) -> Any:
        data = _example(example)
        data |= {"number": pull.number, "title": pull.title, "body": pull.body, "draft": pull.draft}
        data |= {"html_url": f"https://github.com/{self.project}/pull/{pull.number}", "locked": False}
        data |= {"state": "open" if pull.state == "open" else "closed", "labels": self._labels(pull)}
        data |= {"merged_at": "2026-01-26T19:01:12Z" if pull.state == "merged" else None}
        data |= {"requested_reviewers": [_user(name) for name in pull.reviewers]}
        data |= {"requested_teams": [_team(name) for name in pull.teams]}
        sha = pull.sha if pull.state == "merged" else self.branches.get(pull.head, pull.sha)
        data["head"] |= {"ref": pull.head, "sha": sha, "label": f"org:{pull.head}"}
        data["base"] |= {"ref": pull.base}
        data["head"]["repo"]["id"] = 2 if pull.from_fork else 1
        data["base"]["repo"] |= {"id": 1, **self.methods}
        if example == "pull-request":
            data["merged"] = pull.state == "merged"
            data["mergeable"], data["mergeable_state"] = STATES["draft" if pull.draft else pull.verdict]
        return data

    def _labels(self, pull: Pull) -> list[Any]:
        return [{**_example("label-items")[0], "name": name} for name in pull.labels]

    def _reviews(self, pull: Pull) -> list[Any]:
        example = _example("pull-request-review-items")[0]
        return [{**example, "user": _user(name), "state": state} for name, state in pull.reviews]


def _example(name: str) -> Any:
    _, examples = described()
    found = copy.deepcopy(examples[name])
    return found[0] if name == "pull-request-simple-items" else found


def _user(name: str) -> Any:
    return {**_example("pull-request")["user"], "login": name}


def _team(name: str) -> Any:
    """The example lacks two fields that the description requires."""
    return {**_example("pull-request")["requested_teams"][0], "slug": name, "parent": None, "type": "organization"}
