"""The comparison with a description sees what it is there to see."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.support.forge.gitea_server import described as gitea
from tests.support.forge.github_server import described as github
from tests.support.forge.gitlab_server import described as gitlab
from tests.support.forge.wire import Answer, Request

MERGE = Request("PUT", "/repos/o/r/pulls/7/merge", {}, {}, b'{"sha": "a"}')
MERGED = Answer(200, {"sha": "c", "merged": True, "message": ""})


def test_what_is_described_passes() -> None:
    github()[0].check(MERGE, MERGED)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (replace(MERGE, body=b'{"sah": "a"}'), MERGED),
        (replace(MERGE, body=b'{"sha": 1}'), MERGED),
        (replace(MERGE, body=b'{"merge_method": "fast"}'), MERGED),
        (replace(MERGE, query={"sha": "a"}), MERGED),
        (replace(MERGE, path="/repos/o/r/pulls/7/merges"), MERGED),
        (replace(MERGE, method="POST"), MERGED),
        (MERGE, Answer(200, {"sha": "c", "merged": True})),
        (MERGE, Answer(200, {"sha": "c", "merged": "yes", "message": ""})),
        (MERGE, Answer(418, {})),
    ],
)
def test_a_slip_in_a_request_or_an_answer_is_seen(request_: Request, answer: Answer) -> None:
    with pytest.raises(AssertionError):
        github()[0].check(request_, answer)


def test_a_slip_is_seen_on_the_other_forges_as_well() -> None:
    body = json.dumps({"head_commit": "a", "Do": "merge"}).encode()
    with pytest.raises(AssertionError, match="head_commit"):
        gitea().check(Request("POST", "/repos/o/r/pulls/7/merge", {}, {}, body), Answer(200))
    with pytest.raises(AssertionError, match="per-page"):
        gitlab().check(Request("GET", "/projects/o%2Fr/merge_requests", {"per-page": "1"}, {}, b""), Answer(200, []))
