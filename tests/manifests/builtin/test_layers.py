"""The layers of values under a template, in their order."""

from __future__ import annotations

from typing import Any

import pytest

from render.errors import InputError
from render.manifests.builtin.facts import facts_of
from render.manifests.builtin.layers import as_helm_reads, merge_values
from render.yamlio.location import merge_maps


def values(given: dict[str, Any], version: str = "1.30.3", component: str = "istiod") -> dict[str, Any]:
    return merge_values(facts_of(component, version), given)


def test_maps_merge_and_everything_else_replaces() -> None:
    lower = {"map": {"a": 1, "b": {"c": 2}}, "list": [1, 2], "text": "x", "number": 1}
    upper = {"map": {"b": {"d": 3}}, "list": [], "text": {"now": "a map"}, "number": None}
    assert merge_maps(lower, upper) == {
        "map": {"a": 1, "b": {"c": 2, "d": 3}},
        "list": [],
        "text": {"now": "a map"},
        "number": None,
    }


def test_an_empty_map_takes_nothing_away_and_null_does() -> None:
    assert values({"resources": {}})["resources"] == {"requests": {"cpu": "500m", "memory": "2048Mi"}}
    assert values({"resources": None})["resources"] is None


def test_profile_then_compatibility_version_then_platform_then_the_user() -> None:
    given = {"profile": "demo", "compatibilityVersion": "1.28", "global": {"platform": "openshift"}}
    layered = values(given)
    assert layered["autoscaleEnabled"] is False
    assert layered["env"]["DISABLE_TRACK_REMAINING_CB_METRICS"] == "false"
    assert layered["cni"] == layered["cni"] | {"enabled": True, "provider": "multus"}
    assert values(given | {"pilot": {"cni": {"provider": "default"}}})["cni"]["provider"] == "default"


def test_the_older_key_pilot_wins_over_the_root_where_a_release_takes_both() -> None:
    given = {"autoscaleMin": 2, "pilot": {"autoscaleMin": 3}}
    assert values(given)["autoscaleMin"] == 3
    assert values(given, "1.23.5")["pilot"]["autoscaleMin"] == 3
    assert values(given, "1.23.5")["autoscaleMin"] == 2


def test_a_profile_under_global_counts_from_1_25_on() -> None:
    given = {"global": {"profile": "demo"}}
    assert values(given, "1.24.6")["autoscaleEnabled"] is True
    assert values(given, "1.25.0")["autoscaleEnabled"] is False


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"profile": "nosuch"}, "unknown profile nosuch: Istio 1.30.3 has ambient, "),
        ({"compatibilityVersion": "1.20"}, "unknown compatibility version 1.20: Istio 1.30.3 has 1.25, "),
        ({"global": {"platform": "mars"}}, "unknown platform mars: Istio 1.30.3 has "),
        ({"defaults": {"hub": "x"}}, "`defaults` is not a value of istiod"),
    ],
)
def test_what_no_release_has_is_refused_with_what_it_has(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        values(given)
    assert message in str(caught.value)


def test_layers_are_never_changed_by_what_is_laid_over_them() -> None:
    before = values({"profile": "ambient"})
    values({"profile": "ambient", "env": {"A": "1"}, "pilot": {"env": {"B": "2"}}})
    assert values({"profile": "ambient"}) == before


def test_values_are_read_as_helm_reads_them() -> None:
    assert as_helm_reads({8080: 1.0, True: [2.5, (3,)], "n": None}) == {"8080": 1, "true": [2.5, [3]], "n": None}
    with pytest.raises(TypeError, match="cannot be a set"):
        as_helm_reads({"a": {1}})


@pytest.mark.parametrize("component", ["base", "istiod", "cni", "ztunnel", "gateway"])
def test_defaults_of_1_23_lie_below_the_values_at_the_root(component: str) -> None:
    found = values({"defaults": {"one": 1, "two": 1}, "two": 2}, "1.23.2", component)
    assert (found["one"], found["two"]) == (1, 2)
    assert "defaults" not in found


def test_defaults_of_1_23_lie_below_the_profile() -> None:
    given = {"defaults": {"meshConfig": {"accessLogFile": "x"}}, "profile": "demo"}
    assert values(given, "1.23.2")["meshConfig"]["accessLogFile"] == "/dev/stdout"


def test_defaults_are_refused_from_1_24_on() -> None:
    with pytest.raises(InputError) as refused:
        values({"defaults": {"one": 1}}, "1.24.2")
    assert refused.value.findings[0].code == "MR087"
