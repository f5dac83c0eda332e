"""Sail's own decisions on what is in use and what may be pruned, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from render.plan.usage import (
    UNKNOWN,
    Candidate,
    Pod,
    namespace_reference,
    pod_reference,
    prunable,
    references,
    revision_usage,
    tag_usage,
)
from tests.support.cases import case_parameters


def found_in(case: dict[str, Any]) -> Any:
    pods = [Pod(p["name"], p["namespace"], p["labels"], p["annotations"], p["phase"]) for p in case["pods"]]
    return references({n["name"]: n["labels"] for n in case["namespaces"]}, pods)


@pytest.mark.parametrize("case", case_parameters("in-use-revision.json"))
def test_a_revision_is_in_use_as_sail_says(case: dict[str, Any]) -> None:
    given, name = case["input"], case["input"]["revision"]["name"]
    if given["listError"]:
        usage = UNKNOWN
    else:
        tags = [tag["name"] for tag in given["tags"] if (tag.get("targetRef") or {}).get("name") == name]
        usage = revision_usage(name, found_in(given), tags, injects_by_default=given["enableNamespacesByDefault"])
    assert (usage.status, usage.reason) == (case["expected"]["status"], case["expected"]["reason"])


@pytest.mark.parametrize("case", case_parameters("in-use-tag.json"))
def test_a_tag_is_in_use_as_sail_says(case: dict[str, Any]) -> None:
    given = case["input"]
    if given["listError"]:
        usage = UNKNOWN
    else:
        by_default = given["enableNamespacesByDefault"]
        usage = tag_usage(given["tag"]["name"], found_in(given), injects_by_default=by_default)
    assert (usage.status, usage.reason) == (case["expected"]["status"], case["expected"]["reason"])


@pytest.mark.parametrize("case", case_parameters("prune.json"))
def test_a_revision_is_pruned_as_sail_does(case: dict[str, Any]) -> None:
    given = case["input"]
    owned = []
    for revision in given["revisions"]:
        condition = revision.get("inUseCondition")
        if (revision.get("owner") or {}).get("uid") != given["istio"]["uid"]:
            continue
        unused = condition is not None and condition["status"] == "False"
        owned.append(Candidate(revision["name"], condition["secondsSinceTransition"] if unused else None))
    result = prunable(given["activeRevisionName"], owned, given["gracePeriodSeconds"])
    first_deleted = given["revisions"][0]["name"] in result.prunable
    assert first_deleted == case["expected"]["firstRevisionDeleted"]
    wait = case["expected"]["requeueAfterSeconds"]
    assert result.look_again_in == (None if wait is None else pytest.approx(wait, abs=1))


def test_a_namespaces_injection_label_beats_its_revision_label() -> None:
    assert namespace_reference({"istio-injection": "enabled", "istio.io/rev": "canary"}) == "default"
    assert namespace_reference({"istio-injection": "disabled", "istio.io/rev": "canary"}) == "canary"
    assert namespace_reference({"istio-injection": "disabled"}) is None


def test_a_pod_that_refuses_injection_refers_to_nothing() -> None:
    assert pod_reference({"sidecar.istio.io/inject": "false", "istio.io/rev": "canary"}) is None


def test_a_pod_that_ended_pins_nothing() -> None:
    done = Pod("done", "shop", {"istio.io/rev": "old"}, {"istio.io/rev": "old"}, "Succeeded")
    failed = Pod("failed", "shop", {}, {"istio.io/rev": "older"}, "Failed")
    found = references({"shop": {}}, [done, failed])
    assert revision_usage("old", found).status == "False"
    assert revision_usage("older", found).by == ()


def test_an_unused_tag_still_keeps_its_revision_in_use() -> None:
    found = references({}, [])
    assert tag_usage("prod", found).status == "False"
    assert revision_usage("v1", found, ["prod"]).by == ("IstioRevisionTag/prod",)
