"""Strategic merge as Kubernetes orders it: what is there keeps its place, what is new stands where the patch has it."""

from __future__ import annotations

from typing import Any

from render.kubernetes.strategic_merge import strategic_merge


def merged_env(*patch: dict[str, Any]) -> list[str]:
    def pod(env: list[dict[str, Any]]) -> dict[str, Any]:
        return {"kind": "Deployment", "spec": {"containers": [{"name": "c", "env": env}]}}

    before = pod([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}])
    merged = strategic_merge(before, {"spec": {"containers": [{"name": "c", "env": list(patch)}]}})
    return [f"{entry['name']}={entry.get('value')}" for entry in merged["spec"]["containers"][0]["env"]]


def test_a_new_entry_comes_first_and_a_known_one_keeps_its_place() -> None:
    assert merged_env({"name": "X", "value": "0"}) == ["X=0", "A=1", "B=2", "C=3"]
    assert merged_env({"name": "B", "value": "x"}) == ["A=1", "B=x", "C=3"]
    assert merged_env({"name": "B", "value": "x"}, {"name": "X", "value": "0"}) == ["A=1", "B=x", "X=0", "C=3"]


def test_directives_delete_and_replace() -> None:
    assert merged_env({"name": "A", "$patch": "delete"}) == ["B=2", "C=3"]
    assert merged_env({"$patch": "replace"}, {"name": "X", "value": "0"}) == ["X=0"]
    before = {"kind": "Deployment", "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    replaced = strategic_merge(before, {"spec": {"strategy": {"$patch": "replace", "type": "Recreate"}}})
    assert replaced["spec"]["strategy"] == {"type": "Recreate"}


def test_null_takes_away_and_lists_without_a_key_are_replaced() -> None:
    before = {"kind": "Deployment", "spec": {"replicas": 1, "tolerations": [{"key": "a"}]}}
    assert strategic_merge(before, {"spec": {"replicas": None}})["spec"] == {"tolerations": [{"key": "a"}]}
    assert strategic_merge(before, {"spec": {"tolerations": [{"key": "b"}]}})["spec"]["tolerations"] == [{"key": "b"}]


def test_ports_merge_by_the_number_of_a_service_and_of_a_container() -> None:
    service = {"kind": "Service", "spec": {"ports": [{"port": 1, "name": "a"}, {"port": 2, "name": "b"}]}}
    assert strategic_merge(service, {"spec": {"ports": [{"port": 2, "name": "x"}]}})["spec"]["ports"] == [
        {"port": 1, "name": "a"},
        {"port": 2, "name": "x"},
    ]
