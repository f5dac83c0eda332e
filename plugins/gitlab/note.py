"""One note on a merge request, found again by a hidden mark and brought up to date: note.py FILE FOLDER.

FOLDER says which fleet, for repositories with several. From the environment: MESHREV_TOKEN, of a project access token
(a job's own token may write no notes), CI_API_V4_URL, CI_MERGE_REQUEST_PROJECT_ID, CI_MERGE_REQUEST_IID. Without a
token nothing is written, and that is said: so it is in pipelines of forks.

Endpoints: https://docs.gitlab.com/api/notes/#merge-requests, https://docs.gitlab.com/api/users/
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import httpx

NOTHING = re.compile(r"^### .*: no object differs in ")
PAGES = 100  # of 100 notes


def main() -> int:
    token = os.environ.get("MESHREV_TOKEN", "")
    if not token:
        print("MESHREV_TOKEN is not set, so there is no note: what changes stands in the artifact meshrev-diff.md")
        return 0
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    mark = f"<!-- meshrev diff: {sys.argv[2].replace('--', '- -')} -->"
    try:
        with httpx.Client(
            base_url=os.environ["CI_API_V4_URL"],
            headers={"PRIVATE-TOKEN": token},
            timeout=30,
            transport=httpx.HTTPTransport(retries=2),  # only for connections that were not made
        ) as client:
            print(placed(client, mark, f"{mark}\n{harmless(text)}", quiet=bool(NOTHING.match(text))))
    except httpx.HTTPStatusError as error:
        why = {401: ": MESHREV_TOKEN is wrong or has expired", 403: ": MESHREV_TOKEN needs the scope api"}
        status = error.response.status_code
        print(f"the note was not brought up to date: HTTP {status}{why.get(status, '')}", file=sys.stderr)
        return 4
    except (httpx.HTTPError, ValueError) as error:
        print(f"the note was not brought up to date: {type(error).__name__}", file=sys.stderr)
        return 4
    return 0


def harmless(text: str) -> str:
    """No line is a quick action, such as `/merge`, which GitLab would carry out in the name of the token
    (https://docs.gitlab.com/user/project/quick_actions/): Markdown shows the same with a backslash before it."""
    return re.sub(r"^(\s*)/", r"\1\\/", text, flags=re.MULTILINE)


def placed(client: httpx.Client, mark: str, body: str, *, quiet: bool) -> str:
    """Update the token's own note that has the mark, or add one unless there is nothing to say; says what was done."""
    project, request = os.environ["CI_MERGE_REQUEST_PROJECT_ID"], os.environ["CI_MERGE_REQUEST_IID"]
    notes = f"/projects/{project}/merge_requests/{request}/notes"
    me = answered(client.get("/user"))["id"]
    for page in range(1, PAGES + 1):
        some = answered(client.get(notes, params={"per_page": 100, "page": page, "sort": "asc"}))
        for note in some:
            if note["author"]["id"] == me and note["body"].startswith(mark):
                if note["body"].strip() == body.strip():
                    return "The note is up to date"
                answered(client.put(f"{notes}/{note['id']}", json={"body": body}))
                return "The note was brought up to date"
        if len(some) < 100:
            break
    if quiet:
        return "No object differs: there is nothing to say in a note"
    answered(client.post(notes, json={"body": body}))
    return "A note was added"


def answered(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


if __name__ == "__main__":
    sys.exit(main())
