"""Findings as GitLab's Code Quality report, which merge requests show: codequality.py SARIF PREFIX.

PREFIX is the path of the fleet's root in the repository, with `/` at its end. A SARIF that is empty (lint stopped) is
no finding. The report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def issues(log: dict[str, Any], prefix: str) -> Iterator[dict[str, Any]]:
    for run in log["runs"]:
        for result in run["results"]:
            place = result["locations"][0]["physicalLocation"]
            yield {
                "check_name": result["ruleId"],
                "description": result["message"]["text"],
                "fingerprint": result["partialFingerprints"]["primaryLocationLineHash"],
                "severity": SEVERITIES[result["level"]],
                "location": {
                    "path": prefix + unquote(place["artifactLocation"]["uri"]),
                    "lines": {"begin": place["region"]["startLine"]},
                },
            }


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    print(json.dumps(list(issues(json.loads(text), sys.argv[2])) if text else [], indent=2))
