"""Whatever way a file is written in, an edit means what it says and touches no line that it does not mean."""

from __future__ import annotations

import codecs
import io
import re
import subprocess
from difflib import SequenceMatcher
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from render.errors import InputError
from render.messages import FieldPath
from render.yamlio.documents import Document, parse
from render.yamlio.edit.data_changes import is_same
from render.yamlio.edit.style import is_safe_plain
from render.yamlio.edit.text_edits import (
    REMOVED,
    Edit,
    edit_text,
    with_document,
    with_item,
    without_document,
    without_item,
)
from render.yamlio.location import Place, value_at
from render.yamlio.positions import has_quotes, scalar_source
from tests.support.written_yaml import files

FILE = "spec.yaml"
WORDS = ["v1.25.0", "1-25-0", "1.20", "on", "null", "0o7", "a: b", "x #y", "", "it's", 'q"', "{a", "- b", "a, b", "~"]
VALUES = st.sampled_from([*WORDS, 3, True, None, 1.5])
choices = st.randoms(use_true_random=False)
often = settings(max_examples=100)


def fields(data: Any, path: FieldPath = ()) -> list[FieldPath]:
    """The paths to everything below `data`."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in entries for found in ((*path, key), *fields(value, (*path, key)))]


def document(text: bytes, random: Random) -> Document:
    return random.choice([found for found in parse(text, FILE) if found.data])


def data_of(text: bytes, number: int) -> Any:
    return next((found.data for found in parse(text, FILE) if found.index == number), None)


def edit(text: bytes, number: int, *wanted: tuple[FieldPath, Any]) -> bytes:
    return edit_text(text, [Edit(Place(FILE, number), path, value) for path, value in wanted], FILE)


def lines(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """The lines that went, and those that came. A last line that gets or loses its line break is the same line."""
    old, new = before.splitlines(), after.splitlines()
    gone, come = [], []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[a:b]
            come += new[c:d]
    return gone, come


def rest_is_same(before: bytes, after: bytes, number: int) -> bool:
    old = [found for found in parse(before, FILE) if found.index != number]
    return old == [found for found in parse(after, FILE) if found.index != number]


def is_one_line(text: bytes, number: int, path: FieldPath) -> bool:
    """Whether a value is a scalar on one line with its key, or in a flow collection there."""
    value = value_at(data_of(text, number), *path)
    source = scalar_source(text, Place(FILE, number), path)
    return not isinstance(value, dict | list) and source is not None and source != "" and source.encode() in text


@given(files(), choices, VALUES)
@often
def test_a_scalar_in_place_of_a_scalar_changes_one_line_and_back_again_nothing(
    text: bytes, random: Random, value: Any
) -> None:
    found = document(text, random)
    scalars = [
        path for path in fields(found.data) if isinstance(value_at(found.data, *path), str) and "\n" not in str(path)
    ]
    assume(scalars)
    path = random.choice(scalars)
    old = value_at(found.data, *path)
    new = edit(text, found.index, (path, value))
    assert is_same(value_at(data_of(new, found.index), *path), value)
    assert rest_is_same(text, new, found.index)
    assert edit(new, found.index, (path, value)) == new
    gone, come = lines(text, new)
    # A block of several rows may hold the new text as one of them already.
    if len(gone) <= 1 and isinstance(value, str) and is_one_line(text, found.index, path):
        assert len(come) == len(gone)
        again = edit(new, found.index, (path, old))
        assert is_same(data_of(again, found.index), found.data)
        if has_one_spelling(text, found.index, path, value):
            assert again == text


def has_one_spelling(text: bytes, number: int, path: FieldPath, value: str) -> bool:
    """Whether a text is written as this program writes it too, and the other value in the same way: without quotes
    that it needs, escapes or folds."""
    old = value_at(data_of(text, number), *path)
    if not has_quotes(text, Place(FILE, number), path):
        return is_safe_plain(old, True) and is_safe_plain(value, True) and old.encode() in text
    return not re.search(r"[\\\n\t'\"]", old + value) and bool(old.strip()) and b'"' + old.encode() + b'"' in text


@given(files(), choices)
@often
def test_a_field_that_goes_takes_only_its_own_lines_along(text: bytes, random: Random) -> None:
    found = document(text, random)
    path = random.choice(fields(found.data))
    try:
        new = edit(text, found.index, (path, REMOVED))
    except InputError as error:
        assert "keeps its blank lines" in str(error)
        return
    assert rest_is_same(text, new, found.index)
    assert edit(new, found.index, (path, REMOVED)) == new or isinstance(path[-1], int)
    gone, come = lines(text, new)
    # A line that comes is what is left of one that goes: of a list's item, or of a mapping that is empty now.
    assert len(come) <= max(1, len(gone)) and len(come) <= 2


@given(files(), choices, VALUES, st.sampled_from([("new",), ("new", "deep")]))
@often
def test_a_new_field_only_adds_lines_where_the_mapping_has_lines_of_its_own(
    text: bytes, random: Random, value: Any, below: FieldPath
) -> None:
    found = document(text, random)
    mappings = [path for path in [(), *fields(found.data)] if isinstance(value_at(found.data, *path), dict)]
    path = random.choice(mappings)
    try:
        new = edit(text, found.index, ((*path, *below), value))
    except InputError as error:
        assert "ends without a line break" in str(error)
        return
    assert is_same(value_at(data_of(new, found.index), *path, *below), value)
    assert rest_is_same(text, new, found.index)
    assert edit(new, found.index, ((*path, *below), value)) == new
    gone, come = lines(text, new)
    assert len(gone) <= 1  # a mapping in flow style, or `{}`
    if not path:
        assert (len(gone), len(come)) == (0, len(below))
    try:
        removed = edit(new, found.index, ((*path, "new"), REMOVED))
    except InputError as error:
        assert "keeps its blank lines" in str(error)
        return
    assert is_same(data_of(removed, found.index), found.data) or not value_at(found.data, *path)


@given(files(), choices, VALUES)
@often
def test_a_field_in_place_of_another_stands_where_that_stood(text: bytes, random: Random, value: Any) -> None:
    found = document(text, random)
    path = random.choice([path for path in fields(found.data) if isinstance(path[-1], str)])
    key = "istio.io/new"
    new = edit(text, found.index, (path, REMOVED), ((*path[:-1], key), value))
    keys = [key if old == path[-1] else old for old in value_at(found.data, *path[:-1])]
    assert list(value_at(data_of(new, found.index), *path[:-1])) == keys
    assert rest_is_same(text, new, found.index)
    assert len(lines(text, new)[1]) == 1


@given(files(), choices, st.lists(VALUES, min_size=3, max_size=3))
@often
def test_many_edits_in_many_documents_are_each_as_if_alone(text: bytes, random: Random, values: list[Any]) -> None:
    edits: list[Edit] = []
    for found in parse(text, FILE):
        paths = [path for path in fields(found.data) if isinstance(path[-1], str)]
        picked = random.sample(paths, min(3, len(paths)))
        apart = [path for path in picked if not any(path[: len(p)] == p for p in picked if p != path)]
        for path, value in zip(apart, values, strict=False):
            edits.append(Edit(Place(FILE, found.index), path, random.choice([value, REMOVED])))
    try:
        new = edit_text(text, edits, FILE)
    except InputError:  # an edit beside a block that keeps the blank lines at its end would change that
        assert re.search(rb"[|>]\d?\+", text)
        return
    for one in edits:
        now = value_at(data_of(new, one.place.document), *one.path, missing=REMOVED)
        assert is_same(now, one.value) if one.value is not REMOVED else now is REMOVED
    assert edit_text(new, edits, FILE) == new


@given(files(), choices, VALUES)
@often
def test_items_come_and_go_by_lines_of_their_own(text: bytes, random: Random, value: Any) -> None:
    found = document(text, random)
    lists = [path for path in fields(found.data) if isinstance(value_at(found.data, *path), list)]
    assume(lists)
    path = random.choice(lists)
    items = value_at(found.data, *path)
    try:
        more = with_item(text, path, value, FILE, found.index)
    except InputError as error:
        assert "ends without a line break" in str(error)
        return
    assert is_same(value_at(data_of(more, found.index), *path), [*items, value])
    assert len(lines(text, more)[0]) <= 1
    try:
        less = without_item(more, path, len(items), FILE, found.index)
    except InputError as error:
        assert "keeps its blank lines" in str(error)
        return
    if items:
        assert is_same(data_of(less, found.index), found.data)


@given(files(anchors=True), choices, VALUES, st.booleans())
@often
def test_where_anchors_are_an_edit_means_what_it_says_or_is_refused(
    text: bytes, random: Random, value: Any, goes: bool
) -> None:
    found = document(text, random)
    path = random.choice(fields(found.data))
    try:
        new = edit(text, found.index, (path, REMOVED if goes else value))
    except InputError as error:
        assert "would change something else" not in str(error)
        return
    assert rest_is_same(text, new, found.index)
    others = [p for p in fields(found.data) if p[: len(path)] != path and path[: len(p)] != p]
    if not goes:
        assert is_same(value_at(data_of(new, found.index), *path), value)
        for other in others:
            assert is_same(value_at(data_of(new, found.index), *other), value_at(found.data, *other))


@given(files(), choices, VALUES)
@often
def test_ruamel_yaml_can_go_on_with_what_was_edited(text: bytes, random: Random, value: Any) -> None:
    found = document(text, random)
    path = random.choice(fields(found.data))
    new = edit(text, found.index, (path, value))
    read = list(YAML(typ="rt", pure=True).load_all(io.BytesIO(new)))[found.index]
    for step in path:
        read = read[step]
    assert read == value


@given(files(), choices)
@often
def test_an_inline_patch_is_edited_as_the_same_text_in_a_file_would_be(text: bytes, random: Random) -> None:
    text = text.removeprefix(b"\xef\xbb\xbf")
    found = document(text, random)
    path = random.choice(fields(found.data))
    end = b"\r\n" if b"\r\n" in text else b"\n"
    assume(text.endswith(end) and not text.lstrip(b"\r\n ").startswith(b"%"))
    first = next(row for row in text.split(b"\n") if row.strip())
    assume(not first.startswith(b" ") and text.split(b"\n")[0].strip())
    body = b"".join(b"    " + row if row.strip() else row for row in text.splitlines(keepends=True))
    outer = b"patches:" + end + b"- patch: |" + end + body + b"  target: {}" + end
    assume(data_of(outer, 0)["patches"][0]["patch"].encode().rstrip() == text.replace(b"\r", b"").rstrip())
    wanted = [(path, "new"), (("other", "field"), 1)] if isinstance(found.data, dict) else [(path, "new")]
    place = Place(FILE, 0, ("patches", 0, "patch"))
    try:
        new = edit_text(outer, [Edit(place, p, v, found.index) for p, v in wanted], FILE)
    except InputError:  # the inline text has lost the blank lines at its end, which such a block keeps
        assert re.search(rb"[|>]\d?\+", text)
        return
    inside = edit(text, found.index, *wanted)
    body = b"".join(b"    " + row if row.strip() else row for row in inside.splitlines(keepends=True))
    assert new == b"patches:" + end + b"- patch: |" + end + body + b"  target: {}" + end


@given(files(), choices)
@often
def test_documents_come_and_go_and_the_others_keep_their_bytes(text: bytes, random: Random) -> None:
    if text.endswith(b"\n"):  # a block text at the end would get a line break
        assert with_document(text, {"kind": "New", "metadata": {"name": "new"}}, FILE).startswith(text)
    found = document(text, random)
    less = without_document(text, found.index, FILE)
    assert [d.data for d in parse(less, FILE)] == [d.data for d in parse(text, FILE) if d.index != found.index]
    left = iter(text.removeprefix(codecs.BOM_UTF8).splitlines())
    assert all(row in left for row in less.removeprefix(codecs.BOM_UTF8).splitlines())  # none is new, all are in order


def repo_files() -> list[Path]:
    root = Path(__file__).parents[3]
    names = subprocess.run(
        ["git", "ls-files", "-z", "--", "base", "overlays", "tests"], cwd=root, capture_output=True, check=True
    ).stdout.decode()
    return [root / name for name in names.split("\0") if name.endswith((".yaml", ".yml"))]


def test_in_every_yaml_file_of_this_repo_texts_are_set_and_set_back() -> None:
    tried = 0
    for file in repo_files():
        text = file.read_bytes()
        try:
            documents = parse(text, FILE)
        except InputError:
            continue
        texts = [
            (found.index, path)
            for found in documents
            for path in fields(found.data)
            if isinstance(value_at(found.data, *path), str) and scalar_source(text, Place(FILE, found.index), path)
        ]
        random = Random(file.name)
        for number, path in random.sample(texts, min(3, len(texts))):
            old = value_at(data_of(text, number), *path)
            try:
                new = edit(text, number, (path, "some-text"))
            except InputError as error:
                assert "cannot edit this safely" in str(error) or "readers of YAML 1.2" in str(error), file
                continue
            come = lines(text, new)[1]
            assert len(come) == 1 or "\n" in old, file
            again = edit(new, number, (path, old))
            assert is_same(data_of(again, number), data_of(text, number)), file
            if has_one_spelling(text, number, path, "some-text"):
                assert again == text, file
            tried += 1
    assert tried > 300
