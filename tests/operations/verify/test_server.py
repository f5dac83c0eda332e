"""What is sent to an API server reads, or says that it is a dry run; held to a real one in `tests/cluster`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from render.errors import InputError, OutsideError
from render.operations.verify.server import ApiServer, connect
from tests.support.cases import ROOT
from tests.support.loopback import Answer, Asked, serving

# The verbs that a program for reading may start kubectl with, or tell a person of.
VERBS = {"proxy"}


@contextmanager
def server(*answers: Answer) -> Iterator[tuple[ApiServer, list[Asked]]]:
    """A server that gives these answers, one after the other, and what it was asked."""
    asked: list[Asked] = []

    def answer(one: Asked) -> Answer:
        asked.append(one)
        return answers[len(asked) - 1]

    with (
        serving(answer, lambda: None) as loopback,
        httpx.Client(base_url=f"http://127.0.0.1:{loopback.server_port}", trust_env=False) as client,
    ):
        yield ApiServer("east", client), asked


def data(status: int, **fields: object) -> Answer:
    return Answer(status, (("Content-Type", "application/json"),), json.dumps(fields).encode())


def test_all_that_would_write_says_that_it_is_a_dry_run() -> None:
    with server(*[data(200)] * 4) as (found, asked):
        found.apply("/api/v1/namespaces/a", "{}", "kubectl", force=False)
        found.apply("/api/v1/namespaces/a", "{}", "kubectl", force=True)
        found.create("/api/v1/namespaces", "{}")
        found.get("/api/v1/namespaces/a")
    assert [one.method for one in asked] == ["PATCH", "PATCH", "POST", "GET"]
    queries = [parse_qs(urlsplit(one.target).query) for one in asked]
    assert [query.get("dryRun") for query in queries] == [["All"], ["All"], ["All"], None]
    assert [query.get("fieldValidation") for query in queries[:3]] == [["Strict"]] * 3
    assert [query.get("force") for query in queries[:2]] == [["false"], ["true"]]


def test_kubectl_is_started_with_no_other_verb_than_proxy() -> None:
    """In the whole program; a test of the cluster layer reads the audit log."""
    source = "\n".join(path.read_text() for path in (ROOT / "render").rglob("*.py"))
    assert set(re.findall(r'\[\s*kubectl,\s*"(\w+)"', source)) == VERBS
    assert (
        len(re.findall(r"\bPopen\(|\bsubprocess\.run\(", (ROOT / "render/operations/verify/server.py").read_text()))
        == 1
    )


def test_a_list_in_pages_is_read_to_its_end_and_asks_for_metadata_alone() -> None:
    first = data(200, metadata={"continue": "more"}, items=[{"metadata": {"name": "a"}}])
    last = data(200, metadata={}, items=None)
    with server(first, last) as (found, asked):
        assert [one["name"] for one in found.metadata("/api/v1/configmaps", "app=istiod")] == ["a"]
    assert all(one.headers["Accept"].startswith("application/json;as=PartialObjectMetadataList;") for one in asked)
    assert parse_qs(urlsplit(asked[1].target).query)["continue"] == ["more"]


def test_a_kind_that_the_server_has_not_is_an_empty_list() -> None:
    with server(data(404, message="not found")) as (found, _):
        assert list(found.metadata("/apis/a/v1/bs", "app=istiod")) == []


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_server_that_cannot_answer_now_is_the_outside_worlds_failure(status: int) -> None:
    with server(data(status, message="not now")) as (found, _), pytest.raises(OutsideError, match="east: not now"):
        found.get("/api/v1/namespaces/a")


def test_a_list_that_one_may_not_have_is_told_in_the_servers_words() -> None:
    with server(data(403, message="cannot list")) as (found, _), pytest.raises(OutsideError, match="cannot list"):
        list(found.metadata("/api/v1/configmaps", "app=istiod"))


def test_what_kubectl_says_of_a_server_that_it_does_not_reach_is_told() -> None:
    said = Answer(502, (("Content-Type", "text/plain"),), b"connection refused\n")
    with server(said) as (found, _), pytest.raises(OutsideError, match="east: connection refused"):
        found.get("/api/v1/namespaces/a")


def test_without_kubectl_nothing_is_asked(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="kubectl is not on PATH"),
        connect("east", tmp_path, str(tmp_path / "kubectl")),
    ):
        pass
