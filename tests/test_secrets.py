"""What is left of a text that may hold secrets."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from render.secrets import hide_secrets

# A mark in it, so that what is found of it is no accident.
SECRET = st.from_regex(re.compile(r"[!-~]{0,12}S3cr3t[!-~]{0,12}"), fullmatch=True)
WRITTEN = st.sampled_from(["{}", "fatal: unable to access '{}': it failed", "git push {} main", "<{}>"])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fatal: 'https://ada:pass@git.example.com/a'", "fatal: 'https://git.example.com/a'"),
        ("https://ada:p/a/ss@git.example.com/a", "https://git.example.com/a"),
        ("https://ada:p%2Fss@git.example.com:8443/a", "https://git.example.com:8443/a"),
        ("https://token@git.example.com", "https://git.example.com"),
        ("ada:pass@git.example.com:org/fleet.git", "git.example.com:org/fleet.git"),
        (
            "https://git.example.com/a?ref=b&access_token=abc&x=1",
            "https://git.example.com/a?ref=b&access_token=***&x=1",
        ),
        ("'https://s3.example.com/a?X-Amz-Signature=abc'", "'https://s3.example.com/a?X-Amz-Signature=***'"),
        ("https://git.example.com/a?private_token=abc: 404", "https://git.example.com/a?private_token=***: 404"),
        ("Authorization: Basic YWRhOnBhc3M=", "Authorization: ***"),
        ("PRIVATE-TOKEN: abc", "PRIVATE-TOKEN: ***"),
        ("it took ghp_0123456789abcdef here", "it took *** here"),
    ],
)
def test_secrets_are_left_out(said: str, shown: str) -> None:
    assert hide_secrets(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "https://git.example.com/a@b",
        "http://127.0.0.1:8443/a",
        "git@git.example.com:org/fleet.git",
        "ssh://git.example.com/a?keyring=1",
        "overlays/prod/istio.yaml:7:3: spec.version: v1.24.9 is not known",
        "registry.example.com:5000/pilot@sha256:0123",
        "GITLAB_TOKEN is not set: it takes a token",
        "12:30 ada@example.com",
    ],
)
def test_what_is_no_secret_stays(said: str) -> None:
    assert hide_secrets(said) == said


@given(SECRET, WRITTEN)
def test_a_password_in_an_address_is_never_shown(secret: str, written: str) -> None:
    for address in (f"https://ada:{secret}@git.example.com/o/r", f"ssh://:{secret}@git.example.com/o/r"):
        assert "S3cr3t" not in hide_secrets(written.format(address.replace("{", "").replace("}", "")))


@given(SECRET, WRITTEN)
def test_a_password_without_a_scheme_is_never_shown(secret: str, written: str) -> None:
    assume(not secret.startswith("//"))
    assert "S3cr3t" not in hide_secrets(written.format(f"ada:{secret}@git.example.com:o/r"))


@given(SECRET, WRITTEN, st.sampled_from(["access_token", "private_token", "token", "key", "sig", "X-Amz-Signature"]))
def test_a_parameter_that_is_a_secret_is_never_shown(secret: str, written: str, name: str) -> None:
    value = secret.replace("&", "")
    assert "S3cr3t" not in hide_secrets(written.format(f"https://git.example.com/o?{name}={value}&x=1"))


@given(SECRET, st.sampled_from(["Authorization: Bearer", "authorization: Basic", "PRIVATE-TOKEN:", "X-Api-Key:"]))
def test_a_header_that_is_a_secret_is_never_shown(secret: str, header: str) -> None:
    assert "S3cr3t" not in hide_secrets(f"{header} {secret}")
