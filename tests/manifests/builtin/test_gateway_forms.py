"""Short forms in the values of the older gateways."""

from __future__ import annotations

import pytest

from render.manifests.builtin.gateway_forms import gateway_mounts, gateway_volumes, node_affinity, pod_anti_affinity
from render.manifests.builtin.template_functions import ChartRefusal

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def test_without_wishes_nodes_are_not_chosen() -> None:
    assert node_affinity({}, {}) == {REQUIRED: None, PREFERRED: None}


def test_architectures_without_weight_are_excluded_and_others_preferred_by_it() -> None:
    made = node_affinity({"amd64": 2, "s390x": "1", "arm64": 0}, {"pool": "edge"})
    (term,) = made[REQUIRED]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "s390x"]},
        {"key": "pool", "operator": "In", "values": ["edge"]},
    ]
    assert [each["weight"] for each in made[PREFERRED]] == [2, 1]


def test_pods_to_keep_away_from_are_lists_between_commas() -> None:
    selector = {"key": "app", "operator": "In", "values": "a,b", "topologyKey": "zone", "namespaces": "x,y"}
    made = pod_anti_affinity([selector], [{"key": "app", "operator": "Exists", "topologyKey": "host"}])
    expression = {"key": "app", "operator": "In", "values": ["a", "b"]}
    term = {"labelSelector": {"matchExpressions": [expression]}, "topologyKey": "zone", "namespaces": ["x", "y"]}
    assert made[REQUIRED] == [term]
    assert made[PREFERRED][0]["weight"] == 100


def test_a_config_map_without_a_place_is_a_volume_but_not_mounted() -> None:
    secrets = [{"name": "certs", "secretName": "tls", "mountPath": "/certs"}]
    configs = [{"name": "lua", "configMapName": "scripts"}]
    assert [mount["name"] for mount in gateway_mounts(secrets, configs)] == ["certs"]
    assert gateway_volumes(secrets, configs) == [
        {"name": "certs", "secret": {"secretName": "tls", "optional": True}},
        {"name": "lua", "configMap": {"name": "scripts", "optional": True}},
    ]


def test_a_volume_that_is_no_map_is_refused() -> None:
    with pytest.raises(ChartRefusal):
        gateway_volumes(["certs"], None)
