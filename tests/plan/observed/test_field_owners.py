"""Whose fields are left over in an object, by managed fields as an API server writes them."""

from __future__ import annotations

from typing import Any

import pytest

from render.plan.observed.field_owners import SettingsOwners, field_of, field_texts, foreign_fields, is_of_istiod
from render.plan.observed.observation import Owner

US, HELM = "argocd-controller", Owner("helm", "Update")


def entry(fields: dict[str, Any], manager: str = "helm", operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}


def item(*entries: dict[str, Any], kind: str = "Deployment", **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"managedFields": list(entries)}, **fields}


def spec(**fields: Any) -> dict[str, Any]:
    return {"f:spec": {f"f:{name}": value for name, value in fields.items()}}


def left(*entries: dict[str, Any], **fields: Any) -> dict[str, tuple[Owner, ...]]:
    return {one.field: one.owners for one in foreign_fields(item(*entries, **fields), US)}


def test_a_field_that_only_another_manager_owns_is_left() -> None:
    ours = entry(spec(paused={}), US, "Apply")
    assert left(ours, entry(spec(paused={}, replicas={}))) == {".spec.replicas": (HELM,)}


def test_a_field_of_two_others_has_both() -> None:
    others = entry(spec(replicas={})), entry(spec(replicas={}), "kubectl", "Apply")
    assert left(*others) == {".spec.replicas": (HELM, Owner("kubectl", "Apply"))}


def test_what_the_deliverers_program_once_updated_is_left_too() -> None:
    assert left(entry(spec(replicas={}), US)) == {".spec.replicas": (Owner(US, "Update"),)}


def test_a_list_item_is_one_field_with_all_in_it() -> None:
    fields = {"f:webhooks": {'k:{"name":"auto."}': {".": {}, "f:name": {}, "f:rules": {}}}}
    assert left(entry(fields), kind="MutatingWebhookConfiguration") == {'.webhooks[name="auto."]': (HELM,)}


def test_of_a_list_item_that_the_tree_has_only_what_it_does_not_say_is_left() -> None:
    ours = entry({"f:webhooks": {'k:{"name":"rev."}': {".": {}, "f:name": {}}}}, US, "Apply")
    others = entry({"f:webhooks": {'k:{"name":"rev."}': {".": {}, "f:name": {}, "f:timeoutSeconds": {}}}})
    assert left(ours, others, kind="MutatingWebhookConfiguration") == {'.webhooks[name="rev."].timeoutSeconds': (HELM,)}


def test_that_a_map_is_there_says_nothing() -> None:
    ours = entry({"f:metadata": {"f:labels": {"f:app": {}}}}, US, "Apply")
    assert left(ours, entry({"f:metadata": {"f:labels": {".": {}, "f:app": {}}}})) == {}


