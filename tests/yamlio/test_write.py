from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from render.errors import InputError
from render.yamlio.write import _TextCache, dump, text_of, yaml_text
from tests.support.odd_text import TEXTS, strings, values
from tests.support.tree_example import kustomize, manifest


def read_1_1(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def read_1_2(text: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return reader.load(io.StringIO(text))


READERS = pytest.mark.parametrize("read", [read_1_1, read_1_2], ids=["yaml 1.1", "yaml 1.2"])


@READERS
@given(document=st.dictionaries(strings, values, max_size=4))
@example(document={"a": 1e22, "b": -0.0, "c": 1e-7, "d": 10**30, "e": 1_000_000, "f": 0.1, "g": 1.0, "h": 1e300})
@example(document={"a": {}, "b": [], "c": [[]], "d": [{}], "e": [[[1], {"a": [{}]}]], "f": [{"a": 1, "b": [{}]}]})
def test_what_is_written_is_read_back_with_every_type(read: Callable[[str], Any], document: dict[str, Any]) -> None:
    back = read(dump(document))
    assert _typed(back) == _typed(document)


@given(st.text("ab\n: \u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
def test_what_turns_the_direction_of_writing_is_written_as_an_escape(text: str) -> None:
    written = dump({"data": {text: text}})
    assert not set(written) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _typed(node: Any) -> Any:
    """Equal only where the types are: `1`, `1.0` and `True` are three things."""
    if isinstance(node, dict):
        return {key: _typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_typed(item) for item in node]
    return (type(node).__name__, repr(node))


@READERS
@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_hostile_string_stays_a_string_wherever_it_stands(read: Callable[[str], Any], text: str) -> None:
    document = {"value": text, "list": [text, [text], {text: text}], text: {"inside": text}}
    assert read(dump(document)) == document


def test_kubernetes_own_parser_reads_every_hostile_string(tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl program here")
    for data in ({f"k{at}": text for at, text in enumerate(TEXTS)}, {text: "value" for text in TEXTS if text}):
        file = tmp_path / "map.yaml"
        file.write_bytes(yaml_text(manifest("ConfigMap", "a", data=data).json).data)
        shown = subprocess.run(
            ["kubectl", "annotate", "--local", "--output=json", f"--filename={file}", "read=back"],
            capture_output=True,
            check=True,
        )
        assert json.loads(shown.stdout)["data"] == data


def test_kustomize_hands_every_printable_string_on(tmp_path: Path) -> None:
    # Unprintable ones it reads, and then fails on its own output.
    data = {f"k{at}": text for at, text in enumerate(TEXTS) if text.replace("\n", "").isprintable()}
    (tmp_path / "map.yaml").write_bytes(yaml_text(manifest("ConfigMap", "a", data=data).json).data)
    (tmp_path / "kustomization.yaml").write_text("resources: [map.yaml]\n")
    built = subprocess.run([kustomize(), "build", tmp_path], capture_output=True, check=True).stdout
    assert yaml.load(built, yaml.BaseLoader)["data"] == data


def test_identity_comes_first_and_the_rest_stays_in_order() -> None:
    text = dump({"spec": {"b": 1, "a": 2}, "metadata": {"name": "x", "labels": {}}, "kind": "K", "apiVersion": "v1"})
    assert text == "apiVersion: v1\nkind: K\nmetadata:\n  name: x\n  labels: {}\nspec:\n  b: 1\n  a: 2\n"


def test_clean_text_of_several_lines_is_shown_as_it_is() -> None:
    text = dump({"data": {"mesh": "a: b\n\n  - c  d\n", "list": ["x\ny"]}})
    assert text == "data:\n  mesh: |\n    a: b\n\n      - c  d\n  list:\n  - |-\n    x\n    y\n"


def test_everyday_values_need_no_quotes() -> None:
    plain = ["istio-system", "istiod.istio-system.svc:15012", "docker.io/istio/pilot:1.24.3", "/var/run", "a, b c"]
    assert dump({"plain": plain}) == "plain:\n" + "".join(f"- {text}\n" for text in plain)


def test_large_numbers_are_written_out() -> None:
    assert dump({"a": 1_000_000, "b": 10**20, "c": 1e6, "d": 1e22}) == (
        "a: 1000000\nb: 100000000000000000000\nc: 1000000.0\nd: 1.0e+22\n"
    )


@pytest.mark.parametrize("document", ['{"a": NaN}', '{"a": [-Infinity]}', '{"a": "\\ud800"}'])
def test_what_no_file_can_hold_is_refused(document: str) -> None:
    with pytest.raises(InputError) as refused:
        yaml_text(document)
    assert [finding.code for finding in refused.value.findings] == ["MR098"]


def test_equal_objects_are_made_once() -> None:
    document = json.dumps({"kind": "Made", "once": True})
    assert yaml_text(document) is yaml_text("".join(document))


def test_what_is_kept_is_bounded_by_its_size_and_what_is_asked_for_stays() -> None:
    made = _TextCache(room=1000)
    made.keep("shared", text_of(b"x" * 94))
    for cluster in range(100):
        assert made.get("shared") is not None
        made.keep(f"own-{cluster:02}", text_of(b"x" * 194))
    assert made.get("own-00") is None
    assert made.get("own-99") is not None
    made.keep("huge", text_of(b"x" * 5000))
    assert made.get("huge") is None
