"""Edits change the lines that mean the change, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

from render.errors import InputError
from render.messages import FieldPath
from render.yamlio.edit.text_edits import (
    REMOVED,
    Edit,
    edit_text,
    with_document,
    with_item,
    without_document,
    without_item,
)
from render.yamlio.location import Place

FILE = "spec.yaml"
LABELS: FieldPath = ("metadata", "labels")


def changed(text: str, *edits: tuple[FieldPath, Any], document: int = 0, inside: FieldPath = ()) -> str:
    place = Place(FILE, document, inside)
    return edit_text(dedent(text).encode(), [Edit(place, path, value) for path, value in edits], FILE).decode()


def refusal(text: str, *edits: tuple[FieldPath, Any], inside: FieldPath = ()) -> str:
    with pytest.raises(InputError) as caught:
        changed(text, *edits, inside=inside)
    return str(caught.value)


NAMESPACE = """\
    apiVersion: v1
    kind: Namespace
    metadata:
      name: etl  # nightly
      labels:
        team: data
        istio-injection: enabled   # by the default revision

    # the end
"""


def test_a_label_in_place_of_another_changes_one_line_and_takes_its_comment_along() -> None:
    wanted = [((*LABELS, "istio.io/rev"), "canary"), ((*LABELS, "istio-injection"), REMOVED)]
    expected = dedent(NAMESPACE).replace("istio-injection: enabled   # by the default revision", "istio.io/rev: canary")
    assert changed(NAMESPACE, *wanted) == expected
    assert changed(NAMESPACE, *reversed(wanted)) == expected


def test_a_new_value_keeps_the_comment_behind_it_in_its_column() -> None:
    assert changed(NAMESPACE, (("metadata", "name"), "reports")) == dedent(NAMESPACE).replace("etl  #", "reports  #")


def test_a_new_field_stands_after_the_last_one_and_before_what_follows() -> None:
    assert changed(NAMESPACE, ((*LABELS, "env"), "prod")) == dedent(NAMESPACE).replace(
        "default revision\n", "default revision\n    env: prod\n"
    )


def test_missing_mappings_are_made_with_the_indentation_of_the_file() -> None:
    assert changed("a:\n    b: 1\n", (("c", "d", "e"), "x")) == "a:\n    b: 1\nc:\n    d:\n        e: x\n"


@pytest.mark.parametrize("empty", ["", " {}", " null", " ~"])
def test_an_empty_mapping_is_filled(empty: str) -> None:
    assert changed(f"labels:{empty}  # none\nb: 1\n", (("labels", "a"), "x")) == "labels:  # none\n  a: x\nb: 1\n"


def test_the_last_label_takes_the_labels_along_and_any_other_last_field_leaves_an_empty_mapping() -> None:
    text = "metadata:\n  name: a\n  labels:\n    b: c\nspec:  # all\n  d: e\n"
    assert changed(text, ((*LABELS, "b"), REMOVED)) == "metadata:\n  name: a\nspec:  # all\n  d: e\n"
    assert changed(text, (("spec", "d"), REMOVED)) == "metadata:\n  name: a\n  labels:\n    b: c\nspec: {}  # all\n"


@pytest.mark.parametrize(
    "value", ["1.20", "on", "null", "0o7", "a: b", "a #b", "", "- x", "---", "1:30", "2024-01-01", "y", "~"]
)
def test_text_that_a_reader_takes_for_something_else_gets_quotes(value: str) -> None:
    assert changed("a: x\n", (("a",), value)) == f'a: "{value}"\n'


@pytest.mark.parametrize("value", ["v1.24.2", "1-24-2", "default-v1-24-2", "istio.io/rev", "http://x:1/y", "a b"])
def test_text_that_every_reader_takes_for_text_stays_plain(value: str) -> None:
    assert changed("a: x\n", (("a",), value)) == f"a: {value}\n"


@pytest.mark.parametrize(
    ("old", "new"), [("'x'", "'it''s'"), ('"x"', '"it\'s"'), ("|\n  x", "|-\n  it's"), (">-\n  x", ">-\n  it's")]
)
def test_a_text_keeps_its_quotes(old: str, new: str) -> None:
    assert changed(f"a: {old}\nb: 1\n", (("a",), "it's")) == f"a: {new}\nb: 1\n"


def test_flow_style_stays_flow_style() -> None:
    text = "labels: {team: x, istio-injection: enabled}  # both\n"
    assert changed(text, (("labels", "istio-injection"), REMOVED)) == "labels: {team: x}  # both\n"
    assert changed(text, (("labels", "team"), REMOVED)) == "labels: {istio-injection: enabled}  # both\n"
    assert changed(text, (("labels", "env"), "prod")) == (
        "labels: {team: x, istio-injection: enabled, env: prod}  # both\n"
    )
    assert changed(text, (("labels", "istio-injection"), REMOVED), (("labels", "istio.io/rev"), "a")) == (
        "labels: {team: x, istio.io/rev: a}  # both\n"
    )


def test_json_stays_json() -> None:
    text = '{\n  "a": {\n    "b": "c"\n  },\n  "d": [\n    "e",\n    "f"\n  ]\n}\n'
    assert changed(text, (("a", "x"), "y"), (("d", 1), REMOVED)) == (
        '{\n  "a": {\n    "b": "c",\n    "x": "y"\n  },\n  "d": [\n    "e"\n  ]\n}\n'
    )


@pytest.mark.parametrize(
    ("items", "added"),
    [
        ('[{"path": "a.yaml"}]', '[{"path": "a.yaml"}, {"path": "b.yaml"}]'),
        ('[{"path": "a.yaml"}, {}]', '[{"path": "a.yaml"}, {}, {"path": "b.yaml"}]'),
        ("[{'path': a.yaml}]", "[{'path': a.yaml}, {'path': b.yaml}]"),
        ('\n- "path": "a.yaml"', '\n- "path": "a.yaml"\n- "path": "b.yaml"'),
        ('\n- path: "a.yaml"', '\n- path: "a.yaml"\n- path: "b.yaml"'),
        ('["a.yaml"]', '["a.yaml", {path: "b.yaml"}]'),
    ],
)
def test_a_mapping_that_is_added_to_a_list_has_the_quotes_of_those_beside_it(items: str, added: str) -> None:
    new = with_item(f"patches: {items}\n".encode(), ("patches",), {"path": "b.yaml"}, FILE)
    assert new.decode() == f"patches: {added}\n"


def test_line_endings_the_byte_order_mark_and_a_missing_final_newline_stay() -> None:
    text = b"\xef\xbb\xbf%YAML 1.2\r\n---\r\na: 1\r\nb:\r\n- c"
    assert edit_text(text, [Edit(Place(FILE), ("d",), {"e": "f"})], FILE) == text + b"\r\nd:\r\n  e: f"


def test_only_the_lines_of_an_inline_patch_change() -> None:
    text = """\
        patches:
        - patch: |-
            kind: Istio

            spec:
              version: v1.24.2   # old
          target: {kind: Istio}
        """
    inside = ("patches", 0, "patch")
    new = changed(text, (("spec", "version"), "v1.24.3"), (("spec", "values", "a"), "x"), inside=inside)
    assert new == dedent(text).replace(
        "version: v1.24.2   # old\n", "version: v1.24.3   # old\n      values:\n        a: x\n"
    )


@pytest.mark.parametrize(("written", "word"), [(">\n  a: b\n", "folded"), ("'a: b'", "quotes"), ('"a: b"', "quotes")])
def test_an_inline_patch_that_is_not_a_literal_block_is_refused(written: str, word: str) -> None:
    message = refusal(f"x: 1\npatch: {written}", (("a",), "c"), inside=("patch",))
    assert message.startswith(f"{FILE}:2:8: ")
    assert word in message


def test_objects_in_documents_and_lists_are_edited_together() -> None:
    text = "kind: List\nitems:\n- a: 1\n  b: x\n- a: 2\n  b: y\n---\nb: z\n"
    places = [Place(FILE, 0, ("items", 0)), Place(FILE, 0, ("items", 1)), Place(FILE, 1)]
    new = edit_text(text.encode(), [Edit(place, ("b",), "new") for place in places], FILE)
    assert new.decode() == "kind: List\nitems:\n- a: 1\n  b: new\n- a: 2\n  b: new\n---\nb: new\n"


@pytest.mark.parametrize(
    ("text", "path", "value", "where"),
    [
        ("a: &x {b: c}\nd: *x\n", ("d", "b"), "e", "2:4"),
        ("a: &x {b: c}\nd: *x\n", ("a", "b"), "e", "1:4"),
        ("a: &x {b: c}\nd: *x\n", ("a",), REMOVED, "1:4"),
        ("a: &x c\nd: *x\n", ("a",), "e", "1:4"),
        ("a: &x c\nd: *x\n", ("d",), "e", "2:4"),
        ("a: &x {b: c}\nd:\n  <<: *x\n", ("d", "b"), "e", "3:3"),
        ("a: &x {b: c}\nd:\n  <<: *x\n  b: f\n", ("d", "b"), REMOVED, "3:3"),
        ("a: x\n", ("a", "b"), "e", "1:4"),
        ("a: !!int 1\n", ("a",), "e", "1:4"),
        ("b:\tc\na: x\n", ("a",), "e", "1:3"),
        ("? a\n: x\n", ("a",), REMOVED, "1:3"),
        ("a: 1\r\nb: x\rc: y\r\n", ("a",), "e", "2:5"),
        ("a: 1\na: 2\n", ("a",), "e", "2:1"),
        ("a:\n\tb: 2\n", ("a",), "e", "2:1"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused_with_its_place(
    text: str, path: FieldPath, value: Any, where: str
) -> None:
    assert refusal(text, (path, value)).startswith(f"{FILE}:{where}: ")


def test_a_tab_behind_a_colon_is_told_as_what_the_checks_do_not_take() -> None:
    assert "ruamel.yaml, with which edits are checked, does not take this" in refusal("b:\tc\na: x\n", (("a",), "e"))


def test_a_file_that_is_not_utf8_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=f"^{FILE}:2:4: is not UTF-8"):
        edit_text(b"a: 1\nb: \xff\n", [Edit(Place(FILE), ("a",), 2)], FILE)


def test_what_is_so_already_changes_nothing() -> None:
    text = "a:  'x'\nb: &x {c: 1}\nd: *x\n"
    assert changed(text, (("a",), "x"), (("d",), {"c": 1}), (("gone", "too"), REMOVED)) == text


def test_an_alias_can_be_taken_out_since_it_stands_for_itself_alone() -> None:
    assert changed("a: &x c\nd: *x\n", (("d",), REMOVED)) == "a: &x c\n"


def test_a_mapping_for_a_mapping_changes_only_the_fields_that_differ() -> None:
    text = "a:\n  b: 1  # one\n  c: 2  # two\n  d: 3  # three\n"
    assert changed(text, (("a",), {"b": 1, "c": 4, "e": 5})) == "a:\n  b: 1  # one\n  c: 4  # two\n  e: 5\n"


def test_an_item_is_added_where_the_items_of_the_list_stand() -> None:
    def added(text: str) -> str:
        return with_item(text.encode(), ("resources",), "b.yaml", FILE).decode()

    assert added("resources:\n- a.yaml  # a\npatches: []\n") == "resources:\n- a.yaml  # a\n- b.yaml\npatches: []\n"
    assert added("resources:\n    -   a.yaml") == "resources:\n    -   a.yaml\n    -   b.yaml"
    assert added("resources: [a.yaml]\n") == "resources: [a.yaml, b.yaml]\n"
    assert added("resources: []\n") == added("resources:\n") == "resources:\n- b.yaml\n"
    assert added("kind: Kustomization\n") == "kind: Kustomization\nresources:\n- b.yaml\n"


def test_an_item_goes_and_the_last_one_takes_the_key_along() -> None:
    text = b"resources:\n- a.yaml\n# b\n- b.yaml # b\npatches:\n- path: a.yaml\n  target: {}\nx: 1\n"
    assert without_item(text, ("resources",), 1, FILE) == text.replace(b"- b.yaml # b\n", b"")
    assert without_item(text, ("patches",), 0, FILE) == text.split(b"patches")[0] + b"x: 1\n"
    with pytest.raises(InputError, match="no item 2"):
        without_item(text, ("resources",), 2, FILE)


def test_a_document_is_added_after_a_separator_in_the_line_ending_of_the_file() -> None:
    data = {"kind": "B", "metadata": {"name": "b"}}
    assert with_document(b"", data, FILE) == b"kind: B\nmetadata:\n  name: b\n"
    assert with_document(b"a: 1\r\n", data, FILE) == b"a: 1\r\n---\r\nkind: B\r\nmetadata:\r\n  name: b\r\n"
    assert with_document(b"a: 1", data, FILE) == b"a: 1\n---\nkind: B\nmetadata:\n  name: b"
    assert with_document(b"# about\n", data, FILE) == b"# about\nkind: B\nmetadata:\n  name: b\n"
    assert with_document(b"a: 1\n---\n# b\n", data, FILE) == b"a: 1\n---\n# b\nkind: B\nmetadata:\n  name: b\n"


@pytest.mark.parametrize(
    ("document", "left"),
    [
        (0, "# license\n\nb: 1\n---\n# c\nc: 1\n"),
        (1, "# license\n\na: 1\n---\n# c\nc: 1\n"),
        (2, "# license\n\na: 1\n---\nb: 1\n"),
    ],
)
def test_a_document_goes_with_its_separator(document: int, left: str) -> None:
    text = b"# license\n\na: 1\n---\nb: 1\n---\n# c\nc: 1\n"
    assert without_document(text, document, FILE).decode() == left


def test_the_only_document_leaves_an_empty_file() -> None:
    assert without_document(b"---\na: 1\n", 0, FILE) == b""


def test_ruamel_yaml_is_imported_only_when_something_is_edited() -> None:
    code = "import sys, render.yamlio.edit.text_edits; sys.exit('ruamel.yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
