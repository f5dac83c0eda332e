"""GitLab, as much of it as merge requests need; checked against `gitlab.openapi.yaml`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from tests.support.forge.description import Description
from tests.support.forge.server import ForgeServer, Pull, route
from tests.support.forge.wire import Answer, Request

STATES = {
    "ready": "mergeable",
    "conflict": "conflict",
    "checking": "checking",
    "waiting": "not_approved",
    "failing": "ci_must_pass",
    "draft": "draft_status",
    "behind": "need_rebase",
}


@functools.cache
def described() -> Description:
    document = yaml.safe_load((Path(__file__).parent / "gitlab.openapi.yaml").read_text())
    return Description(document, document["paths"])


class GitLabServer(ForgeServer):
    kind = "gitlab"
    base = "/api/v4"
    authorization = "Bearer {}"
    tokens = "GITLAB_TOKEN"

    def __init__(self) -> None:
        super().__init__()
        self.at_most = 10  # reviewers
        self.pipeline: str | None = None
        self.train = False  # a merge is taken up for later
        self.old = False  # before 15.6

    def description(self) -> Description:
        return described()

    def answer(self, request: Request) -> Answer:
        project = f"/projects/{quote(self.project, safe='')}/merge_requests"
        if route(request, f"GET {project}"):
            listed = [self._json(pull) for pull in self.pulls if self._is_asked_for(pull, request.query)]
            return self.page(request, listed, "per_page")
        if route(request, f"POST {project}"):
            return self._open(request.data)
        if found := route(request, rf"(GET|PUT) {project}/(\d+)"):
            pull = self.numbered(found[2])
            if found[1] == "PUT":
                self._change(pull, request.data)
            return Answer(200, self._json(pull))
        if found := route(request, rf"PUT {project}/(\d+)/merge"):
            return self._merge(self.numbered(found[1]), request.data)
        if route(request, rf"GET /projects/{quote(self.project, safe='')}/repository/commits/[0-9a-f]+/statuses"):
            words = {"passed": "success", "failed": "canceled", "pending": "running"}
            some = [{"name": name, "status": words[state]} for name, state in self.checks_of_commits.items()]
            return self.page(request, some, "per_page")
        if route(request, "GET /users"):
            return Answer(200, [self._user(name) for name in self.users if name == request.query["username"]])
        return Answer(404, {"message": "404 Project Not Found"})

    def _is_asked_for(self, pull: Pull, query: dict[str, str]) -> bool:
        asked = ({"opened": "open"}[query["state"]], query["source_branch"], query["target_branch"])
        return (pull.state, pull.head, pull.base) == asked

    def _open(self, data: Any) -> Answer:
        found = self.find_open(data["source_branch"], data["target_branch"])
        if found:
            message = f"Another open merge request already exists for this source branch: !{found[0].number}"
            return Answer(409, {"message": [message]})
        if data["source_branch"] not in self.branches:
            return Answer(400, {"message": {"base": ["Source branch does not exist"]}})
        pull = self.add(
            title=data["title"],
            body=data["description"],
            head=data["source_branch"],
            base=data["target_branch"],
            sha=self.branches[data["source_branch"]],
            labels=[label for label in data.get("labels", "").split(",") if label],
        )
        self._review(pull, data)
        return Answer(201, self._json(pull))

    def _change(self, pull: Pull, data: Any) -> None:
        pull.title = data.get("title", pull.title)
        pull.body = data.get("description", pull.body)
        pull.labels += [label for label in data.get("add_labels", "").split(",") if label]
        self._review(pull, data)

    def _review(self, pull: Pull, data: Any) -> None:
        if "reviewer_ids" in data:
            pull.reviewers = [self.users[number - 100] for number in data["reviewer_ids"]][: self.at_most]

    def _merge(self, pull: Pull, data: Any) -> Answer:
        if data["sha"] != self.branches[pull.head]:
            return Answer(409, {"message": "SHA does not match HEAD of source branch: " + self.branches[pull.head]})
        if pull.verdict != "ready":
            return Answer(405, {"message": "405 Method Not Allowed"})
        if not self.train:
            pull.state = "merged"
        return Answer(200, self._json(pull))

    def _json(self, pull: Pull) -> Any:
        draft = pull.draft or pull.title.startswith("Draft: ")
        status = "draft_status" if draft else STATES[pull.verdict]
        sha = pull.sha if pull.state == "merged" else self.branches.get(pull.head, pull.sha)
        simple = {"mergeable": "can_be_merged", "conflict": "cannot_be_merged"}.get(status, "checking")
        return {
            "id": 1000 + pull.number,
            "iid": pull.number,
            "project_id": 1,
            "source_project_id": 2 if pull.from_fork else 1,
            "target_project_id": 1,
            "title": pull.title,
            "description": pull.body,
            "state": {"open": "opened"}.get(pull.state, pull.state),
            "draft": draft,
            "source_branch": pull.head,
            "target_branch": pull.base,
            "sha": sha,
            "labels": pull.labels,
            "reviewers": [self._user(name) for name in pull.reviewers],
            "web_url": f"https://gitlab.example.com/{self.project}/-/merge_requests/{pull.number}",
            **({"merge_status": simple} if self.old else {"detailed_merge_status": status}),
            "head_pipeline": {"id": 1, "status": self.pipeline} if self.pipeline else None,
        }

    def _user(self, name: str) -> Any:
        web = f"https://gitlab.example.com/{name}"
        number = 100 + self.users.index(name)
        return {"id": number, "username": name, "name": name, "state": "active", "web_url": web}
