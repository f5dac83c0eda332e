"""What is hidden in a diff, and what must stay to be seen."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.compare.embedded import parse_embedded
from render.compare.masking import HIDDEN, MaskedValue, credential, mask_credentials
from render.compare.objects import object_changes

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIOxU\n-----END EC PRIVATE KEY-----\n"


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}


def shown(spec: Any) -> str:
    """Everything that a diff shows of an object when all of this is new in it."""
    obj = {"apiVersion": "x/v1", "kind": "Thing", "metadata": {"name": "a"}}
    return "".join(change.after or "" for change in object_changes(obj, {**obj, "spec": spec}))


@pytest.mark.parametrize(
    "spec",
    [
        {"password": "hunter2"},
        {"dbPassword": "hunter2"},
        {"DB_PASSWORD": "hunter2"},
        {"token": "hunter2"},
        {"clientSecret": "hunter2"},
        {"apiKey": "hunter2"},
        {"x-api-key": "hunter2"},
        {"key": "hunter2"},
        {"tls.key": "hunter2"},
        {"authorization": "hunter2"},
        {"headers": {"Authorization": "hunter2"}},
        {"credentials": {"user": "hunter2"}},
        {"passwords": ["hunter2", "hunter2"]},
        {"secret": {"x": "hunter2", "nested": {"y": ["hunter2"]}}},
        {"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]},
        {"headers": [{"key": "Authorization", "value": "hunter2"}]},
        {"headers": [{"header": {"name": "x-token", "value": "hunter2"}}]},
        {"args": ["--password=hunter2"]},
        {"args": ["--password", "hunter2"]},
        {"text": "user=me;password=hunter2"},
        {"text": "password: hunter2"},
        {"text": "Authorization: Bearer hunter2"},
        {"text": "Bearer hunter2hunter2"},
        {"text": "{'password': 'two hunter2'}"},
        {"json": '{"inner": "{\\"password\\": \\"two hunter2\\", \\"a\\": 1}"}'},
        {"text": 'password = "two hunter2"'},
        {"url": "https://me:hunter2@example.com/a"},
        {"url": "database=postgres://me:hunter2@db/a"},
        {"json": '{"auth": {"password": "hunter2"}}'},
        {"GCP_CREDENTIALS": '{"type": "hunter2", "project": "hunter2"}'},
    ],
    ids=str,
)
def test_credentials_are_hidden(spec: dict[str, Any]) -> None:
    assert "hunter" not in shown(spec)
    assert HIDDEN in shown(spec)


@pytest.mark.parametrize("value", [JWT, "ghp_0123456789abcdefghijABCDEFGHIJ012345", "AKIAIOSFODNN7EXAMPLE", PEM])
def test_what_looks_like_a_credential_is_hidden_under_any_name(value: str) -> None:
    assert value.strip()[-8:] not in shown({"note": value})
    assert value.strip()[-8:] not in shown({"note": f"see {value}"})


def test_random_text_beside_a_word_for_keys_is_hidden() -> None:
    assert HIDDEN in shown({"sessionKey": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ", "name": "a"})
    assert HIDDEN in shown({"salt": "5f4dcc3b5aa765d61d8327deb882cf99"})


@pytest.mark.parametrize(
    "spec",
    [
        {"secretName": "cacerts", "optional": True},
        {"volumes": [{"name": "cacerts", "secret": {"secretName": "cacerts", "items": [{"key": "ca", "path": "b"}]}}]},
        {"env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "pass"}}}]},
        {"tls": {"credentialName": "shop-tls"}},
        {"imagePullSecrets": [{"name": "registry"}]},
        {"matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": ["prod"]}]},
        {"tolerations": [{"key": "cni.istio.io/not-ready", "operator": "Exists"}]},
        {"topologyKey": "kubernetes.io/hostname"},
        {"serviceAccountToken": {"audience": "istio-ca", "expirationSeconds": 43200, "path": "istio-token"}},
        {"sds": {"token": {"aud": "istio-ca"}}},
        {"automountServiceAccountToken": False},
        {"env": [{"name": "SECRET_TTL", "value": "24h0m0s"}, {"name": "ENABLE_TOKEN", "value": "true"}]},
        {"image": "docker.io/istio/pilot:1.24.6"},
        {"image": "asia-docker.pkg.dev/project-1/registry/pilot@sha256:" + "5f" * 32},
        {"token_bucket": {"max_tokens": 10, "tokens_per_fill": 10, "fill_interval": "60s"}},
        {"url": "https://istiod.istio-system.svc:15012/a?b=c"},
        {"args": ["--log_output_level=default:info", "--domain", "cluster.local"]},
        {"resources": ["secrets", "tokenreviews"], "verbs": ["get"]},
        {"jwtRules": [{"issuer": "https://accounts.example.com", "jwksUri": "https://example.com/jwks"}]},
    ],
    ids=str,
)
def test_what_refers_to_a_credential_or_only_sounds_like_one_is_shown(spec: dict[str, Any]) -> None:
    assert HIDDEN not in shown(spec)


def test_all_that_a_secret_holds_is_hidden() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
    data = {"data": {"url": "aHVudGVyMg==", "type": "aHVudGVyMg=="}, "stringData": {"name": "hunter2"}}
    changes = object_changes({**secret, "data": {"url": "eA=="}}, {**secret, **data})
    assert [(change.field, change.how) for change in changes] == [
        ("data.url", "changed"),
        ("data.type", "added"),
        ("stringData", "added"),
    ]
    assert "hunter2" not in str(changes)
    assert "aHVudGVyMg" not in str(changes)


def test_a_hidden_value_that_changes_is_told_without_it() -> None:
    before, after = config_map(mesh="password: one"), config_map(mesh="password: two")
    (change,) = object_changes(before, after)
    assert (change.field, change.before, change.after) == ("data.mesh.password", f'"{HIDDEN}"', f'"{HIDDEN}"')


def test_a_key_in_a_file_of_configuration_is_hidden() -> None:
    changes = object_changes(config_map(a="b"), config_map(a="b", **{"server.key": PEM, "key": "hunter2"}))
    assert [change.after for change in changes] == [f'"{HIDDEN}"'] * 2


def test_the_schema_of_a_definition_is_no_credential() -> None:
    crd = {"kind": "CustomResourceDefinition", "spec": {"password": {"description": "The password."}}}
    assert mask_credentials(crd) == crd


@pytest.mark.parametrize("name", ["password", "user_password_2", "APIKey", "awsSecretAccessKey", "SSH_PRIVATE_KEY"])
def test_names_of_credentials_are_known_in_every_way_of_writing(name: str) -> None:
    assert credential(name)


@pytest.mark.parametrize("text", ["a" * 200_000, "a.b-" * 50_000, "a=" * 100_000, "://x:" * 40_000, "eyJ-" * 50_000])
def test_no_text_takes_long(text: str) -> None:
    start = time.perf_counter()
    mask_credentials(parse_embedded({"kind": "Thing", "text": text}))
    assert time.perf_counter() - start < 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(json_values, st.sampled_from(["password", "token", "apiKey", "stringData"]))
def test_whatever_stands_under_the_name_of_a_credential_no_text_of_it_is_shown(value: Any, name: str) -> None:
    secret = "hunter2-" * 3
    spec = {name: [value, secret, {"a": secret}]}
    obj = {"apiVersion": "v1", "kind": "Secret" if name == "stringData" else "Thing"}
    if name == "stringData":
        spec = {name: {"a": secret}}
        assert "hunter2" not in str(object_changes(obj, {**obj, **spec}))
    else:
        assert "hunter2" not in str(object_changes(obj, {**obj, "spec": spec}))


def test_a_hook_of_a_service_and_the_short_names_of_credentials_are_hidden() -> None:
    env = [{"name": "CREDS", "value": "x"}, {"name": "HOOK", "value": "https://hooks.slack.com/services/T0/B0/abc"}]
    shown = mask_credentials({"kind": "Deployment", "env": env, "netrc": "machine h login u"})
    assert isinstance(shown["netrc"], MaskedValue)
    assert [entry["value"].shown for entry in shown["env"]] == ["(hidden)", "https://(hidden)"]
