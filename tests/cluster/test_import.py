"""A dump of what runs, as a real API server gives it back: what is imported of it changes next to nothing there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.operations.adopt.run import import_specs
from render.operations.template.run import template
from render.operations.template.values import GivenValues
from tests.support.cluster.api import Api
from tests.support.cluster.pods import namespace

KINDS = {
    "/apis/apps/v1/deployments": "Deployment",
    "/api/v1/configmaps": "ConfigMap",
    "/api/v1/services": "Service",
    "/api/v1/serviceaccounts": "ServiceAccount",
    "/apis/autoscaling/v2/horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "/apis/policy/v1/poddisruptionbudgets": "PodDisruptionBudget",
    "/apis/rbac.authorization.k8s.io/v1/roles": "Role",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings": "RoleBinding",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles": "ClusterRole",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings": "ClusterRoleBinding",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
}
VALUES: dict[str, Any] = {
    "meshConfig": {"accessLogFile": "/dev/stdout"},
    "pilot": {"env": {"PILOT_X": "y"}, "resources": {"requests": {"cpu": "1000m", "memory": "2048Mi"}}},
}


@pytest.mark.parametrize("revision", ["1-27-3", ""])
def test_an_import_of_what_runs_changes_labels_alone(cluster: Api, revision: str) -> None:
    cluster.apply(namespace("istio-system"))
    values = GivenValues(VALUES | {"revision": revision})
    for text in template("istiod", "v1.27.3", values, f"{revision or 'default'}-istiod").objects:
        cluster.apply(json.loads(text))
    items = [
        {"apiVersion": path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")[0], "kind": kind} | item
        for path, kind in KINDS.items()
        for item in cluster.get(path)["items"]
    ]
    dump = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()
    result = import_specs([("live.json", dump)], cluster="prod")
    assert result.changes is not None
    differing = {
        one.identity.title: [each.field for each in one.fields]
        for one in result.changes.objects
        if one.how == "changed" and not one.is_labels_alone
    }
    end = f"-{revision}" if revision else ""
    assert differing.keys() <= {f"ConfigMap/istio-system/values{end}"}
    assert result.changes.same > 0