@pytest.mark.parametrize(
    "one",
    [
        entry({"f:status": {"f:replicas": {}}}, subresource="status"),
        entry(spec(replicas={}), "kube-controller-manager", subresource="scale"),
        entry(
            {"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}}, "kube-controller-manager"
        ),
        entry({"f:webhooks": {'k:{"name":"a"}': {"f:clientConfig": {"f:caBundle": {}}}}}, "pilot-discovery"),
        entry(spec(clusterIP={})),
    ],
)
def test_what_controllers_istiod_and_the_server_write_of_themselves_is_not_told(one: dict[str, Any]) -> None:
    assert left(one) == {}


def test_another_field_of_istiods_or_another_managers_authority_is_told() -> None:
    hook = {"f:webhooks": {'k:{"name":"a"}': {"f:clientConfig": {"f:caBundle": {}}}}}
    assert left(entry(hook)) == {'.webhooks[name="a"].clientConfig.caBundle': (HELM,)}
    assert left(entry(spec(paused={}), "pilot-discovery")) == {".spec.paused": (Owner("pilot-discovery", "Update"),)}


def test_of_a_namespace_only_the_labels_that_decide_about_injection_are_told() -> None:
    labels = {f"f:{name}": {} for name in ("team", "istio.io/rev", "istio-injection", "istio.io/dataplane-mode")}
    found = left(entry({"f:metadata": {"f:labels": labels}, **spec(finalizers={})}), kind="Namespace")
    decide = ("istio-injection", "istio.io/dataplane-mode", "istio.io/rev")
    assert list(found) == [f".metadata.labels.{name}" for name in decide]


def test_a_default_is_not_told_and_a_value_that_is_none_is() -> None:
    owned = entry(
        spec(ports={'k:{"port":80}': {"f:protocol": {}, "f:name": {}}, 'k:{"port":81}': {".": {}}}, args={"v:1": {}})
    )
    ports = [{"port": 80, "protocol": "TCP", "name": "http"}, {"port": 81}]
    plain = item(spec={"ports": [{"port": 80, "protocol": "TCP"}], "args": [1]})
    found = foreign_fields(item(owned, spec={"ports": ports, "args": [1]}), US, plain)
    assert [one.field for one in found] == [".spec.ports[port=80].name", ".spec.ports[port=81]"]


def test_a_field_is_written_as_an_api_server_writes_it() -> None:
    steps = ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name")
    assert field_of(steps) == '.spec.ports[port=80,protocol="TCP"].name'
    assert field_of(("f:finalizers", 'v:"a"')) == '.finalizers[="a"]'
    assert field_of(("f:args", "i:2")) == ".args[2]"


@pytest.mark.parametrize(
    ("kind", "field", "manager", "is_its"),
    [
        ("ValidatingWebhookConfiguration", '.webhooks[name="a.b"].failurePolicy', "pilot-discovery", True),
        ("MutatingWebhookConfiguration", '.webhooks[name="a.b"].clientConfig.caBundle', "pilot-discovery", True),
        ("ValidatingWebhookConfiguration", '.webhooks[name="a.b"].failurePolicy', "kubectl", False),
        ("ValidatingWebhookConfiguration", '.webhooks[name="a.b"].rules', "pilot-discovery", False),
        ("Deployment", ".spec.failurePolicy", "pilot-discovery", False),
    ],
)
def test_a_conflict_about_what_istiod_writes_itself_is_known(kind: str, field: str, manager: str, is_its: bool) -> None:
    assert is_of_istiod(kind, field, manager) == is_its


def settings(fields: dict[str, Any], kind: str = "Deployment", labels: str = "istiod") -> dict[str, Any]:
    found = SettingsOwners()
    metadata = {"name": "a", "namespace": "b", "labels": {"app": labels}, "managedFields": [entry(fields)]}
    found.add({"kind": kind, "metadata": metadata})
    return {title: list(owners) for title, owners in found.found.items()}


def test_settings_are_noted_by_name_and_nothing_else() -> None:
    container = {
        'k:{"name":"discovery"}': {".": {}, "f:image": {}, "f:env": {'k:{"name":"A"}': {".": {}, "f:value": {}}}}
    }
    container['k:{"name":"discovery"}']["f:ports"] = {'k:{"containerPort":8080,"protocol":"TCP"}': {".": {}}}
    pod = {"f:metadata": {"f:annotations": {"f:team": {}}}, "f:spec": {"f:containers": container, "f:nodeSelector": {}}}
    fields = {"f:metadata": {"f:labels": {"f:chart": {}}}, "f:spec": {"f:template": pod, "f:replicas": {}}}
    assert settings(fields) == {
        "Deployment/b/a": [
            ".spec.template.metadata.annotations.team",
            '.spec.template.spec.containers[name="discovery"]',
            '.spec.template.spec.containers[name="discovery"].env[name="A"]',
            ".spec.template.spec.nodeSelector",
        ]
    }


def test_objects_of_others_and_of_other_kinds_are_not_noted() -> None:
    assert settings(spec(template={"f:spec": {"f:nodeSelector": {}}}), labels="shop") == {}
    assert settings(spec(template={"f:spec": {"f:nodeSelector": {}}}), kind="StatefulSet") == {}


def test_the_fields_of_a_file_are_written_as_those_of_a_cluster() -> None:
    env = [{"name": "A", "value": "1"}]
    item = {"spec": {"containers": [{"name": "discovery", "env": env}], "args": ["a"], "nodeSelector": {"disk": "ssd"}}}
    assert {*field_texts(item)} >= {
        '.spec.containers[name="discovery"].env[name="A"]',
        ".spec.nodeSelector",
        ".spec.args",
    }
