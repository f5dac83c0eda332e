"""Reading what kubectl prints, in pieces."""

from __future__ import annotations

import json
import tracemalloc
from io import BytesIO, RawIOBase
from typing import Any

import pytest

from render.errors import InputError
from render.operations.observe import kubectl_list
from render.operations.observe.kubectl_list import items

WAY = "kubectl get pods -o json"


def listed(*objects: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "items": list(objects), "kind": "List", "metadata": {"resourceVersion": ""}}


def read(text: str | bytes) -> list[dict[str, Any]]:
    return list(items(BytesIO(text.encode() if isinstance(text, str) else text), "-", WAY))


def refused(text: str | bytes) -> str:
    with pytest.raises(InputError) as error:
        read(text)
    (finding,) = error.value.findings
    assert "\n" not in finding.text()
    assert f"`{WAY}`" in finding.message
    return finding.text()


POD = {"kind": "Pod", "text": 'quoted " \\ brace } ] é \u2028', "number": 12345, "none": None, "list": [[], {}, -1.5e3]}


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 18])
def test_the_pieces_in_which_it_comes_make_no_difference(
    size: int, indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubectl_list, "PIECE", size)
    objects = [POD | {"number": number} for number in range(20)]
    assert read(json.dumps(listed(*objects), indent=indent)) == objects
    assert read(json.dumps(listed(*objects), ensure_ascii=False)) == objects


def test_the_order_of_fields_makes_no_difference() -> None:
    assert read(json.dumps({"kind": "List", "items": [POD]})) == [POD]
    assert read(json.dumps({"items": [], "kind": "List"}) + "\n\n") == []
    assert read(b"\xef\xbb\xbf" + json.dumps(listed(POD)).encode()) == [POD]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty: did kubectl fail?"),
        (" \n", "is empty"),
        ("NAME READY\n", "is not JSON (line 1)"),
        ("apiVersion: v1\nitems: []\n", "is not JSON (line 1)"),
        ('{"items": [\n{"a": 1},\n{"b" 1}], "kind": "List"}', "is not JSON (line 3)"),
        ('{"items": [{"a": 1},], "kind": "List"}', "is not JSON"),
        ('{"items": [1], "kind": "List"}', "not an object"),
        ("[]", "is not JSON"),
        ('{"kind": "PodList", "items": []}', "is not a List but a PodList"),
        ('{"kind": "Status", "message": "Forbidden"}', "is not a List but a Status"),
        ('{"kind": "List"}', "is not a List"),
        ('{"items": []}', "is not a List but something else"),
        ('{"items": [], "kind": "List"} {}', "more than one JSON object"),
        (b'{"kind": "\xff"}', "is not UTF-8"),
        ("{" * 100_000, "is not JSON"),
        ('{"a": ' + "[" * 100_000, "is nested deeper"),
    ],
)
def test_what_is_no_list_is_refused_in_one_line(text: str | bytes, why: str) -> None:
    assert why in refused(text)


@pytest.mark.parametrize("indent", [None, 4])
def test_a_list_that_is_cut_off_anywhere_is_refused(indent: int | None) -> None:
    text = json.dumps(listed(POD, POD), indent=indent)
    for end in range(1, len(text)):
        assert "ends too early" in refused(text[:end])


class Endless(RawIOBase):
    """A list of very many objects, made while it is read."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.rest = b'{"items": ['
        self.made = 0

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size and self.left:
            self.left -= 1
            item = json.dumps({"kind": "Pod", "text": "x" * 4000}).encode()
            self.rest += item + (b"," if self.left else b'], "kind": "List"}')
        piece, self.rest = self.rest[:size], self.rest[size:]
        self.made += len(piece)
        return piece


def test_memory_does_not_grow_with_the_list() -> None:
    stream = Endless(10_000)
    tracemalloc.start()
    count = sum(1 for _ in items(stream, "-", WAY))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, stream.made > 40_000_000) == (10_000, True)
    assert peak < 8_000_000
