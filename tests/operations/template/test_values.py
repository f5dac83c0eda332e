"""Values from files, standard input and `--set`: merged as Helm merges them, and mistakes in them have a place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from render.errors import InputError
from render.kustomize.problem import Problem
from render.operations.template.values import collect_values
from tests.support.programs.helm import echo_chart, needs_helm

LOW = """\
global: {hub: low, proxy: {cpu: 1, image: p}}
list: [1, 2, 3]
switch: on
old: {kept: true}
gone: x
"""
HIGH = """\
# the later file
global:
  hub: high
  proxy: {cpu: 2}
list: [4]
old: text
gone: null
"""
WORDS = """\
words: [on, Off, yes, y, ~, "on", Null, 2020-01-01, 12:30]
numbers: [1e3, 0o17, 017, 1_000, 0x1F, 0b11, 1.0, .5, 08, +1, 123456789012345678901234567890]
shared: &shared {a: 1}
merged: {<<: *shared, b: 2}
text: |
  two
  lines
"""


def test_later_files_win_and_assignments_win_over_files() -> None:
    files = [("low.yaml", LOW.encode()), ("high.yaml", HIGH.encode())]
    given = collect_values(files, ["global.hub=set,list[1]=5"], ["global.tag=1"])
    assert given.values == {
        "global": {"hub": "set", "proxy": {"cpu": 2, "image": "p"}, "tag": "1"},
        "list": [4, 5],
        "switch": True,
        "old": "text",
        "gone": None,
    }


@needs_helm
def test_helm_merges_the_same(tmp_path: Path) -> None:
    (tmp_path / "low.yaml").write_text(LOW)
    (tmp_path / "high.yaml").write_text(HIGH)
    options = ["-f", str(tmp_path / "low.yaml"), "-f", "-", "-f", str(tmp_path / "high.yaml")]
    options += ["--set-string", "a=1,global.tag=1", "--set", "a=2,list[1]=5"]
    helm = echo_chart(tmp_path / "echo").values(*options, stdin=WORDS)
    files = [("low.yaml", LOW.encode()), ("-", WORDS.encode()), ("high.yaml", HIGH.encode())]
    ours = collect_values(files, ["a=2,list[1]=5"], ["a=1,global.tag=1"]).values
    # Helm itself leaves a null out where the chart has no such value: it deletes a default.
    assert ours.pop("gone") is None
    helm.pop("gone", None)
    assert json.dumps(ours, sort_keys=True) == json.dumps(helm, sort_keys=True)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n", "{}\n"])
def test_an_empty_file_has_no_values(text: str) -> None:
    assert collect_values([("empty.yaml", text.encode())]).values == {}


def test_the_mistakes_of_all_files_and_options_are_told_together() -> None:
    files = [
        ("a.yaml", b"x: [1\ny: 2\n"),
        ("b.yaml", b"x: 1\nx: 2\n"),
        ("c.yaml", b"a: 1\n---\nb: 2\n"),
        ("-", b"- 1\n"),
    ]
    with pytest.raises(InputError) as raised:
        collect_values(files, ["a"], ["b={"])
    lines = str(raised.value).splitlines()
    places = [line.split(": ")[0] for line in lines]
    assert places == ["-", "--set a", "--set-string b={", "a.yaml:2:2", "b.yaml:2:1", "c.yaml:3"]
    assert lines[0] == "-: is a list, and values are a map from names to values"
    assert "x is given twice" in lines[4]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("global", "hub"), "high.yaml:3:3: global.hub"),
        (("global", "proxy", "image"), "low.yaml:1:36: global.proxy.image"),
        (("list", 0), "high.yaml:5:8: list[0]"),
        (("switch",), "low.yaml:3:1: switch"),
        (("old",), "--set old.x=1: old"),
        (("a", "b"), "--set-string a.b.c=1: a.b"),
    ],
)
def test_a_mistake_is_where_it_was_given_last(path: Any, place: str) -> None:
    files = [("low.yaml", LOW.encode()), ("high.yaml", HIGH.replace("old: text", "old: {}").encode())]
    given = collect_values(files, ["old.x=1"], ["a.b.c=1"])
    assert given.finding(Problem("MR052", "is wrong", path=path)).text() == f"{place}: is wrong"
