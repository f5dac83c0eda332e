"""Kinds that a cluster knows from elsewhere, as far as what is rendered needs them."""

from __future__ import annotations

from typing import Any

from tests.support.cluster.api import Api
from tests.support.cluster.process import wait_until

OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def define_networks(api: Api) -> None:
    """Make the kind of Multus, which CNI on OpenShift brings an object of, known to a cluster.

    Its fields: https://github.com/k8snetworkplumbingwg/network-attachment-definition-client/blob/v1.7.5/artifacts/networks-crd.yaml
    """
    spec = {"type": "object", "properties": {"config": {"type": "string"}}}
    define(api, "k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "network-attachment-definitions", spec)


def define(api: Api, version: str, kind: str, plural: str, spec: dict[str, Any] = OPEN) -> None:
    """Make a kind of objects in namespaces known to a cluster, and wait until it is; `spec` is the schema of theirs."""
    group, _, name = version.partition("/")
    schema = {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec,
        },
    }
    api.apply(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
                "versions": [{"name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
            },
        }
    )
    wait_until(lambda: api.get(f"/apis/{version}/{plural}") is not None, f"the cluster knows {kind}")
