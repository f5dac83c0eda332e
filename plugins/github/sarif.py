"""Findings for GitHub's code scanning (https://docs.github.com/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data).

In, from the environment: GITHUB_TOKEN (security-events: write), GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SHA,
GITHUB_REF, FOLDER, PREFIX (of the fleet's root in the repository, with `/` at its end), SARIF (a file). A token that
may not, or a repository without code scanning, is no failure: a notice says so.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx


def main() -> int:
    log = placed(json.loads(Path(os.environ["SARIF"]).read_bytes()), os.environ.get("PREFIX", ""), os.environ["FOLDER"])
    packed = base64.b64encode(gzip.compress(json.dumps(log).encode())).decode()
    body = {"commit_sha": os.environ["GITHUB_SHA"], "ref": os.environ["GITHUB_REF"], "sarif": packed}
    headers = {
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    address = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/code-scanning/sarifs"
    try:
        with httpx.Client(headers=headers, timeout=60, transport=httpx.HTTPTransport(retries=2)) as client:
            answer = client.post(address, json=body)
    except httpx.HTTPError as error:
        print(f"::error title=meshrev::The findings were not sent to code scanning: {type(error).__name__}")
        return 4
    if answer.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
        print(
            "::notice title=meshrev::The findings are not in code scanning: the job needs `security-events: write`, "
            "and the repository code scanning. Pull requests of forks have neither."
        )
        return 0
    if answer.is_error:
        print(f"::error title=meshrev::Code scanning refused the findings: HTTP {answer.status_code}")
        return 4
    print("The findings are in code scanning")
    return 0


def placed(log: dict[str, Any], prefix: str, folder: str) -> dict[str, Any]:
    """The log with paths from the repository's root, and with a category of its own for each fleet of a repository."""
    for run in log["runs"]:
        run["automationDetails"] = {"id": f"meshrev/{folder}/"}
        for result in run["results"]:
            for location in result["locations"]:
                artifact = location["physicalLocation"]["artifactLocation"]
                artifact["uri"] = quote(prefix) + artifact["uri"]
    return log


if __name__ == "__main__":
    sys.exit(main())
