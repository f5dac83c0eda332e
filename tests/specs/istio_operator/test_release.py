"""The release of an IstioOperator, and what follows it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.specs.istio_operator.release import fields_of_release, names_release, release, revision_for

NUMBER = st.integers(0, 40)
RELEASES = st.tuples(st.just(1), NUMBER, NUMBER).map(lambda parts: ".".join(map(str, parts)))
AROUND = st.sampled_from(["", "prod-", "v", "prod-v", "x2-"])


@given(before=RELEASES, after=RELEASES, front=AROUND)
def test_a_revision_named_after_a_release_is_named_after_the_next_and_back(before: str, after: str, front: str) -> None:
    name = front + before.replace(".", "-")
    assert names_release(name, before)
    there = revision_for(name, before, after)
    assert there == front + after.replace(".", "-")
    assert revision_for(there, after, before) == name


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("canary", "canary"),
        ("1-27", "1-28"),
        ("prod-1-27", "prod-1-28"),
        ("1-27-5", "1-27-5"),  # another patch than the release: not named after it
        ("11-27-3", "11-27-3"),
        ("1-27-30", "1-27-30"),
    ],
)
def test_only_the_release_itself_counts(name: str, after: str) -> None:
    assert revision_for(name, "1.27.3", "1.28.0") == after


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"spec": {"tag": "1.27.3-distroless"}}, "1.27.3"),
        ({"spec": {"tag": "v1.27.3"}}, "1.27.3"),
        ({"spec": {"tag": "build-7", "values": {"global": {"tag": "1.27.3"}}}}, "1.27.3"),
        ({"metadata": {"annotations": {"meshrev.io/version": "v1.28.0"}}, "spec": {"tag": "1.27.3"}}, "1.28.0"),
        ({"spec": {"tag": "1.27"}}, None),
        ({"spec": {}}, None),
    ],
)
def test_the_annotation_says_the_release_before_the_tags(document: dict[str, Any], found: str | None) -> None:
    assert release(document) == found


def test_every_tag_that_begins_with_the_release_follows_it() -> None:
    gateway = {"name": "a", "tag": "1.27.3", "k8s": {"overlays": [{"kind": "Service", "name": "a-1-27-3"}]}}
    spec = {
        "tag": "1.27.3-distroless",
        "revision": "1-27-3",
        "values": {"pilot": {"tag": "1.27.3"}, "cni": {"tag": "ours"}},
        "components": {"ingressGateways": [gateway]},
    }
    assert dict(fields_of_release({"spec": spec}, "1.28.0")) == {
        ("spec", "tag"): "1.28.0-distroless",
        ("spec", "values", "pilot", "tag"): "1.28.0",
        ("spec", "components", "ingressGateways", 0, "tag"): "1.28.0",
        ("spec", "revision"): "1-28-0",
        ("spec", "components", "ingressGateways", 0, "k8s", "overlays", 0, "name"): "a-1-28-0",
    }
