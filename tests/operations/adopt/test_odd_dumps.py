"""Nobody checks what a dump holds: whatever stands in it, it is imported or refused in a line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import InputError
from render.operations.adopt.run import import_specs

SAIL = yaml.safe_load(Path(__file__).with_name("sail.yaml").read_text())
LIVE = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}},
            "spec": {
                "template": {
                    "metadata": {"labels": {"app": "istiod"}},
                    "spec": {
                        "containers": [
                            {
                                "name": "discovery",
                                "image": "docker.io/istio/pilot:1.27.3",
                                "env": [{"name": "A", "value": "b"}],
                            }
                        ]
                    },
                }
            },
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "istio", "namespace": "istio-system"},
            "data": {"mesh": "accessLogFile: /dev/stdout"},
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "tag", "labels": {"istio.io/tag": "prod", "istio.io/rev": "default"}},
            "webhooks": [{"name": "rev.namespace.sidecar-injector.istio.io"}],
        },
    ],
}

ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "1.27.3", "v1.27-latest"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "kind", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def paths(data: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    if isinstance(data, dict | list):
        for step, below in data.items() if isinstance(data, dict) else enumerate(data):
            yield from paths(below, (*at, step))


PLACES = [(dump, path) for dump in (SAIL, LIVE) for path in paths(dump)]


@given(place=st.sampled_from(PLACES), odd=ODD)
@settings(deadline=None)
def test_whatever_stands_in_a_dump_is_imported_or_refused(
    place: tuple[dict[str, Any], tuple[str | int, ...]], odd: Any
) -> None:
    dump, path = copy.deepcopy(place[0]), place[1]
    around: Any = dump
    for step in path[:-1]:
        around = around[step]
    around[path[-1]] = odd
    try:
        import_specs([("dump.json", json.dumps(dump).encode())], cluster="prod", version="v1.27.3")
    except InputError as error:
        assert all("\n" not in found.text() for found in error.findings)
