"""Variables of the specs that the component sets again."""

from __future__ import annotations

import json
from typing import Any

from render.manifests.cluster import bundles
from render.manifests.ineffective_variables import ineffective_variables
from tests.support.builders import istio, node_agent
from tests.support.cluster_plan import plan


def said(text: str) -> dict[str, str]:
    planned = plan(text)
    found = ineffective_variables(planned, bundles(planned))
    return {".".join(map(str, problem.path)): problem.message for problem in found}


def variables(text: str, kind: str) -> dict[str, Any]:
    made = [json.loads(one.json) for bundle in bundles(plan(text)) for one in bundle.manifests if one.kind == kind]
    env = made[0]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert len({one["name"] for one in env}) == len(env)
    return {one["name"]: one.get("value") for one in env}


def test_a_variable_that_the_chart_sets_behind_it_has_no_effect_and_the_value_that_decides_is_named() -> None:
    text = istio("v1.30.3", values="{pilot: {traceSampling: 5, env: {PILOT_TRACE_SAMPLING: '100'}}}")
    assert variables(text, "Deployment")["PILOT_TRACE_SAMPLING"] == "5"
    assert said(text) == {
        "spec.values.pilot.env.PILOT_TRACE_SAMPLING": "has no effect: PILOT_TRACE_SAMPLING is '5' there, "
        "as values.pilot.traceSampling decides"
    }


def test_a_variable_with_the_value_that_decides_is_not_spoken_of() -> None:
    text = istio("v1.30.3", values="{pilot: {env: {CLUSTER_ID: c2}}, global: {multiCluster: {clusterName: c2}}}")
    assert variables(text, "Deployment")["CLUSTER_ID"] == "c2"
    assert said(text) == {}


def test_a_variable_that_the_chart_sets_before_it_is_the_users() -> None:
    text = istio("v1.30.3", values="{pilot: {env: {REVISION: mine}}}")
    assert variables(text, "Deployment")["REVISION"] == "mine"
    assert said(text) == {}


def test_of_the_two_ways_to_name_a_variable_the_list_decides() -> None:
    text = istio("v1.30.3", values="{pilot: {env: {A: '1'}, envVarFrom: [{name: A, value: '2'}]}}")
    assert said(text) == {
        "spec.values.pilot.env.A": "has no effect: A is '2' there, as values.pilot.envVarFrom[0] says"
    }


def test_a_variable_of_ztunnel_is_the_users() -> None:
    text = istio("v1.30.3", profile="ambient") + node_agent(
        "ZTunnel", "v1.30.3", values="{ztunnel: {env: {RUST_LOG: debug}}}"
    )
    assert variables(text, "DaemonSet")["RUST_LOG"] == "debug"
    assert said(text) == {}
