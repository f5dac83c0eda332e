"""What an API server of Kubernetes 1.34 said of objects and of changes to them, and what the check says.

`objects.jsonl` are objects that it takes. A line of `answers.jsonl` is a change to one of them (the field at `path` set
to `value`, or taken away), and whether it was refused: server-side, strict, without being stored.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.kubernetes.check import refusals

HERE = Path(__file__).parent
OBJECTS = [json.loads(line) for line in (HERE / "objects.jsonl").read_text().splitlines()]
ANSWERS = [json.loads(line) for line in (HERE / "answers.jsonl").read_text().splitlines()]
KINDS = sorted({one["kind"] for one in OBJECTS})


def changed(answer: dict[str, Any]) -> Any:
    obj = copy.deepcopy(OBJECTS[answer["of"]])
    *around, last = answer["path"] or [None]
    inner = obj
    for step in around:
        inner = inner[step]
    if "value" in answer:
        inner[last] = answer["value"]
    elif last is not None:
        del inner[last]
    return obj


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_server_takes_is_not_refused(kind: str) -> None:
    taken = [one for one in ANSWERS if OBJECTS[one["of"]]["kind"] == kind and not one["refused"]]
    assert taken
    assert {json.dumps(one): refusals(changed(one)) for one in taken if refusals(changed(one))} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_server_refuses_is_refused(kind: str) -> None:
    refused = [one for one in ANSWERS if OBJECTS[one["of"]]["kind"] == kind and one["refused"]]
    assert refused
    assert [one for one in refused if not refusals(changed(one))] == []


def said(obj: dict[str, Any]) -> list[str]:
    return [f"{'.'.join(map(str, one.path))} {one.message}" for one in refusals(obj)]


def test_a_label_that_is_no_text_is_refused_of_a_custom_resource_too() -> None:
    obj = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "labels": {"l": 1.2}}}
    assert said(obj) == ["metadata.labels.l is the number 1.2, which is no text: write it in quotes"]


def test_an_unknown_field_names_the_one_that_is_meant() -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "dta": {}}
    assert said(obj) == ["dta is not a field of ConfigMap (did you mean data?)"]


def test_two_volumes_of_one_name_are_refused_at_the_second() -> None:
    pod = {"containers": [{"name": "c", "image": "i"}], "volumes": [{"name": "v"}, {"name": "v", "emptyDir": {}}]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod}}
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}
    assert said(obj) == ["spec.template.spec.volumes.1 has 2 entries of one key (name=v), which must be unique"]


def test_a_name_of_64_characters_is_too_long_for_a_service() -> None:
    obj = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a" * 64}, "spec": {"ports": [{"port": 1}]}}
    assert said(obj) == ["metadata.name has 64 characters: expected at most 63"]
    assert said({**obj, "metadata": {"name": "a" * 63}}) == []


ODD: tuple[Any, ...] = (None, {}, [], [None], [{}], "", "a", 0, True, {"a": None}, {"": ""})


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*at, key)
        yield from places(value, (*at, key))


@given(st.data(), st.sampled_from(OBJECTS))
def test_an_odd_value_anywhere_is_refused_or_taken_but_never_stops_the_check(data: st.DataObject, obj: Any) -> None:
    """Each of two fields holds what is not expected there; every refusal names a field that is there, or could be."""
    changed_obj = copy.deepcopy(obj)
    for _ in range(2):
        path = data.draw(st.sampled_from(list(places(changed_obj))))
        inner = changed_obj
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    for refusal in refusals(changed_obj):
        assert refusal.message
        assert all(isinstance(step, str | int) for path in (refusal.path, *refusal.beside) for step in path)


URLS = {
    "https://a.b/c": True,
    "https://[::1]:443/x": True,
    "https://x:99999/": True,
    "https://x/%41": True,
    "https://x/%zz": False,
    "https://x%41/": False,
    "https://x y/": False,
    "https://x:80a/": False,
    "https://::1/": False,
    "https://[x]/": False,
    "https:x": False,
    "http://x": False,
    "https://u@x": False,
    "https://x/a?b=c": False,
    "https://x/a?": True,
    "https://x/#f": False,
    "https://x/\x7f": False,
}


@pytest.mark.parametrize("url", URLS)
def test_the_url_of_a_webhook_is_taken_as_the_server_takes_it(url: str) -> None:
    webhook = {"name": "a.b.c", "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": {"url": url}}
    obj = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
    assert (refusals({**obj, "metadata": {"name": "m"}, "webhooks": [webhook]}) == []) == URLS[url]


def test_a_refusal_names_the_field_that_it_depends_on() -> None:
    spec = {"minReplicas": 3, "maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "D", "name": "d"}}
    obj = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}, "spec": spec}
    assert [(one.path, one.beside) for one in refusals(obj)] == [
        (("spec", "maxReplicas"), (("spec", "minReplicas"),)),
    ]
