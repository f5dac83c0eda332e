"""One comment on a pull request, found again by a hidden mark and brought up to date.

In, from the environment: GITHUB_TOKEN, GITHUB_GRAPHQL_URL, GITHUB_REPOSITORY, NUMBER, FOLDER (which fleet, for
repositories with several), BODY (a file), DIFFERS (`false`: nothing to say, so no comment is begun). A token that may
only read, as in pull requests of forks, is no failure: a notice says where the text stands instead.

Fields and mutations: https://docs.github.com/graphql. Whether a comment is the token's own is asked from GitHub
(viewerDidAuthor): somebody else's with the same mark stays as it is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import httpx

from render.messages import one_line

FIND = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      id
      comments(first: 100, after: $after) {
        nodes { id body url viewerDidAuthor }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
UPDATE = """
mutation($id: ID!, $body: String!) {
  updateIssueComment(input: {id: $id, body: $body}) { issueComment { url } }
}
"""
ADD = """
mutation($id: ID!, $body: String!) {
  addComment(input: {subjectId: $id, body: $body}) { commentEdge { node { url } } }
}
"""
LONGEST = 65_536  # characters of a comment's body (https://docs.github.com/rest/issues/comments says it on refusal)


class Forbidden(Exception):
    """The token may not do this."""


def main() -> int:
    mark = f"<!-- meshrev diff: {os.environ['FOLDER'].replace('--', '- -')} -->"
    body = f"{mark}\n{Path(os.environ['BODY']).read_text(encoding='utf-8')}"[:LONGEST]
    transport = httpx.HTTPTransport(retries=2)  # only for connections that were not made
    headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"}
    with httpx.Client(headers=headers, timeout=30, transport=transport) as client:
        try:
            print(placed(client, mark, body))
        except Forbidden:
            print(
                "::notice title=meshrev::This token may not comment (pull requests of forks and of Dependabot get one "
                "that only reads; otherwise the job needs `pull-requests: write`). The comparison stands in the "
                "job's summary."
            )
        except (httpx.HTTPError, ValueError) as error:
            said = one_line(str(error)).replace("%", "%25")
            print(f"::error title=meshrev::The comment was not brought up to date: {said}")
            return 4
    return 0


def placed(client: httpx.Client, mark: str, body: str) -> str:
    """Update the comment that has the mark, or add it; says what was done."""
    owner, _, name = os.environ["GITHUB_REPOSITORY"].partition("/")
    place = {"owner": owner, "name": name, "number": int(os.environ["NUMBER"])}
    after = None
    while True:
        request = asked(client, FIND, {**place, "after": after})["repository"]["pullRequest"]
        comments = request["comments"]
        for node in comments["nodes"]:
            if node["viewerDidAuthor"] and node["body"].startswith(mark):
                if node["body"].strip() == body.strip():
                    return f"The comment is up to date: {node['url']}"
                updated = asked(client, UPDATE, {"id": node["id"], "body": body})
                return f"Updated {updated['updateIssueComment']['issueComment']['url']}"
        if not comments["pageInfo"]["hasNextPage"]:
            break
        after = comments["pageInfo"]["endCursor"]
    if os.environ.get("DIFFERS") == "false":
        return "No object differs: there is nothing to say in a comment"
    added = asked(client, ADD, {"id": request["id"], "body": body})
    return f"Added {added['addComment']['commentEdge']['node']['url']}"


def asked(client: httpx.Client, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The `data` of the answer. `Forbidden`, or ValueError with what GitHub says is wrong."""
    answer = client.post(os.environ["GITHUB_GRAPHQL_URL"], json={"query": query, "variables": variables})
    if answer.status_code == httpx.codes.FORBIDDEN and "rate limit" not in answer.text.lower():
        raise Forbidden
    answer.raise_for_status()
    found = answer.json()
    if errors := found.get("errors"):
        if any(error.get("type") == "FORBIDDEN" for error in errors):
            raise Forbidden
        raise ValueError("; ".join(str(error.get("message")) for error in errors))
    data: dict[str, Any] = found["data"]
    if "repository" in data and not (data["repository"] or {}).get("pullRequest"):
        raise ValueError(f"there is no pull request {variables['number']} that this token may read")
    return data


if __name__ == "__main__":
    sys.exit(main())
