"""What is rendered is taken by an API server strictly, and a second time it changes nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from render.errors import InputError
from render.manifests.builtin import render_json
from render.manifests.cluster import bundles
from render.manifests.server_side_apply import appliable_object
from tests.support.cases import ROOT, VERSIONS, chart_cases
from tests.support.cluster.api import Api, Refused
from tests.support.cluster.definitions import define_networks
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.pods import namespace
from tests.support.fleets.hazard_fleets import FOLDER, Move, fleets

# What no server takes, of what the values of a case say: component, case, object, and words of the refusal.
REFUSED = {
    "ingress tuned: Service istio-system/istio-ingressgateway": "LoadBalancerSourceRanges: Forbidden",  # of a ClusterIP
    "egress tuned: Service istio-system/istio-egressgateway": "LoadBalancerSourceRanges: Forbidden",
}
# What the hazard is about: rendering refuses it too.
REFUSED_OF_HAZARDS = {
    "reader-account-moved: ClusterRoleBinding /istio-reader-clusterrole-default-v1-31-0-istio-system": (
        "subjects[0].namespace: Required value"
    )
}
CLUSTERS = sorted(folder.name for folder in (ROOT / "rendered").iterdir() if (folder / "inventory.jsonl").exists())


@pytest.fixture
def taking(cluster: Api) -> Api:
    """A cluster that knows the kinds of what is rendered, but Istio's own."""
    define_networks(cluster)
    return cluster


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_example_fleet_is_taken_strictly_and_changes_nothing_a_second_time(taking: Api, name: str) -> None:
    objects = tree_objects(ROOT / "rendered" / name)
    assert complaints(taking, ((name, item) for item in objects), keep=True) == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_conformance_values_render_is_taken_the_same(taking: Api, version: str) -> None:
    cases = chart_cases(version, "named")
    found = complaints(taking, ((f"{case['component']} {case['case']}", item) for case in cases for item in made(case)))
    assert not_as_expected(found, REFUSED) == {}


def test_what_the_fleets_of_the_hazards_render_is_taken_the_same(taking: Api) -> None:
    moves = [(file.stem, move) for file in sorted(FOLDER.glob("*.yaml")) for move in fleets(file.stem)[:2]]
    found = complaints(taking, ((name, item) for name, move in moves for item in made_of(move)))
    assert not_as_expected(found, REFUSED_OF_HAZARDS) == {}


def not_as_expected(found: Mapping[str, str], refused: Mapping[str, str]) -> dict[str, str]:
    """Returns what is refused otherwise than it is to be, and what is to be and is not."""
    wrong = {name: message for name, message in found.items() if refused.get(name, "\0") not in message}
    return wrong | dict.fromkeys(refused.keys() - found.keys(), "is taken")


def test_an_unknown_field_is_refused(cluster: Api) -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}, "dat": {}}
    with pytest.raises(Refused, match=r"\.dat"):
        cluster.apply(item)


def made(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the objects of a case; none where its values are refused."""
    names = ("component", "version", "release", "namespace", "values")
    try:
        rendered = render_json(*(case[name] for name in names))
    except InputError:
        return []
    return [json.loads(appliable_object(text).json) for text in rendered]


def made_of(move: Move) -> list[dict[str, Any]]:
    """Returns what a fleet of the hazards renders and applies, without what it brings itself (`extra`), of kinds that
    the cluster does not know; nothing where its values are refused."""
    try:
        mine = [one for one in bundles(move.planned()[0]) if one.role != "component" and one.folder != "extra"]
    except InputError:
        return []
    return [json.loads(manifest.json) for bundle in mine for manifest in bundle.manifests]


def complaints(api: Api, objects: Iterable[tuple[str, dict[str, Any]]], *, keep: bool = False) -> dict[str, str]:
    """Applies each distinct object twice; returns what is refused, or not the same the second time, and why.

    The objects have the name of what renders them beside them. One goes before the next comes, unless `keep`: those of
    different cases have the same names.
    """
    distinct = {json.dumps(item, sort_keys=True): (name, item) for name, item in reversed(list(objects))}
    assert distinct
    for space in {item["metadata"].get("namespace") for _, item in distinct.values()} - {None}:
        api.apply(namespace(space))
    found = {}
    for name, item in distinct.values():
        title = f"{name}: {item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
        try:
            if not is_settled(api, item):
                found[title] = "each time another"
        except Refused as error:
            found[title] = str(error)
        if not keep and item["kind"] != "Namespace":
            api.delete(api.path(item))
    return found


def is_settled(api: Api, item: dict[str, Any]) -> bool:
    """Says whether applying an object leaves it as it was, once controllers have written what they write."""
    before = api.apply(item)["metadata"]["resourceVersion"]
    for attempt in range(20):
        after = api.apply(item)["metadata"]["resourceVersion"]
        if after == before:
            return True
        before = after
        time.sleep(0.05 * attempt)
    return False
