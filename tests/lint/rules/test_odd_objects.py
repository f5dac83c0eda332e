"""Objects that are passed through may hold anything: a rule that looks at them may find nothing, and must not fail."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from render.lint.registry import problems
from tests.support.builders import istio
from tests.support.lint_view import Situation

MESH = istio("v1.26.4", strategy="InPlace") + "---\n"
KINDS = {
    "admissionregistration.k8s.io/v1": ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    "v1": ["Service"],
    "helm.toolkit.fluxcd.io/v2": ["HelmRelease"],
    "argoproj.io/v1alpha1": ["Application"],
    "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
    "apps/v1": ["Deployment", "DaemonSet"],
    "networking.istio.io/v1alpha3": ["EnvoyFilter"],
}
ODD: list[dict[str, Any]] = [
    {},
    {"spec": "text"},
    {"spec": {"chart": [], "source": "x", "sources": {"a": 1}}},
    {"spec": {"sources": [None, "x"]}},
    {"spec": {"template": "x", "configPatches": "x"}},
    {"spec": {"template": {"metadata": "x", "spec": "x"}, "configPatches": ["x", None, {"patch": "x"}]}},
    {"spec": {"template": {"metadata": {"labels": "x", "annotations": ["x"]}, "spec": {"containers": "x"}}}},
    {"spec": {"template": {"metadata": {"labels": {"istio.io/rev": "default"}}, "spec": {"containers": ["x", None]}}}},
    {"spec": {"template": {"metadata": {"labels": {"istio.io/rev": 7}, "annotations": {"proxy.istio.io/config": 7}}}}},
]
ODD_WEBHOOKS: list[dict[str, Any]] = [
    {"webhooks": [{"name": "x.istio.io", **entry}]}
    for entry in (
        {"clientConfig": "x"},
        {"clientConfig": {"service": "x"}},
        {"clientConfig": {"url": 7}},
        {"rules": [{"apiGroups": ["security.istio.io"]}], "objectSelector": {"matchExpressions": [{}]}},
        {"objectSelector": None, "clientConfig": None},
    )
]


def objects() -> list[dict[str, Any]]:
    found = []
    for api, kinds in KINDS.items():
        for kind in kinds:
            for odd in ODD_WEBHOOKS if "Webhook" in kind else ODD:
                found.append({"apiVersion": api, "kind": kind, "metadata": {"name": "istio-sidecar-injector-x"}, **odd})
    return found


@pytest.mark.parametrize("data", objects(), ids=lambda data: f"{data['kind']} {list(data.items())[3:]}")
def test_an_odd_object_fails_no_rule(data: dict[str, Any]) -> None:
    found = [one.code for one in problems(Situation(MESH + yaml.safe_dump(data)).view())]
    assert set(found) <= {"MR133", "MR140", "MR141"}
