"""Components as server-side apply takes them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from render.kubernetes.list_keys import keyed_twice
from render.manifests.server_side_apply import Overridden, appliable_object


def daemonset(**pod: Any) -> str:
    spec = {"template": {"spec": pod}}
    return json.dumps({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}, "spec": spec})


def pod_of(text: str) -> Any:
    return json.loads(appliable_object(text).json)["spec"]["template"]["spec"]


def test_a_variable_stands_once_with_its_last_value() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}]
    text = daemonset(containers=[{"name": "c", "env": env}])
    assert pod_of(text)["containers"][0]["env"] == env[1:]
    assert appliable_object(text).overridden == (Overridden("A", "3"),)


def test_a_variable_that_ends_with_another_source_has_no_text() -> None:
    source = {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    text = daemonset(containers=[{"name": "c", "env": [{"name": "A", "value": "1"}, source]}])
    assert pod_of(text)["containers"][0]["env"] == [source]
    assert appliable_object(text).overridden == (Overridden("A", None),)


def test_an_entry_that_is_there_twice_word_for_word_stands_once() -> None:
    volume = {"name": "v", "emptyDir": {}}
    assert pod_of(daemonset(volumes=[volume, {"name": "w"}, volume]))["volumes"] == [volume, {"name": "w"}]


def test_entries_of_one_key_that_differ_stay_for_the_check_to_refuse() -> None:
    volumes = [{"name": "v", "emptyDir": {}}, {"name": "v", "configMap": {"name": "c"}}]
    assert pod_of(daemonset(volumes=volumes))["volumes"] == volumes


def test_empty_lists_in_the_rules_of_a_network_policy_are_left_out() -> None:
    policy = {"ingress": [{"from": [], "ports": [{"port": 1}]}, {"from": [{"podSelector": {}}]}], "podSelector": {}}
    obj = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p"}, "spec": policy}
    rules = json.loads(appliable_object(json.dumps(obj)).json)["spec"]["ingress"]
    assert rules == [{"ports": [{"port": 1}]}, {"from": [{"podSelector": {}}]}]


def test_what_needs_no_change_keeps_its_text() -> None:
    text = daemonset(volumes=[], containers=[{"name": "c", "env": [{"name": "é"}]}])
    assert appliable_object(text).json is text


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["1", "2", ""]))))
def test_whatever_is_named_what_a_container_sees_stays(entries: list[tuple[str, str]]) -> None:
    env = [{"name": name, "value": value} for name, value in entries]
    after = appliable_object(daemonset(containers=[{"name": "c", "env": env}])).json
    left = json.loads(after)["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {one["name"]: one["value"] for one in left} == dict(entries)
    assert list(keyed_twice(json.loads(after))) == []
