"""Text as Helm's templates print it, and what Kubernetes reads from it. Expectations are what `helm template` gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.manifests.builtin.go_text import plain, quoted, text, within_quotes


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (None, ""),
        (True, "true"),
        (0, "0"),
        (15021, "15021"),
        (999999, "999999"),
        (1000000, "1e+06"),
        (-2000000, "-2e+06"),
        (123456789, "1.23456789e+08"),
        (1234567.5, "1.2345675e+06"),
        (1.5, "1.5"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e21, "1e+21"),
        (["a", None, 1], "[a <nil> 1]"),
        ({"b": 1, "a": {"c": True}}, "map[a:map[c:true] b:1]"),
    ],
)
def test_values_print_as_go_prints_them(value: Any, printed: str) -> None:
    assert text(value) == printed


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        (("on",), True),
        (("No",), False),
        (("null",), None),
        (("",), None),
        (("15012",), 15012),
        (("100%",), "100%"),
        (("istiod-", "1-24-3"), "istiod-1-24-3"),
        (("istiod", ""), "istiod"),
        (("value # comment",), "value"),
        (("2024-01-02",), "2024-01-02"),
        (("12:30:45",), 45045),
        ((True,), True),
        ((1.5,), 1.5),
        (("v.example:80",), "v.example:80"),
    ],
)
def test_text_without_quotes_is_read_back_as_yaml(parts: tuple[Any, ...], read: Any) -> None:
    assert plain(*parts) == read


@pytest.mark.parametrize("printed", ["a: b: c", "{a", "* x", "'open", "a\nb: c", "%x"])
def test_text_that_makes_no_yaml_is_an_error(printed: str) -> None:
    with pytest.raises(ValueError, match="not a value in YAML"):
        plain(printed)


def test_a_quoted_value_is_text_and_nothing_stays_nothing() -> None:
    assert (quoted(1), quoted("on"), quoted(""), quoted(None)) == ("1", "on", "", None)


def test_a_backslash_between_quotes_escapes() -> None:
    assert within_quotes("a", "/", "b") == "a/b"
    assert within_quotes(None) == ""
    assert within_quotes(r"C:\x41") == "C:A"
    with pytest.raises(ValueError, match="not a value in YAML"):
        within_quotes('say "hi" twice')


@given(st.from_regex(r"[A-Za-z_/][A-Za-z0-9_./@-]*", fullmatch=True))
def test_the_short_cut_for_names_reads_what_yaml_reads(name: str) -> None:
    assert plain(name) == plain(" ", name)
