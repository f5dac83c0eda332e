"""YAML as Kustomize reads it, and every mistake in it with its line and column."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import InputError
from render.kustomize.read import parse
from render.yamlio.location import Place
from render.yamlio.positions import locate
from render.yamlio.read import ALIASED, DEPTH
from render.yamlio.scalars import plain


def data(text: str) -> list[Any]:
    return [document.data for document in parse(text.encode(), "file.yaml")]


def mistakes(text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as error:
        parse(text if isinstance(text, bytes) else text.encode(), "file.yaml")
    return [finding.text() for finding in error.value.findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, word) for word in ("yes", "no", "on", "off", "y", "N", "YES", "tRue", "nil", "none", "nan", "inf")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        *[("0o17", 15), ("017", 15), ("0O17", 15), ("-017", -15), ("08", 8), ("0x1F", 31), ("0b11", 3), ("-0x1", -1)],
        *[("1_000", 1000), ("1_000.5", 1000.5), ("+1", 1), ("-0", 0), ("00", 0), ("1_", 1), ("0_1", 1)],
        *[("1e3", 1000), ("1E+3", 1000), ("1.0", 1), ("1.50", 1.5), (".5", 0.5), ("5.", 5), ("1e-3", 0.001)],
        *[("9223372036854775808", 2**63), ("18446744073709551616", float(2**64)), ("1e20", 1e20)],
        *[(text, text) for text in ("190:20:30", "1:20", "0x", "0o8", "0b2", "1e", "_1", "._5", "1e3.5", "1e400")],
        *[(text, text) for text in ("2001-01-01", "2001-12-14T21:59:43Z", "1.24.3", "v1.24", "=", "-", "+", ".")],
    ],
)
def test_an_unquoted_word_means_what_kustomize_takes_it_for(text: str, value: Any) -> None:
    assert (plain(text), type(plain(text))) == (value, type(value))


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("y", True), ("On", True), ("OFF", False), ("n", False)])
def test_yaml_1_1_booleans_are_read_only_where_kustomize_does(text: str, value: bool) -> None:
    assert plain(text, yaml_1_1=True) is value
    (document,) = parse(f"a: {text}".encode(), "file.yaml", yaml_1_1=True)
    assert document.data == {"a": value}


def test_quotes_and_blocks_are_text() -> None:
    text = "a: '1'\nb: \"true\"\nc: |\n  1\n  2\nd: >-\n  null\n"
    assert data(text) == [{"a": "1", "b": "true", "c": "1\n2\n", "d": "null"}]


def test_empty_documents_are_left_out_and_counted() -> None:
    documents = parse(b"---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n", "file.yaml")
    assert [(document.index, document.data) for document in documents] == [(1, {"a": 1}), (3, {"b": 2})]
    assert documents[1].place == Place("file.yaml", 3)
    assert data("") == data("# nothing\n") == data("---\n") == data("null\n") == []


def test_anchors_share_and_merge_keys_merge() -> None:
    text = """
base: &base {cpu: 100m, memory: 1Gi}
more: &more {cpu: 200m, disk: 5Gi}
one: {<<: *base, memory: 2Gi}
both:
  <<: [*base, *more]
same: *base
nested: &nested
  <<: *more
  extra: 1
