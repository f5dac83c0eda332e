"""How names are written."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.kubernetes import syntax


@pytest.mark.parametrize(
    ("valid", "good", "bad"),
    [
        (syntax.label_name, ["a", "a-1", "1a", "a" * 63], ["A", "a.b", "-a", "a-", "a" * 64]),
        (syntax.service_name, ["a", "a-1"], ["1a", "a.b", "A"]),
        (syntax.subdomain, ["a.b", "a" * 253], ["a..b", ".a", "a_b", "a" * 254]),
        (syntax.path_segment, ["A:b", "x y"], ["a/b", "a%", ".", ".."]),
        (syntax.qualified_name, ["a", "A_b.c", "e.com/A"], ["", "a/", "/a", "A.com/a", "a/b/c", "x y", "a" * 64]),
        (syntax.label_value, ["", "a", "A_b.c", "1"], ["x y", "-a", "a" * 64, "a/b"]),
        (syntax.config_key, ["a", ".a", "A_b-c"], ["..", ".", "a/b", "x y", "..a"]),
        (syntax.port_name, ["http", "a-1"], ["1", "a--b", "A", "a" * 16, "-a"]),
        (syntax.variable_name, ["1A-b c", "a.b"], ["A=B", "é", "a\n"]),
        (syntax.address, ["10.0.0.1", "fd00::1", "010.1.2.3"], ["10.0.0", "10.0.0.256", "fe80::1%eth0", "x"]),
        (syntax.network, ["10.0.0.0/8", "fd00::/8"], ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "/8"]),
        (syntax.percent, ["25%", "120%"], ["25", "-1%", "%", "a%"]),
        (syntax.base64_text, ["QUJD", "", "QU\nJD"], ["notbase64!", "QUJ"]),
        (syntax.time, ["2026-08-22T10:00:00Z", "2026-08-22T10:00:00.5+02:00"], ["2026-08-22", "now"]),
    ],
)
def test_a_name_is_taken_or_not(valid: object, good: list[str], bad: list[str]) -> None:
    assert callable(valid)
    assert [text for text in good if valid(text)] == []
    assert [text for text in bad if not valid(text)] == []


@given(st.ip_addresses())
def test_every_address_is_read_as_what_it_is(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert syntax.parsed_address(str(ip)) == ip
