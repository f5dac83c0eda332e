"""Gitea, as much of it as pull requests need; checked against `gitea.openapi.yaml`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from tests.support.forge.description import Description
from tests.support.forge.server import ForgeServer, Pull, route
from tests.support.forge.wire import Answer, Request


@functools.cache
def described() -> Description:
    document = yaml.safe_load((Path(__file__).parent / "gitea.openapi.yaml").read_text())
    return Description(document, document["paths"])


class GiteaServer(ForgeServer):
    kind = "gitea"
    base = "/api/v1"
    authorization = "token {}"
    tokens = "GITEA_TOKEN"

    def __init__(self) -> None:
        super().__init__()
        self.teams = ["mesh"]
        self.organization_labels = ["mesh-wide"]
        self.is_organization = True
        self.checks: str | None = None
        self.approvals = 0
        self.may_merge = True
        self.style = "squash"
        self.says: tuple[int, str] | None = None  # how a merge is refused although it looked ready

    def description(self) -> Description:
        return described()

    def answer(self, request: Request) -> Answer:
        repo = f"/repos/{self.project}"
        if route(request, f"GET {repo}/pulls"):
            listed = [self._json(p) for p in self.pulls if p.state == "open" and p.base == request.query["base_branch"]]
            return self.page(request, listed, "limit")
        if route(request, f"POST {repo}/pulls"):
            return self._open(request.data)
        if found := route(request, rf"(GET|PATCH) {repo}/pulls/(\d+)"):
            pull = self.numbered(found[2])
            if found[1] == "PATCH":
                pull.title = request.data.get("title", pull.title)
                pull.body = request.data.get("body", pull.body)
            return Answer(201 if found[1] == "PATCH" else 200, self._json(pull))
        if found := route(request, rf"POST {repo}/pulls/(\d+)/merge"):
            return self._merge(self.numbered(found[1]), request.data)
        if found := route(request, rf"GET {repo}/pulls/(\d+)/reviews"):
            return self.page(request, self._reviews(self.numbered(found[1])), "limit")
        if found := route(request, rf"POST {repo}/pulls/(\d+)/requested_reviewers"):
            return self._ask(self.numbered(found[1]), request.data)
        if found := route(request, rf"POST {repo}/issues/(\d+)/labels"):
            pull = self.numbered(found[1])
            pull.labels += [self._all_labels()[number - 1] for number in request.data["labels"]]
            return Answer(200, self._labels(pull.labels))
        return self._about(request, repo)

    def _about(self, request: Request, repo: str) -> Answer:
        if route(request, f"GET {repo}/labels"):
            return self.page(request, self._labels(self.labels), "limit")
        if route(request, "GET /orgs/org/labels") and self.is_organization:
            return self.page(request, self._labels(self.organization_labels), "limit")
        if found := route(request, rf"GET {repo}/commits/([0-9a-f]+)/status"):
            words = {"passed": "warning", "failed": "failure", "pending": "pending"}
            statuses = [{"context": name, "status": words[state]} for name, state in self.checks_of_commits.items()]
            statuses += [{"context": "ci", "status": self.checks}] if self.checks else []
            about = {"sha": found[1], "state": self.checks or "", "statuses": statuses, "total_count": len(statuses)}
            return Answer(200, about)
        if found := route(request, rf"GET {repo}/branches/(\w+)"):
            protection = {"protected": bool(self.approvals), "required_approvals": self.approvals}
            return Answer(200, {"name": found[1], "user_can_merge": self.may_merge, **protection})
        return Answer(404, {"message": "The target couldn't be found."})

    def _open(self, data: Any) -> Answer:
        if self.find_open(data["head"], data["base"]):
            return Answer(409, {"message": "pull request already exists for these targets"})
        if data["head"] not in self.branches:
            return Answer(404, {"message": "The target couldn't be found."})
        return Answer(201, self._json(self.add(sha=self.branches[data["head"]], **data)))

    def _merge(self, pull: Pull, data: Any) -> Answer:
        if data["head_commit_id"] != self.branches[pull.head]:
            return Answer(409, {"message": "head out of date"})
        if self.says:
            return Answer(self.says[0], {"message": self.says[1]})
        if data["Do"] != self.style:
            return Answer(405, {"message": f"{data['Do']} is not allowed an allowed merge style for this repository"})
        pull.state = "merged"
        return Answer(200)

    def _ask(self, pull: Pull, data: Any) -> Answer:
        users, teams = data.get("reviewers", []), data.get("team_reviewers", [])
        for name in users:
            if name not in self.users:
                return Answer(404, {"message": f"user does not exist [uid: 0, name: {name}]"})
        for name in teams:
            if name not in self.teams:
                return Answer(404, {"message": f"team does not exist [name: {name}]"})
        pull.reviewers += users
        pull.teams += teams
        return Answer(201, self._reviews(pull))

    def _json(self, pull: Pull) -> Any:
        sha = pull.sha if pull.state == "merged" else self.branches.get(pull.head, pull.sha)
        repo = {"default_merge_style": self.style}
        return {
            "number": pull.number,
            "title": pull.title,
            "body": pull.body or "",
            "labels": self._labels(pull.labels),
            "state": "open" if pull.state == "open" else "closed",
            "html_url": f"https://gitea.example.com/{self.project}/pulls/{pull.number}",
            "mergeable": pull.verdict not in ("conflict", "checking"),
            "merged": pull.state == "merged",
            "base": {"label": pull.base, "ref": pull.base, "sha": "0" * 40, "repo_id": 1, "repo": repo},
            "head": {
                "label": pull.head,
                "ref": pull.head,
                "sha": sha,
                "repo_id": 2 if pull.from_fork else 1,
                "repo": repo,
            },
        }

    def _all_labels(self) -> list[str]:
        return [*self.labels, *self.organization_labels]

    def _labels(self, names: list[str]) -> list[Any]:
        return [{"id": self._all_labels().index(name) + 1, "name": name, "color": "00aabb"} for name in names]

    def _reviews(self, pull: Pull) -> list[Any]:
        asked = [(self._user(name), None, "REQUEST_REVIEW") for name in pull.reviewers]
        asked += [(None, {"id": 1, "name": name}, "REQUEST_REVIEW") for name in pull.teams]
        asked += [(self._user(name), None, state) for name, state in pull.reviews]
        return [
            {"id": number, "user": user, "team": team, "state": state, "official": True, "dismissed": False}
            for number, (user, team, state) in enumerate(asked, 1)
        ]

    def _user(self, name: str) -> Any:
        return {"id": self.users.index(name) + 1, "login": name}