deeper: {<<: *nested}
quoted: {"<<": 1}
"""
    (document,) = data(text)
    assert document["one"] == {"cpu": "100m", "memory": "2Gi"}
    assert document["both"] == {"cpu": "100m", "memory": "1Gi", "disk": "5Gi"}
    assert document["same"] is document["base"]
    assert document["deeper"] == {"cpu": "200m", "disk": "5Gi", "extra": 1}
    assert document["quoted"] == {"<<": 1}


def test_json_is_yaml() -> None:
    text = '{\n\t"a": [1, 2.5, null, true, "x/y"],\n\t"b": {"c": "\\u00e9"}\n}\n'
    assert data(text) == [json.loads(text)]


def test_a_byte_order_mark_is_no_text() -> None:
    assert data("\ufeffa: 1\n") == [{"a": 1}]


def test_tags_of_json_values_are_read() -> None:
    assert data("[!!str 1, !!int '5', !!float 3, !!bool 'true', !!null '', !!map {}, !!seq [], ! 7]") == [
        ["1", 5, 3, True, None, {}, [], 7]
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("a: b: c\n", "1:5: not valid YAML: a ':' is not expected here; is the indentation right, and does a value "),
        ("a:\n\t- b\n", "2:1: not valid YAML: a tab is used for indentation; use spaces"),
        ("a:\n  - b\n  c: d\n", "3:3: not valid YAML: a list item '- ' was expected here; check the indentation"),
        ("a: [1, 2\nb: 3\n", "2:2: not valid YAML: the list opened with '[' is not closed; a ',' or ']' was expected"),
        ("a: {b: 1\n", "2:1: not valid YAML: the mapping opened with '{' is not closed; a ',' or '}' was expected"),
        ("a: 'x\n", "2:1: not valid YAML: the text ends inside quotes; the closing quote is missing"),
        ("a: @x\n", "1:4: not valid YAML: a value cannot begin with '@'; put it in quotes"),
        ('a: "\\q"\n', "1:5: not valid YAML: a \\ in double quotes must be written \\\\; or use single quotes"),
        ("a: *b\n", "1:4: a: *b: there is no &b before this"),
        ("a: &a [*a]\n", "1:8: a[0]: *a: there is no &a before this"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n", "2:1: has the conflict markers of a merge; resolve them first"),
        ("a: x\x01\n", "1:5: a control character (U+0001) is not allowed"),
        ("a: {{ x }}\n", "1:5: a: a key must be text (put a value that begins with { or [ in quotes)"),
        ("a:\n  b: 1\n  b: 2\n", "3:3: a.b: b is given twice; remove one (first in line 2)"),
        ("a:\n- b: {c: 1, c: 2}\n", "2:13: a[0].b.c: c is given twice; remove one (first in line 2)"),
        ("a: {8080: x}\n", "1:5: a: the key 8080 is not text; put it in quotes"),
        ("true: x\n", "1:1: the key true is not text; put it in quotes"),
        ("~: x\n", "1:1: the key null is not text; put it in quotes"),
        ("a: .nan\n", "1:4: a: .nan is not a number that JSON has"),
        ("a: [1, -.inf]\n", "1:8: a[1]: -.inf is not a number that JSON has"),
        ("a: !!python/object:os.system x\n", "1:4: a: the tag !!python/object:os.system is not allowed; only plain "),
        ("a: !secret x\n", "1:4: a: the tag !secret is not allowed; only plain values, as in JSON, are"),
        ("a: !!set {b}\n", "1:4: a: the tag !!set is not allowed; only plain values, as in JSON, are"),
        ("a: !!int x\n", "1:4: a: x is not a value of the tag !!int"),
        ("a: {<<: 1}\n", "1:9: a: << takes a mapping or a list of mappings"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(text: str, mistake: str) -> None:
    (found,) = mistakes(text)
    assert found.startswith(f"file.yaml:{mistake}")


def test_all_mistakes_of_a_file_are_told() -> None:
    found = mistakes("a: 1\na: 2\n---\nb: .inf\n8: x\nc: !x y\n")
    assert [line.split(": ")[0] for line in found] == [
        "file.yaml:2:1",
        "file.yaml:4:4",
        "file.yaml:5:1",
        "file.yaml:6:4",
    ]


@pytest.mark.parametrize(
    ("text", "place"), [(b"a: \xff\n", "1:4"), (b"a: 1\nb: \xc3\xa9\xc3\n", "2:5"), ("a: 1\n".encode("utf-16"), "1:1")]
)
def test_text_that_is_not_utf_8_is_named_by_its_byte(text: bytes, place: str) -> None:
    (found,) = mistakes(text)
    assert found.startswith(f"file.yaml:{place}: is not UTF-8 text: the byte 0x")


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "a:\n" + " -" * 200])
def test_nesting_without_end_is_refused(text: str) -> None:
    (found,) = mistakes(text)
    assert found.endswith(f"is nested more than {DEPTH} levels deep")


def test_an_alias_bomb_is_refused_without_being_expanded() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    (found,) = mistakes("\n".join(levels))
    assert found.endswith(f"the aliases stand for more than {ALIASED} values: an alias bomb?")


def test_a_bomb_of_merge_keys_is_refused() -> None:
    levels = ["a0: &a0 {" + ", ".join(f"k{n}: x" for n in range(100)) + "}"]
    levels += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}], k: *a{n - 1}}}" for n in range(1, 30)]
    (found,) = mistakes("\n".join(levels))
    assert "an alias bomb?" in found


def test_many_plain_aliases_are_no_bomb() -> None:
    (document,) = data("a: &a [1, 2, 3]\nb:\n" + "- *a\n" * 10_000)
    assert len(document["b"]) == 10_000


texts = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(values)
def test_json_of_any_kind_is_read_as_json(value: Any) -> None:
    assert data(json.dumps({"value": value})) == [{"value": value}]


@given(st.binary(max_size=60) | st.text(alphabet="a:-[]{}&*!|>'\"#,?% \n\t<", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_in_one_line_each(text: bytes) -> None:
    try:
        parse(text, "file.yaml")
    except InputError as error:
        for finding in error.findings:
            assert finding.line is not None
            assert "\n" not in finding.text()


def test_a_value_is_found_by_its_path() -> None:
    text = b"""# a comment
first: document
---
metadata:
  name: a
spec:
  values: {pilot: {env: {A: "1"}}}
  list:
  - one
  -   name: two
      value: 2
anchored: &anchor
  deep: 1
alias:
  <<: *anchor
"""
    assert locate(text, 0, ("first",)) == (2, 1)
    assert locate(text, 1, ("metadata", "name")) == (5, 3)
    assert locate(text, 1, ("spec", "values", "pilot", "env", "A")) == (7, 26)
    assert locate(text, 1, ("spec", "list", 0)) == (9, 5)
    assert locate(text, 1, ("spec", "list", 1, "value")) == (11, 7)
    assert locate(text, 1, ("alias", "deep")) == (13, 3)


def test_a_value_that_is_not_there_is_placed_at_what_is_around_it() -> None:
    text = b"spec:\n  values:\n    pilot: {}\n  list: []\n"
    assert locate(text, 0, ("spec", "values", "global", "meshID")) == (2, 3)
    assert locate(text, 0, ("spec", "list", 3)) == (4, 3)
    assert locate(text, 0, ("status",)) == (1, 1)
    assert locate(text, 7, ("spec",)) == (1, 1)
    assert locate(b"", 0, ("spec",)) == (1, 1)
