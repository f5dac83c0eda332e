"""Policies with which an API server refuses objects."""

from __future__ import annotations

from typing import Any

from tests.support.cluster.api import Api

_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_NAME = "no-deployments"


def refuse_deployments(api: Api, *operations: str) -> None:
    """Let the API server refuse what is done to a Deployment: these operations (`CREATE`), both where none is named."""
    rule: dict[str, Any] = {"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"]}
    rule |= {"operations": list(operations or ("CREATE", "UPDATE"))}
    name = {"metadata": {"name": _NAME}}
    head = {"apiVersion": "admissionregistration.k8s.io/v1"}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": "false"}]}
    api.apply({**head, **name, "kind": "ValidatingAdmissionPolicy", "spec": {**spec, "failurePolicy": "Fail"}})
    binding = {"policyName": _NAME, "validationActions": ["Deny"]}
    api.apply({**head, **name, "kind": "ValidatingAdmissionPolicyBinding", "spec": binding})


def allow_deployments(api: Api) -> None:
    """Let the API server take Deployments again."""
    for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        api.delete(f"{_ADMISSION}/{kind}/{_NAME}")
