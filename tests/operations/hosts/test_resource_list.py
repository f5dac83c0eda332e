from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from render.finding import Finding
from render.kustomize.resource import Resource
from render.operations.hosts.resource_list import (
    item_text,
    object_key,
    path_of,
    read_resource_list,
    resource_list,
    result_of,
)
from render.yamlio.location import Place
from tests.support.krm_functions import config, loaded
from tests.support.odd_text import strings, values

V1 = "config.kubernetes.io/v1"


def item(name: str = "a", **data: Any) -> Resource:
    return Resource({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **data}, Place("-"))


@settings(max_examples=60, deadline=None)
@given(contents=st.lists(st.dictionaries(strings, values, max_size=3), max_size=3))
def test_whatever_items_hold_is_read_back_from_the_list(contents: list[dict[str, Any]]) -> None:
    items = [item(data=content) for content in contents]
    text = resource_list(V1, map(item_text, items), config(), [{"message": "said", "severity": "info"}])
    back = loaded(text)
    assert back["items"] == [one.data for one in items]
    assert back["functionConfig"] == config()
    assert back["results"] == [{"message": "said", "severity": "info"}]


def test_a_list_that_was_printed_can_be_read() -> None:
    read = read_resource_list(resource_list(V1, [item_text(item())], config(), []))
    assert [one.data for one in read.items] == [item().data]
    assert (read.api_version, read.config) == (V1, config())


def test_nothing_is_printed_as_an_empty_list() -> None:
    assert loaded(resource_list(V1, [], None, [])) == {"apiVersion": V1, "kind": "ResourceList", "items": []}


def test_a_finding_in_a_file_of_the_fleet_has_its_line_and_its_object() -> None:
    found = Finding("MR060", "no", "warning", "overlays/a/istio.yaml", 7, 3, "Gateway/shop/in", "spec.servers[0]")
    assert result_of(found, []) == {
        "message": "no",
        "severity": "warning",
        "resourceRef": {"kind": "Gateway", "namespace": "shop", "name": "in"},
        "field": {"path": "spec.servers[0]"},
        "file": {"path": "overlays/a/istio.yaml"},
        "tags": {"code": "MR060", "line": "7", "column": "3"},
    }


def test_a_finding_in_an_item_has_the_path_that_the_host_says() -> None:
    metadata = {"name": "a", "annotations": {"config.kubernetes.io/path": "app/a.yaml"}}
    found = result_of(Finding("MR060", "no", file="-", line=70, object="ConfigMap/a"), [item(metadata=metadata)])
    assert found["file"] == {"path": "app/a.yaml"}
    assert found["resourceRef"] == {"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}
    assert found["tags"] == {"code": "MR060"}


def test_the_newer_annotation_says_the_path() -> None:
    paths = {"config.kubernetes.io/path": "old.yaml", "internal.config.kubernetes.io/path": "new.yaml"}
    assert path_of(item(metadata={"name": "a", "annotations": paths})) == "new.yaml"
    assert path_of(item()) == ""


def test_an_object_stays_one_whatever_its_version() -> None:
    first = {"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {"name": "a"}}
    assert object_key(first) == object_key({**first, "apiVersion": "networking.istio.io/v1beta1"})
    assert object_key(first) == object_key({**first, "metadata": {"name": "a", "namespace": "default"}})
    assert object_key(first) != object_key({**first, "apiVersion": "other.io/v1"})
